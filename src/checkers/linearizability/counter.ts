/**
 * Counters: keys on which every writer adds the same step, and is answered with the sum.
 */
import type { Value } from '../../base/operation.ts';
import { type Call, isUnknown } from '../calls.ts';
import type { Unfit } from '../columns.ts';
import { LOST, MADE, type Places, SAW, emptyPlaces, pushPlace } from './chain.ts';
import type { Conflict } from './conflict.ts';

/** Places of a counter's operations; or a value that no number of adds makes; or why it is no such counter. */
export function counterPlaces(
  calls: readonly Call[],
  initial: Value,
): Places | { readonly conflict: Conflict } | Unfit {
  const start = initial ?? 0;
  if (typeof start !== 'number') return { unfit: 'a counter that does not begin with a number' };
  const step = stepOf(calls);
  if (typeof step !== 'number') return step;
  const places = emptyPlaces(calls.length);
  for (let row = 0; row < calls.length; row++) {
    const call = calls[row] as Call;
    const { end, invoke } = call;
    const saw = sumSeen(call);
    if (saw === undefined) {
      if (invoke.f === 'add' && isUnknown(call)) pushPlace(places, call, row, LOST);
      continue;
    }
    const adds = invoke.f === 'add' && end?.type === 'ok';
    const value = saw ?? 0;
    const place = typeof value === 'number' ? (value - start) / step : -1;
    if (!Number.isSafeInteger(place) || place < (adds ? 1 : 0))
      return { conflict: { kind: 'no-place', op: row } };
    pushPlace(places, call, row, adds ? MADE : SAW, place);
  }
  return places;
}

/** What an operation was told of the value; undefined: nothing. */
export function sumSeen({ invoke, end }: Call): Value | undefined {
  if (end?.type === 'fail') return end.observed;
  if (end?.type !== 'ok') return undefined;
  return invoke.f === 'add' ? end.result : end.value;
}

/** The one step of all writers that may have happened; additions that were not told the sum only if asked. */
export function stepOf(calls: readonly Call[], silent?: 'silent too'): number | Unfit {
  let step: number | undefined;
  for (const { invoke, end } of calls) {
    if (invoke.f === 'read' || end?.type === 'fail') continue;
    if (invoke.f !== 'add') return { unfit: `"${invoke.f}" beside adds` };
    if (typeof invoke.value !== 'number' || invoke.value === 0)
      return { unfit: 'an add of nothing' };
    if (step !== undefined && invoke.value !== step) return { unfit: 'adds of several steps' };
    if (silent === undefined && end?.type === 'ok' && end.result === undefined)
      return { unfit: 'an add that was not told the sum' };
    step = invoke.value;
  }
  return step ?? { unfit: 'nothing was added' };
}
