/**
 * What many simulated seeds come to: sums, and the few seeds that are kept. A hundred thousand seeds take
 * no more memory than a thousand.
 */
import type { Verdict } from '../checkers/verdict.ts';
import type { SimulatedSeed } from './simulated-seed.ts';

/** Sums over the seeds so far. */
export interface SimulatedTotals {
  readonly seeds: number;
  readonly of: number;
  readonly unknown: number;
  readonly operations: number;
  readonly messages: number;
  readonly steps: number;
  readonly simulatedNs: number;
  readonly wallMs: number;
  readonly workers: number;
}

/** Kept in any case: so many from the first on, so many without a verdict, and the one that is invalid. */
export const KEPT_SEEDS = 1000;

export class SimulatedSums {
  /** In the order in which they were taken. */
  readonly kept: SimulatedSeed[] = [];
  /** Faults that had an effect, by kind; 0: there were some, and none had. */
  readonly bitten: Record<string, number> = {};
  readonly #totals = {
    seeds: 0,
    unknown: 0,
    operations: 0,
    messages: 0,
    steps: 0,
    simulatedNs: 0,
  };
  #invalid = false;

  /** Seeds are taken in their order. */
  take(seed: SimulatedSeed): void {
    const { figures, valid, bitten } = seed;
    const sum = this.#totals;
    const first = sum.seeds++ < KEPT_SEEDS;
    if (valid === 'unknown') sum.unknown++;
    if (valid === false) this.#invalid = true;
    sum.operations += figures.operations;
    sum.messages += figures.messages;
    sum.steps += figures.steps;
    sum.simulatedNs += figures.simulatedNs;
    for (const kind in bitten) this.bitten[kind] = (this.bitten[kind] ?? 0) + (bitten[kind] ?? 0);
    const doubtful = valid === 'unknown' && sum.unknown <= KEPT_SEEDS;
    if (first || doubtful || valid === false) this.kept.push(seed);
  }

  get totals(): Omit<SimulatedTotals, 'of' | 'wallMs' | 'workers'> {
    return { ...this.#totals };
  }

  /** Kinds of which no fault had an effect in any seed, though some were asked for. */
  get toothless(): readonly string[] {
    return Object.keys(this.bitten).filter((kind) => this.bitten[kind] === 0);
  }

  /** The worst of all seeds; no seed is no verdict. */
  get valid(): Verdict['valid'] {
    if (this.#invalid) return false;
    return this.#totals.seeds > 0 && this.#totals.unknown === 0 ? true : 'unknown';
  }
}
