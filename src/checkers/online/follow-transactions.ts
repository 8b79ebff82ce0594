/**
 * Transactions: the last few of them are judged again and again by the check of the whole (`elle/`).
 *
 * Where a history has a serial order, the same order, seen only through some transactions, is one of
 * theirs, once their reads show nothing of what the others wrote. So what is wrong with some is wrong
 * with all. Anomalies between transactions that lie farther apart are left to the check of the whole;
 * but lists are followed for good (`OnlineList`, appends taken as never told what became of them): a read
 * that shows what nobody appended or what was refused, an element twice, another order than was seen
 * before, or less than a read that had returned.
 */
import type { Value } from '../../base/operation.ts';
import type { History, HistoryEvent } from '../../history/event.ts';
import type { TxnKind } from '../../history/packed/txns.ts';
import { judgeTransactions } from '../elle/judge-transactions.ts';
import type { MicroOp } from '../elle/txns.ts';
import type { Call } from '../calls.ts';
import type { FoundViolation, Follows, Left } from './follows.ts';
import { NewElements } from './new-elements.ts';
import { type Plain, plainValue } from './online.ts';
import { OnlineList } from './online-list.ts';
import { type RecordedCall, SettledEvents, type SettledSink } from './settled-events.ts';

/** Transactions that are judged together, at most; half of them are new. */
const WINDOW = 512;
/** Written values of a key that are remembered, where they do not grow. */
const REMEMBERED = 256;

interface Txn {
  readonly invoke: HistoryEvent;
  end: HistoryEvent | undefined;
  /** Its micro-operations, as they are followed key by key. */
  readonly calls: readonly { readonly list: FollowList; readonly call: RecordedCall }[];
}

export class FollowTransactions implements Follows {
  readonly #kind: TxnKind;
  readonly #open = new Map<number | string, Txn>();
  /** Those that ended last, and those that are open, in the order of their invocations. */
  #recent = new Set<Txn>();
  readonly #lists = new Map<Plain, FollowList>();
  readonly #written = new Map<Plain, NewElements>();
  /** Ended since the last judgement, and when the next one is due. */
  #ended = 0;
  #due = 32;
  left: readonly Left[] = [{ what: 'elle', why: FAR }];
  violation: FoundViolation | undefined;
  #unfit = false;

  constructor(kind: TxnKind) {
    this.#kind = kind;
  }

  get keys(): number {
    return this.#written.size;
  }

  get waiting(): number {
    return this.#open.size + this.#ended;
  }

  get size(): number {
    let size = this.#recent.size;
    for (const { list, settled } of this.#lists.values()) size += list.size + settled.waiting;
    return size;
  }

  take(event: HistoryEvent): void {
    if (this.violation !== undefined || this.#unfit) return;
    if (event.type === 'invoke') {
      this.#invoke(event);
      return;
    }
    const txn = this.#open.get(event.process);
    if (txn === undefined) return;
    this.#open.delete(event.process);
    txn.end = event;
    this.#complete(txn, event);
    if (++this.#ended >= this.#due) this.#judge();
  }

  finish(): void {
    if (this.#unfit) return;
    for (const followed of this.#lists.values()) {
      followed.settled.finish();
      this.#look(followed);
    }
    this.#judge();
  }

  #invoke(invoke: HistoryEvent): void {
    const micros = microsOf(invoke);
    for (const [f, key, value] of micros)
      if (f !== 'r' && !this.#writes(key, value)) {
        this.#unfit = true;
        this.left = [{ what: 'elle', why: 'written values do not grow: one may come again' }];
        return;
      }
    const calls = this.#kind === 'list-append' ? micros.map((m) => this.#call(invoke, m)) : [];
    const txn = { invoke, end: undefined, calls };
    this.#open.set(invoke.process, txn);
    this.#recent.add(txn);
  }

  #writes(key: Value, value: Value): boolean {
    const name = plainValue(key);
    let known = this.#written.get(name);
    if (known === undefined) this.#written.set(name, (known = new NewElements(REMEMBERED)));
    return known.take(value);
  }

  #call(invoke: HistoryEvent, [f, key, value]: MicroOp): Txn['calls'][number] {
    const name = plainValue(key);
    let list = this.#lists.get(name);
    if (list === undefined) this.#lists.set(name, (list = new FollowList(key)));
    const call = list.settled.invoke({ ...invoke, f: f === 'r' ? 'read' : 'append', value });
    return { list, call };
  }

  #complete({ calls }: Txn, end: HistoryEvent): void {
    const micros = microsOf(end);
    for (const [i, { list, call }] of calls.entries()) {
      const [f, key, value = null] = micros[i] ?? [];
      const same = f === 'r' && plainValue(key ?? null) === plainValue(list.key);
      const known = end.type === 'ok' && call.invoke.f === 'read' && same;
      const type = known ? 'ok' : end.type === 'fail' || call.invoke.f === 'read' ? 'fail' : 'info';
      const { index, process, time } = end;
      const told: HistoryEvent = {
        index,
        process,
        time,
        type,
        f: call.invoke.f,
        value: known ? value : null,
      };
      list.settled.complete(call, told);
      this.#look(list);
    }
  }

  #look({ key, found }: FollowList): void {
    if (found === undefined) return;
    const name = typeof key === 'number' || typeof key === 'string' ? key : undefined;
    this.violation ??= { key: name, invoke: found.invoke };
  }

  /** Judges those that ended last, and forgets the older half. */
  #judge(): void {
    this.#ended = 0;
    this.#due = Math.min(2 * this.#due, WINDOW / 2);
    const recent = [...this.#recent];
    const events = seenAlone(recent, this.#kind);
    const history: History = { header: { hermes: 1 }, events, nemesis: [] };
    const verdict = judgeTransactions(history, { kind: this.#kind, verdictOnly: true });
    if (verdict.valid === false) {
      const [anomaly] = verdict.anomalies;
      const last = recent.find(({ invoke }) => invoke.index === anomaly?.operations.at(-1));
      const found = last ?? (recent.at(-1) as Txn);
      this.violation ??= { key: anomaly?.key, invoke: found.invoke };
    }
    const ended = recent.filter(({ end }) => end !== undefined);
    for (const txn of ended.slice(0, Math.max(0, ended.length - WINDOW / 2)))
      this.#recent.delete(txn);
  }
}

const FAR = `anomalies between transactions that lie more than ${WINDOW / 2} apart`;

/** A list, followed by what its reads show. */
class FollowList implements SettledSink {
  readonly key: Value;
  readonly settled = new SettledEvents(this);
  readonly list = new OnlineList(null);
  found: Call | undefined;

  constructor(key: Value) {
    this.key = key;
  }

  called(call: Call): void {
    if (this.list.called(call) === 'violated') this.found ??= call;
  }

  returned(call: Call): void {
    if (this.list.returned(call) === 'violated') this.found ??= call;
  }
}

/** Micro-operations; an operation on one key is one. */
function microsOf({ f, key, value }: HistoryEvent): readonly MicroOp[] {
  if (f === 'txn') return (Array.isArray(value) ? value : []) as readonly MicroOp[];
  return [[MICRO[f] ?? f, key ?? 0, value]];
}

const MICRO: Readonly<Record<string, string>> = { read: 'r', write: 'w' };

/** Their events, in order, as if there were no others. */
function seenAlone(txns: readonly Txn[], kind: TxnKind): HistoryEvent[] {
  const written = new Map<Plain, Set<Plain>>();
  for (const { invoke } of txns)
    for (const [f, key, value] of microsOf(invoke)) {
      if (f === 'r') continue;
      const own = written.get(plainValue(key)) ?? new Set();
      written.set(plainValue(key), own.add(plainValue(value)));
    }
  const known = (key: Value, value: Value): boolean =>
    written.get(plainValue(key))?.has(plainValue(value)) === true;
  const kept = ([f, key, value]: MicroOp): readonly MicroOp[] => {
    if (f !== 'r' || value === null) return [[f, key, value]];
    if (kind === 'rw-register') return known(key, value) ? [[f, key, value]] : [];
    const list = Array.isArray(value) ? (value as readonly Value[]) : [];
    return [[f, key, list.filter((element) => known(key, element))]];
  };
  const events = txns.flatMap(({ invoke, end }) => {
    const micros = microsOf(end?.type === 'ok' ? end : invoke).flatMap(kept);
    const began = { ...invoke, f: 'txn', value: microsOf(invoke) as Value };
    return end === undefined ? [began] : [began, { ...end, f: 'txn', value: micros as Value }];
  });
  return events.toSorted((a, b) => a.index - b.index);
}
