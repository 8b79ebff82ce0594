/** What follows the operations of one key as they settle: the part that the two algorithms share. */
import type { RegisterOp } from '../../columns.ts';

/** An operation of one key that is being followed. */
export interface Followed {
  readonly op: RegisterOp;
  /** Ranks among the events of the key. `ret` is NEVER where the outcome is unknown. */
  readonly call: number;
  readonly ret: number;
}

/**
 * `fine`: so far there is an order. `violated`: there is none, whatever comes. `unfit`: it cannot
 * follow this key (any further).
 */
export type Following = 'fine' | 'violated' | 'unfit';

export interface Online {
  /** In the order of the ranks, calls and returns together. */
  called(it: Followed): Following;
  returned(it: Followed): Following;
}

/** Equal for equal values, unequal for others. */
export function plainValue(value: RegisterOp['a']): string | number | boolean | null {
  if (typeof value === 'object' && value !== null) return `\u0000${JSON.stringify(value)}`;
  return typeof value === 'string' && value.startsWith('\u0000')
    ? `\u0000${JSON.stringify(value)}`
    : value;
}
