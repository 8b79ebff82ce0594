/**
 * Histories of many keys as Jepsen writes them: the value of every operation is `[key value]`
 * (`jepsen.independent`). Here a key has a field of its own.
 */
import type { Value } from '../base/operation.ts';
import { UserError } from '../base/user-error.ts';
import type { History, HistoryEvent } from './event.ts';

/** `auto`: split if every operation has the shape for it. */
export type Independent = 'auto' | 'yes' | 'no';

/** The history with keys in their field, and whether that was a change. Throws a `UserError` where `yes` cannot be. */
export function splitKeys(
  history: History,
  independent: Independent,
): { readonly history: History; readonly split: boolean } {
  if (independent === 'no' || (independent === 'auto' && !looksIndependent(history.events)))
    return { history, split: false };
  if (independent === 'yes') refuseUnpaired(history.events);
  const keys = new Map<number | string, HistoryEvent['key']>();
  const events = history.events.map((event): HistoryEvent => {
    const pair = asPair(event.value);
    if (event.type === 'invoke') {
      if (pair === undefined) return event;
      const key = asKey(pair[0]);
      keys.set(event.process, key);
      return { ...event, key, value: pair[1] };
    }
    const key = keys.get(event.process);
    if (key === undefined) return event;
    return { ...event, key, value: pair === undefined ? event.value : pair[1] };
  });
  return { history: { ...history, events }, split: true };
}

/** Half of the operations under keys and half without would be another history than the one recorded. */
function refuseUnpaired(events: readonly HistoryEvent[]): void {
  const odd = events.find(({ type, f, value }) => {
    const pair = asPair(value);
    if (type !== 'invoke' || value === null) return false;
    return pair === undefined || (f === 'cas' && asPair(pair[1]) === undefined);
  });
  if (odd === undefined) return;
  throw new UserError(
    `--independent yes: the ${odd.f} of event ${odd.index} holds ${JSON.stringify(odd.value)}, and no [key value].`,
    'Leave the flag out: values of that form are recognised by themselves.',
  );
}

/**
 * Every invocation holds a pair, none has a key already, and what a single register would hold (a read
 * that asks with nothing, a cas with two plain values, a list of micro-operations) occurs nowhere.
 */
function looksIndependent(events: readonly HistoryEvent[]): boolean {
  let some = false;
  for (const { type, f, key, value } of events) {
    if (type !== 'invoke') continue;
    const pair = asPair(value);
    if (key !== undefined || pair === undefined || Array.isArray(pair[0])) return false;
    if (f === 'txn' || (f === 'cas' && asPair(pair[1]) === undefined)) return false;
    some = true;
  }
  return some;
}

function asPair(value: Value): readonly [Value, Value] | undefined {
  return Array.isArray(value) && value.length === 2
    ? (value as unknown as readonly [Value, Value])
    : undefined;
}

/** A key as histories name it. */
export function asKey(value: Value): number | string {
  return typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value);
}
