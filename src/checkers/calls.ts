/**
 * A history as operations: each invocation with what became of it, split by key.
 *
 * Linearizability is local (Herlihy and Wing 1990): a history is linearizable iff the history of
 * each key is. Ranks number the events of one key; they replace times, so that there are no ties.
 */
import type { Op, Outcome } from '../base/operation.ts';
import type { HistoryEvent } from '../history/event.ts';
import { contradicts } from '../history/written.ts';

/** Rank of a return that never came: the operation may take effect at any later time, or never. */
export const NEVER = 0x7fff_ffff;

/** One operation. `call` and `ret` are ranks among the events of its key, from 0. */
export interface Call {
  readonly invoke: HistoryEvent;
  /** The `ok`, `fail` or `info`; undefined: still open when the history ends. */
  readonly end: HistoryEvent | undefined;
  readonly call: number;
  /** `NEVER` unless the end is `ok` or `fail`. */
  readonly ret: number;
}

/** The operations of one key, in the order of their invocations. */
export interface KeyCalls {
  /** Undefined for histories without keys. */
  readonly key: number | string | undefined;
  readonly calls: readonly Call[];
}

/** The events make no history; the reader refuses such files, a history made by hand may be one. */
export class MalformedHistory extends Error {
  override name = 'MalformedHistory';
}

/** Pairs invocations with completions. Throws `MalformedHistory`. */
export function callsByKey(events: readonly HistoryEvent[]): KeyCalls[] {
  return pairCalls(events, (event) => event.key);
}

/** The same for any split of the history into independent parts. */
export function pairCalls(
  events: readonly HistoryEvent[],
  part: (invoke: HistoryEvent) => number | string | undefined,
): KeyCalls[] {
  const keys = new Map<number | string | undefined, { calls: Open[]; events: number }>();
  const open = new Map<number | string, { of: { events: number }; call: Open }>();
  for (const event of events) {
    if (event.type === 'invoke') {
      if (open.has(event.process)) throw malformed(event, 'has an operation open already');
      const key = part(event);
      let of = keys.get(key);
      if (of === undefined) keys.set(key, (of = { calls: [], events: 0 }));
      const call: Open = { invoke: event, end: undefined, call: of.events++, ret: NEVER };
      of.calls.push(call);
      open.set(event.process, { of, call });
    } else {
      const found = open.get(event.process);
      if (found === undefined) throw malformed(event, 'has no operation open');
      open.delete(event.process);
      const { f, value } = found.call.invoke;
      if (event.type === 'ok' && contradicts(f, value, event.value))
        throw malformed(event, `asked for ${JSON.stringify(value)} and is told of another value`);
      found.call.end = event;
      if (event.type !== 'info') found.call.ret = found.of.events++;
    }
  }
  return [...keys].map(([key, { calls }]) => ({ key, calls }));
}

type Open = { -readonly [K in keyof Call]: Call[K] };

function malformed(event: HistoryEvent, why: string): MalformedHistory {
  return new MalformedHistory(
    `event ${event.index}: an "${event.type}" for process ${event.process}, which ${why}.`,
  );
}

/** Does it put an element into a queue or a stack? */
export function isPut({ invoke: { f } }: Call): boolean {
  return f === 'enqueue' || f === 'push';
}

/** Does it take one out? */
export function isTake({ invoke: { f } }: Call): boolean {
  return f === 'dequeue' || f === 'pop';
}

/** The operation as it was asked for. */
export function opOf(call: Call): Op {
  const { f, key, value } = call.invoke;
  return { f, key: key as number, value };
}

/** What became of it; an operation still open is unknown. */
export function outcomeOf(call: Call): Outcome {
  const { end } = call;
  switch (end?.type) {
    case 'ok':
      return end.result === undefined
        ? { type: 'ok', value: end.value }
        : { type: 'ok', value: end.value, result: end.result };
    case 'fail':
      return end.observed === undefined
        ? { type: 'fail', error: end.error ?? '' }
        : { type: 'fail', error: end.error ?? '', observed: end.observed };
    default:
      return { type: 'info', error: end?.error ?? 'still open' };
  }
}

/** Did it take effect or see something: `ok`, or a failure that tells what was there instead. */
export function isCertain(call: Call): boolean {
  return call.end?.type === 'ok' || (call.end?.type === 'fail' && call.end.observed !== undefined);
}

/** Might it have taken effect although nobody was told? */
export function isUnknown(call: Call): boolean {
  return call.end === undefined || call.end.type === 'info';
}

/** The same operation with an outcome that nobody knows: a weaker history. */
export function asUnknown(call: Call): Call {
  return { ...call, end: undefined, ret: NEVER };
}
