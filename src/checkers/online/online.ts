/**
 * A checker that goes along with the operations of one object while they are recorded, in memory bounded
 * by what is open and by what has no known outcome. One file per algorithm; `ladders.ts` says which of
 * them follow which object.
 */
import type { Value } from '../../base/operation.ts';
import type { Call } from '../calls.ts';
import type { Unfit } from '../columns.ts';

/**
 * `fine`: so far no violation was seen. `violated`: there is no order, whatever comes. `unfit`: it cannot
 * follow this object (any further), and why.
 */
export type Following = 'fine' | 'violated' | Unfit;

export interface Online {
  /** What is remembered: values, elements, configurations. */
  readonly size: number;
  /**
   * In the order of the ranks, calls and returns together. What became of a call is known when it is
   * handed over; a return is not said of operations with unknown outcome.
   *
   * A violation is one of the operations whose events came so far, those without a return taken as
   * crashed.
   */
  called(call: Call): Following;
  returned(call: Call): Following;
  /** Nothing may come for a while: it need keep no more than it must. */
  rest?(): void;
}

/** Equal for equal values, unequal for others. */
export type Plain = string | number | boolean | null;

/** A value as something that can be compared and looked up. */
export function plainValue(value: Value): Plain {
  if (typeof value === 'object' && value !== null) return `\u0000${JSON.stringify(value)}`;
  return typeof value === 'string' && value.startsWith('\u0000')
    ? `\u0000${JSON.stringify(value)}`
    : value;
}
