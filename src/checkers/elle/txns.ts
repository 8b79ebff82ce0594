/**
 * From the events of a history to columns of transactions, and which kind of transactions they are.
 */
import type { Value } from '../../base/operation.ts';
import type { HistoryEvent } from '../../history/event.ts';
import {
  FAIL,
  INFO,
  OK,
  READ,
  type TxnKind,
  type Txns,
  UNKNOWN,
  WRITE,
} from '../../history/packed/txns.ts';
import { TxnBuilder } from '../../history/packed/txn-builder.ts';
import { contradicts } from '../../history/written.ts';
import { MalformedHistory } from '../calls.ts';

/** A micro-operation as histories write it. */
export type MicroOp = readonly [f: string, key: Value, value: Value];

/** Which kind of transactions a history holds, by its micro-operations; undefined: of neither kind. */
export function txnKind(events: readonly HistoryEvent[]): TxnKind | undefined {
  let reads: TxnKind | undefined;
  for (const { type, f, value } of events) {
    if (f !== 'txn' || !Array.isArray(value)) continue;
    for (const micro of value as readonly MicroOp[]) {
      if (!Array.isArray(micro)) return undefined;
      if (micro[0] === 'append') return 'list-append';
      if (micro[0] === 'w') return 'rw-register';
      if (micro[0] === 'r' && type === 'ok')
        reads ??= Array.isArray(micro[2]) ? 'list-append' : 'rw-register';
    }
  }
  return reads;
}

/**
 * Columns of a history. Operations on one key count as transactions of one micro-operation: `append`
 * and `read`, `write` and `read`. Throws `MalformedHistory` at what is no such history.
 */
export function columnsOf(events: Iterable<HistoryEvent>, kind: TxnKind): Txns {
  const builder = new TxnBuilder(kind, Array.isArray(events) ? events.length >> 1 : 16);
  const open = new Map<number | string, { t: number; invoke: HistoryEvent }>();
  let last = -1;
  for (const event of events) {
    if (!(event.index > last) || !Number.isSafeInteger(event.index))
      throw new MalformedHistory(
        `event ${event.index} stands behind event ${last}: numbers of events must grow.`,
      );
    last = event.index;
    const of = open.get(event.process);
    if (event.type === 'invoke') {
      if (of !== undefined) throw malformed(event, 'has a transaction open already');
      open.set(event.process, { t: builder.invoke(event.process, event.index), invoke: event });
      continue;
    }
    if (of === undefined) throw malformed(event, 'has no transaction open');
    open.delete(event.process);
    const type = ENDS[event.type];
    if (type === undefined) throw malformed(event, 'cannot end like this');
    if (type === OK && contradicts(of.invoke.f, of.invoke.value, event.value))
      throw malformed(event, 'asked for something else');
    builder.begin(of.t);
    addMicroOps(builder, type === OK ? event : of.invoke, of.invoke, type === OK);
    builder.complete(of.t, type, event.index);
  }
  for (const { t, invoke } of open.values()) {
    builder.begin(t);
    addMicroOps(builder, invoke, invoke, false);
    builder.complete(t, INFO, -1);
  }
  return builder.finish();
}

const ENDS: Readonly<Record<string, number>> = { ok: OK, fail: FAIL, info: INFO };

function malformed(event: HistoryEvent, why: string): MalformedHistory {
  return new MalformedHistory(
    `event ${event.index}: an "${event.type}" for process ${event.process}, which ${why}.`,
  );
}

function addMicroOps(
  builder: TxnBuilder,
  event: HistoryEvent,
  invoke: HistoryEvent,
  known: boolean,
): void {
  const { value } = event;
  if (invoke.f !== 'txn') return addPlain(builder, event, invoke, known);
  if (value === null) return;
  if (!Array.isArray(value)) throw noTransaction(event);
  for (const micro of value as readonly MicroOp[]) {
    if (!Array.isArray(micro)) throw noTransaction(event);
    addMicro(builder, micro[0], micro[1] ?? null, micro[2] ?? null, known, event);
  }
}

const PLAIN: Readonly<Record<string, string>> = { read: 'r', append: 'append', write: 'w' };

function addPlain(
  builder: TxnBuilder,
  event: HistoryEvent,
  invoke: HistoryEvent,
  known: boolean,
): void {
  const f = PLAIN[invoke.f];
  if (f === undefined) throw noTransaction(invoke);
  const value = f === 'r' ? event.value : invoke.value;
  addMicro(builder, f, invoke.key ?? 0, value, known, event);
}

function noTransaction(event: HistoryEvent): MalformedHistory {
  return new MalformedHistory(
    `event ${event.index}: "${event.f}" of ${JSON.stringify(event.value)?.slice(0, 60)} is no transaction; expected "txn" with a list of micro-operations like ["r", key, null], ["append", key, element] or ["w", key, value].`,
  );
}

/** One micro-operation. `known`: what a read saw is known. */
function addMicro(
  builder: TxnBuilder,
  f: unknown,
  key: Value,
  value: Value,
  known: boolean,
  event: HistoryEvent,
): void {
  const read = f === 'r';
  if (!read && f !== (builder.kind === 'list-append' ? 'append' : 'w'))
    throw new MalformedHistory(
      `event ${event.index}: a micro-operation ${JSON.stringify(f)} in a history of ${builder.kind}.`,
    );
  if (typeof key === 'number' && !Number.isFinite(key))
    throw new MalformedHistory(`event ${event.index}: ${key} is no key.`);
  const k = builder.keyId(key);
  let v: number;
  if (!read) v = builder.valueId(value);
  else if (!known) v = UNKNOWN;
  else if (builder.kind === 'rw-register') v = builder.valueId(value);
  else if (value === null) v = builder.list(k, []);
  else if (Array.isArray(value)) v = builder.list(k, value as readonly Value[]);
  else
    throw new MalformedHistory(
      `event ${event.index}: a read of a list saw ${JSON.stringify(value)}, which is no list.`,
    );
  builder.add(read ? READ : WRITE, k, v);
}
