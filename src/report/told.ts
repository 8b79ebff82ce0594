/** What the events of a history tell, however they are shown: answers, and whether there are times. */
import type { Value } from '../base/operation.ts';
import type { HistoryEvent } from '../history/event.ts';

/** Asked with nothing, these answer with what they found; nil is an answer too. */
const ASKING = new Set(['read', 'get', 'dequeue', 'pop', 'txn']);

/** What came with an ok: `value` was seen, `result` was told of what was done; undefined: it happened, no more. */
export function answerOf(
  asked: HistoryEvent | undefined,
  end: HistoryEvent,
): { readonly value: Value } | { readonly result: Value } | undefined {
  if (end.result !== undefined) return { result: end.result };
  if (ASKING.has(end.f)) return { value: end.value };
  const changed = JSON.stringify(asked?.value ?? null) !== JSON.stringify(end.value ?? null);
  return changed ? { value: end.value } : undefined;
}

/** Histories of other tools may say nothing of time: what is known then is the order of events. */
export function isTimed(events: readonly HistoryEvent[]): boolean {
  return events.some(({ time }) => time > 0);
}
