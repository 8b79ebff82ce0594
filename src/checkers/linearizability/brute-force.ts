/**
 * The oracle: tries every order that real time allows. Small enough to be seen to be right.
 *
 * Set of operations done × state, memoised. For at most 30 operations; meant for a dozen.
 */
import type { Model } from '../checker.ts';
import { type Call, isCertain, isUnknown, opOf, outcomeOf } from '../calls.ts';

/** More operations than this are refused with a `RangeError`. */
const OPERATIONS_MAX = 30;

/** Is there an order of all operations that happened, and of some that may have, that explains the answers? */
export function bruteForce<S>(calls: readonly Call[], model: Model<S>): boolean {
  const kept = calls.filter((call) => isCertain(call) || isUnknown(call));
  if (kept.length > OPERATIONS_MAX) throw new RangeError(`${kept.length} operations are too many`);
  const must = kept.reduce((set, call, i) => (isCertain(call) ? set | (1 << i) : set), 0);
  const hopeless = new Set<string>();
  const explains = (done: number, state: S): boolean => {
    if ((done & must) === must) return true;
    const known = `${done} ${model.key(state)}`;
    if (hopeless.has(known)) return false;
    for (const [i, call] of kept.entries()) {
      if ((done & (1 << i)) !== 0) continue;
      // Something that ended before this one began has not had its turn yet.
      if (kept.some((other, j) => (done & (1 << j)) === 0 && other.ret < call.call)) continue;
      const after = model.step(state, opOf(call), outcomeOf(call));
      if (after !== undefined && explains(done | (1 << i), after)) return true;
    }
    hopeless.add(known);
    return false;
  };
  return explains(0, model.init);
}
