/** Batches of simulated seeds: all of them on all cores, the lowest that is not valid, an end on request. */
import { expect, test } from 'vitest';
import type { PlanRequest } from './plan-request.ts';
import { simulatedBatch, type SimulatedBatchOptions } from './simulated-batch.ts';

const REQUEST: PlanRequest = {
  runtime: 'sim',
  nodes: 3,
  ops: 150,
  keys: 3,
  nemesis: ['swarm'],
  timeLimitS: 3,
};

/** Threads load the sources, which takes a while on a busy machine. */
const SLOW = { timeout: 120_000 };

function seeds(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

function options(more: Partial<SimulatedBatchOptions> = {}): SimulatedBatchOptions {
  return {
    request: REQUEST,
    allowMissingFaults: true,
    interrupt: new AbortController().signal,
    abort: new AbortController().signal,
    ...more,
  };
}

test('the correct protocol stands every kind of fault', { timeout: 240_000 }, async () => {
  const every = ['swarm', 'all'].map((nemesis) => ({ ...REQUEST, nemesis: [nemesis] }));
  for (const [i, request] of [...every, { ...REQUEST, nodes: 5, workload: 'append' }].entries()) {
    const batch = await simulatedBatch(seeds(1 + 100 * i, 40 + 100 * i), options({ request }));
    const bad = batch.seeds.filter(({ valid }) => valid === false);
    expect(bad.map(({ again, anomalies }) => [again, anomalies])).toEqual([]);
    expect(batch.seeds).toHaveLength(40);
    expect(batch.totals).toMatchObject({ seeds: 40, of: 40 });
    const kinds = new Set(batch.seeds.flatMap(({ bitten }) => Object.keys(bitten)));
    expect([...kinds].toSorted()).toEqual(EVERY_KIND);
    // Right where faults took the memory of every full member; that must stay rare.
    expect(batch.totals.unknown).toBeLessThan(5);
  }
});

const EVERY_KIND = [
  'clock',
  'disconnect',
  'disk',
  'kill',
  'link',
  'loss',
  'member',
  'messages',
  'partition',
  'pause',
];

test('the first that is invalid ends it, whichever thread is quicker', SLOW, async () => {
  const request = { ...REQUEST, bugs: ['commit-before-all-acks'] };
  const alone = await simulatedBatch(seeds(1, 20), options({ request, workers: 1 }));
  const together = await simulatedBatch(seeds(1, 20), options({ request, workers: 3 }));
  expect(alone.valid).toBe(false);
  expect(alone.seeds.at(-1)).toMatchObject({ valid: false, bugs: ['commit-before-all-acks'] });
  expect(alone.seeds.slice(0, -1).every(({ valid }) => valid === true)).toBe(true);
  expect(together.seeds).toEqual(alone.seeds);
  expect(together.seeds.at(-1)?.again).toMatch(/^hermes fuzz .*--runtime sim .*--seed \d+$/);
});

test('on request no further seed is begun, and what was found is kept', SLOW, async () => {
  const interrupt = new AbortController();
  const batch = await simulatedBatch(
    seeds(1, 1000),
    options({
      interrupt: interrupt.signal,
      onSeed: ({ seeds: done }) => done === 3 && interrupt.abort(),
    }),
  );
  expect(batch.interrupted).toBe(true);
  expect(batch.seeds.length).toBeGreaterThanOrEqual(3);
  expect(batch.seeds.length).toBeLessThan(20);
  expect(batch.seeds[0]).toMatchObject({ seed: 1, valid: true });
});

test('what a person can mend is told', SLOW, async () => {
  const request = { ...REQUEST, bugs: ['no-such-bug'] };
  await expect(simulatedBatch([1, 2], options({ request }))).rejects.toThrow(/has no bug/);
});

test(
  'a line of a log that may not be there ends it, and the line to paste has the pattern',
  SLOW,
  async () => {
    const batch = await simulatedBatch(seeds(1, 4), options({ logPatterns: ['has a lease'] }));
    expect(batch.valid).toBe(false);
    expect(batch.seeds.map(({ seed }) => seed)).toEqual([1]);
    expect(batch.seeds[0]?.again).toContain("--log-pattern 'has a lease'");
  },
);
