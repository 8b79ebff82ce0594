/**
 * Operations with unknown outcome, by kind: open from their call to the end, each may be used once. Those
 * of one kind are interchangeable, so they are counted.
 */
import { NEVER } from '../../calls.ts';
import type { Multisets } from './multisets.ts';
import { type Task, hasLost } from './task.ts';

export class LostOperations {
  /** The kind of each number; numbers are dense, those of the moves are not. */
  readonly kinds: Int32Array;
  /** How many of each number were called. */
  readonly available: Int32Array;
  /** Which of them a configuration has used; undefined: any number of times, or never. */
  readonly multisets: Multisets | undefined;
  /** May they be used at the return that is looked at? */
  usable = false;

  constructor(kinds: Int32Array, multisets: Multisets | undefined) {
    this.kinds = kinds;
    this.available = new Int32Array(kinds.length);
    this.multisets = multisets;
  }

  /** One more of a number was called (or, going back, one less). */
  count(number: number, by: 1 | -1): void {
    this.available[number] = (this.available[number] as number) + by;
  }

  /** Is there one of this number that `used` does not hold? */
  has(number: number, used: number): boolean {
    const available = this.available[number] as number;
    if (available === 0) return false;
    return this.multisets === undefined || this.multisets.count(used, number) < available;
  }

  /** Is there one for whose kind the table holds this value? */
  some(used: number, table: Int32Array, value: number): boolean {
    for (let c = 0; c < this.kinds.length; c++)
      if (table[this.kinds[c] as number] === value && this.has(c, used)) return true;
    return false;
  }

  /** The multiset with one more. */
  plus(used: number, number: number): number {
    return this.multisets === undefined ? 0 : this.multisets.plus(used, number);
  }

  size(used: number): number {
    return this.multisets?.size(used) ?? 0;
  }
}

/** The kinds of lost operations, numbered. Those that change nothing are left out (-1). */
export function lostOf(task: Task): { numberOf: Int32Array; kinds: Int32Array } {
  if (!hasLost(task)) return { numberOf: NONE, kinds: NONE };
  const { n, kind, ret, moves } = task;
  const numberOf = new Int32Array(n).fill(-1);
  const number = new Map<number, number>();
  for (let i = 0; i < n; i++) {
    if (ret[i] !== NEVER) continue;
    const k = kind[i] as number;
    if (moves.pure[k] === 1) continue;
    if (!number.has(k)) number.set(k, number.size);
    numberOf[i] = number.get(k) as number;
  }
  return { numberOf, kinds: Int32Array.from(number.keys()) };
}

const NONE = new Int32Array(0);
