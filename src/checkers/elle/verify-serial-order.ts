/**
 * Plays a serial order through, from the recorded events alone: every committed transaction stands there
 * once, no failed one does, nobody stands before one that had completed before it was invoked, and each
 * sees exactly what those before it left. Shares no code with the checker.
 */
import type { Value } from '../../base/operation.ts';
import type { HistoryEvent } from '../../history/event.ts';

interface Recorded {
  readonly invoke: HistoryEvent;
  readonly end: HistoryEvent | undefined;
}

/** What is wrong with the order (event numbers of invocations), or undefined. */
export function verifySerialOrder(
  events: readonly HistoryEvent[],
  order: readonly number[],
  kind: 'list-append' | 'rw-register',
): string | undefined {
  const recorded = recordedOf(events);
  const state = new Map<string, Value>();
  const placed = new Set<number>();
  let latestInvocation = -1;
  for (const index of order) {
    const txn = recorded.get(index);
    if (txn === undefined) return `there is no transaction of event ${index}`;
    if (placed.has(index)) return `the transaction of event ${index} stands there twice`;
    placed.add(index);
    const { end } = txn;
    if (end?.type === 'fail') return `the transaction of event ${index} failed`;
    if (end?.type === 'ok' && end.index < latestInvocation)
      return `the transaction of event ${index} had completed before another one was invoked that stands before it`;
    latestInvocation = Math.max(latestInvocation, index);
    const wrong = play(txn, state, kind);
    if (wrong !== undefined) return `the transaction of event ${index} ${wrong}`;
  }
  for (const [index, { end }] of recorded)
    if (end?.type === 'ok' && !placed.has(index))
      return `the committed transaction of event ${index} is missing`;
  return undefined;
}

/** Invocations with their completions, by event number. */
export function recordedOf(events: readonly HistoryEvent[]): Map<number, Recorded> {
  const recorded = new Map<number, { invoke: HistoryEvent; end: HistoryEvent | undefined }>();
  const open = new Map<number | string, { invoke: HistoryEvent; end: HistoryEvent | undefined }>();
  for (const event of events) {
    if (event.type === 'invoke') {
      const txn = { invoke: event, end: undefined };
      recorded.set(event.index, txn);
      open.set(event.process, txn);
    } else {
      const txn = open.get(event.process);
      if (txn !== undefined) txn.end = event;
      open.delete(event.process);
    }
  }
  return recorded;
}

export type Micro = readonly [f: string, key: Value, value: Value];

/** Micro-operations, as far as they are known; an operation on one key is a transaction of one. */
export function microsOf({ invoke, end }: Recorded): readonly Micro[] {
  const known = end?.type === 'ok' ? end : invoke;
  if (invoke.f === 'txn') return (known.value ?? []) as unknown as readonly Micro[];
  if (invoke.f === 'read') return [['r', invoke.key ?? 0, known.value]];
  return [[invoke.f === 'append' ? 'append' : 'w', invoke.key ?? 0, invoke.value]];
}

function play(txn: Recorded, state: Map<string, Value>, kind: string): string | undefined {
  for (const [f, name, value] of microsOf(txn)) {
    const key = JSON.stringify(name);
    const now = state.get(key) ?? (kind === 'list-append' ? [] : null);
    if (f === 'append') (state.has(key) ? (now as Value[]) : stored(state, key)).push(value);
    else if (f === 'w') state.set(key, value);
    else if (txn.end?.type === 'ok' && !same(value ?? (kind === 'list-append' ? [] : null), now))
      return `read ${JSON.stringify(value)} of key ${key}, where there was ${JSON.stringify(now)}`;
  }
  return undefined;
}

function stored(state: Map<string, Value>, key: string): Value[] {
  const list: Value[] = [];
  state.set(key, list);
  return list;
}

function same(a: Value, b: Value): boolean {
  if (!Array.isArray(a) || !Array.isArray(b))
    return a === b || JSON.stringify(a) === JSON.stringify(b);
  return a.length === b.length && a.every((each, i) => same(each as Value, b[i] as Value));
}
