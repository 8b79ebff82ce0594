import { expect, test } from 'vitest';
import type { SimulatedSeed } from './simulated-seed.ts';
import { KEPT_SEEDS, SimulatedSums } from './simulated-sums.ts';

function seedOf(seed: number, valid: SimulatedSeed['valid'] = true): SimulatedSeed {
  return {
    seed,
    valid,
    anomalies: [],
    system: 'hermes',
    workload: 'register',
    bugs: [],
    durationMs: 1,
    outcomes: { ok: 1, mismatch: 0, fail: 0, info: 0 },
    again: '',
    traceHash: '',
    figures: { messages: 10, steps: 20, operations: 3, simulatedNs: 4 },
    bitten: { kill: seed % 2, clock: 0 },
  };
}

test('of very many seeds the sums are kept, the first, and those that are not valid', () => {
  const sums = new SimulatedSums();
  expect(sums.valid).toBe('unknown');
  const count = 5 * KEPT_SEEDS;
  const doubtful = count - 7;
  for (let seed = 1; seed <= count; seed++)
    sums.take(seedOf(seed, seed === doubtful ? 'unknown' : true));
  expect(sums.valid).toBe('unknown');
  sums.take(seedOf(count + 1, false));
  expect(sums.valid).toBe(false);
  expect(sums.totals).toEqual({
    seeds: count + 1,
    unknown: 1,
    operations: 3 * (count + 1),
    messages: 10 * (count + 1),
    steps: 20 * (count + 1),
    simulatedNs: 4 * (count + 1),
  });
  expect(sums.bitten).toEqual({ kill: count / 2 + 1, clock: 0 });
  expect(sums.toothless).toEqual(['clock']);
  expect(sums.kept).toHaveLength(KEPT_SEEDS + 2);
  expect(sums.kept.slice(-2).map(({ seed }) => seed)).toEqual([doubtful, count + 1]);
});
