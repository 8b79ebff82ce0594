/**
 * Several seeds one after the other, on one world, up to the first that is not valid.
 */
import { UserError } from '../base/user-error.ts';
import type { Verdict } from '../checkers/verdict.ts';
import { type FuzzObserver, type FuzzRunOptions, type FuzzResult, fuzzRun } from './fuzz-run.ts';
import type { SimulatedBatch } from './simulated-batch.ts';
import type { World } from './world.ts';

export interface Batch {
  /** The worst of all runs. */
  readonly valid: Verdict['valid'];
  /** In the order of the seeds; the last one is the only one that may not be valid. */
  readonly runs: readonly FuzzResult[];
  /** Many seeds in the simulator: what became of each; then `runs` holds at most the one that was not valid. */
  readonly simulated?: SimulatedBatch;
}

/** `seeds` is not empty. Stops at the first run that is not valid, or that was cut short. */
export async function fuzzBatch(
  world: World,
  seeds: readonly number[],
  options: FuzzRunOptions,
  observe: (seed: number, index: number) => FuzzObserver,
  onResult: (result: FuzzResult, index: number) => void,
): Promise<Batch> {
  const runs: FuzzResult[] = [];
  for (const [index, seed] of seeds.entries()) {
    const result = await fuzzRun(world, seed, options, observe(seed, index));
    runs.push(result);
    onResult(result, index);
    if (result.verdict.valid !== true || result.results.interrupted) break;
  }
  return { valid: runs.at(-1)?.verdict.valid ?? 'unknown', runs };
}

const MOST_SEEDS = 1_000_000;

/** The seeds of a batch: `a..b`, or `runs` of them from `first` on. */
export function seedsOf(range: string | undefined, first: number, runs: number): number[] {
  if (range === undefined) return Array.from({ length: runs }, (_, i) => first + i);
  const [, from, to] = /^(\d+)\.\.(\d+)$/.exec(range) ?? [];
  const count = Number(to) - Number(from) + 1;
  if (
    from === undefined ||
    !(count >= 1 && count <= MOST_SEEDS) ||
    Number(to) > Number.MAX_SAFE_INTEGER
  ) {
    throw new UserError(
      `--seeds ${range} is no range of seeds.`,
      'Two numbers, the smaller one first: --seeds 1..20.',
    );
  }
  return Array.from({ length: count }, (_, i) => Number(from) + i);
}
