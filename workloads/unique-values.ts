/**
 * What the register-like workloads share: values that are written once in a run, so that every read
 * names the one operation that it saw, and weights.
 */
import type { Random } from '../src/base/random.ts';

/** Written values are multiples of this: sums that start at one never meet another. */
const STEP = 2 ** 24;

/** State of a workload with unique values. */
export interface Values {
  /** How many were handed out. */
  written: number;
}

/** A value that no other operation of the run writes. */
export function freshValue(s: Values): number {
  s.written += 1;
  return s.written * STEP;
}

/** One of the names, by weight; undefined if all weights are 0. */
export function drawWeighted<T extends string>(
  random: Random,
  weights: readonly (readonly [T, number])[],
): T | undefined {
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  if (total === 0) return undefined;
  let at = random.below(total);
  for (const [name, weight] of weights) {
    if (at < weight) return name;
    at -= weight;
  }
  return undefined;
}
