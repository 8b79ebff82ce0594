/**
 * Believes no checker: is what it calls a reason really one?
 *
 * Works on the events as recorded and shares no code with the algorithms and the shrinker. Two
 * questions: is the small history no stronger than the recorded one (`unfounded`), and does it admit
 * no order (asked of the brute force, or of the classical search where it is too long)?
 */
import type { Value } from '../../base/operation.ts';
import type { Call } from '../calls.ts';
import type { Model } from '../checker.ts';
import { bruteForce } from './brute-force.ts';
import { judgeWgl } from './wgl.ts';

/** Up to this many operations every order is tried. */
const BRUTE_MAX = 12;

/** Steps for those that are longer. */
const STEPS = 200_000;

/** What a reason consists of: the recorded operations, and those kept of them. */
export interface Reason {
  readonly calls: readonly Call[];
  /** Rows of the operations that count as recorded. */
  readonly strong: readonly number[];
  /** Rows of the writers that may or may not have happened, as they were weakened. */
  readonly optional: ReadonlyMap<number, Call>;
}

/**
 * True: a second checker finds no order either, and the reason follows from what was recorded.
 * `searched`: it was the classical search that found the reason, so only the brute force is a second one.
 */
export function confirmReason<S>(reason: Reason, model: Model<S>, searched = false): boolean {
  if (unfounded(reason) !== undefined) return false;
  const strong = new Set(reason.strong);
  const small = reason.calls.flatMap((call, row) =>
    strong.has(row) ? [call] : (reason.optional.get(row) ?? []),
  );
  if (small.length <= BRUTE_MAX) return !bruteForce(small, model);
  if (searched) return false;
  return judgeWgl(small, model, { steps: STEPS }).type === 'invalid';
}

/** Why the small history does not follow from the recorded one; undefined: it does. */
export function unfounded({ calls, strong, optional }: Reason): string | undefined {
  const kept = new Set([...strong, ...optional.keys()]);
  const looked = new Set<string>();
  for (const row of strong) {
    const wants = precondition(calls[row] as Call);
    if (wants !== undefined) looked.add(JSON.stringify(wants));
  }
  for (const [row, weak] of optional) {
    const was = calls[row] as Call;
    const closed = weak.end?.type === 'ok' || weak.end?.type === 'fail';
    if (closed || weak.call !== was.call) return `operation ${row} was moved`;
    if (JSON.stringify(effect(weak)) !== JSON.stringify(effect(was)))
      return `operation ${row} writes another value`;
    const wants = precondition(weak);
    if (wants === undefined) continue;
    if (JSON.stringify(wants) !== JSON.stringify(precondition(was)))
      return `operation ${row} replaces another value`;
    looked.add(JSON.stringify(wants));
  }
  for (const [row, call] of calls.entries()) {
    if (kept.has(row) || call.end?.type === 'fail') continue;
    const made = effect(call);
    if (made === undefined) continue;
    if (looked.has(JSON.stringify(made))) return `operation ${row} could have been seen`;
    if (looked.has(ANY)) return `operation ${row} could have been looked at`;
  }
  return undefined;
}

const ANY = JSON.stringify('\u0000any');

/** Value that must have been there, in brackets; undefined: none. */
function precondition({ invoke, end }: Call): readonly [Value] | string | undefined {
  const ok = end?.type === 'ok' ? end : undefined;
  if (end?.type === 'fail') return end.observed === undefined ? undefined : [zero(end.observed)];
  switch (invoke.f) {
    case 'not':
      return '\u0000any';
    case 'read':
      return ok === undefined ? undefined : [zero(ok.value)];
    case 'cas':
      return [zero((invoke.value as readonly Value[])[0] as Value)];
    case 'getset':
      return ok?.result === undefined ? undefined : [zero(ok.result)];
    case 'add':
      if (typeof ok?.result === 'number') return [ok.result - (invoke.value as number)];
      return '\u0000any';
    case 'delete':
      if (ok?.result === 0) return [0];
      return ok?.result === 1 ? '\u0000any' : undefined;
    default:
      return undefined;
  }
}

/** Value that is there afterwards, in brackets; undefined: it changes nothing. */
function effect({ invoke, end }: Call): readonly [Value] | string | undefined {
  switch (invoke.f) {
    case 'not':
    case 'read':
      return undefined;
    case 'cas':
      return [zero((invoke.value as readonly Value[])[1] as Value)];
    case 'add':
      return end?.type === 'ok' && typeof end.result === 'number' ? [end.result] : '\u0000any';
    case 'delete':
      return [0];
    default:
      return [zero(invoke.value)];
  }
}

/** Absent and 0 are one value on keys that see `add`; elsewhere taking them for one only asks for more. */
function zero(value: Value): Value {
  return value ?? 0;
}
