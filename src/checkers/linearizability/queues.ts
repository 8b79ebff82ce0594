/**
 * Queues whose elements are each put in once, in O(n log n): in any order, and first in first out
 * (`fifo.ts`). What is known of each element is read by `queue-items.ts`.
 *
 * *In any order* elements do not depend on one another: each is inside only as long as it must be.
 */
import type { Value } from '../../base/operation.ts';
import type { Call } from '../calls.ts';
import type { Answer } from './conflict.ts';
import { judgeFifo } from './fifo.ts';
import { type Items, emptyAfter, handToLost, queueItems } from './queue-items.ts';

/** Judges a queue that begins empty, with a linearization. `order`: first in, first out. */
export function judgeQueue(calls: readonly Call[], initial: Value, order: 'fifo' | 'any'): Answer {
  if (initial !== null && !(Array.isArray(initial) && initial.length === 0))
    return { type: 'not-applicable', why: 'a queue that does not begin empty' };
  const items = queueItems(calls);
  if ('unfit' in items) return { type: 'not-applicable', why: items.unfit };
  if ('conflict' in items) return { type: 'invalid', conflict: items.conflict };
  return order === 'fifo' ? judgeFifo(items) : judgeBag(items);
}

/** Of a stack that begins empty: what contradicts any order of the elements; else the search must judge. */
export function refuteStack(calls: readonly Call[], initial: Value): Answer {
  if (initial !== null && !(Array.isArray(initial) && initial.length === 0))
    return { type: 'not-applicable', why: 'a stack that does not begin empty' };
  const items = queueItems(calls);
  if ('conflict' in items) return { type: 'invalid', conflict: items.conflict };
  return {
    type: 'not-applicable',
    why: 'unfit' in items ? items.unfit : 'the last in is the first out',
  };
}

/** Each element goes in as late and comes out as early as it can. */
function judgeBag(items: Items): Answer {
  const { elements, empties } = items;
  const stuck = handToLost(items, emptyAfter(empties));
  if (stuck !== undefined)
    return { type: 'not-applicable', why: 'the elements admit no simple order' };
  const points = elements.flatMap((item) => {
    const { put, putRet, take, takeCall } = item;
    if (take === -1) return [{ row: put, at: putRet }];
    const out = takeCall + 0.25;
    return [
      { row: put, at: Math.min(putRet, out - 0.125) },
      { row: take, at: out },
    ];
  });
  for (const { put, putCall } of empties) points.push({ row: put, at: putCall });
  return {
    type: 'valid',
    order: points.toSorted((x, y) => x.at - y.at).map(({ row }) => row),
  };
}
