import { describe, expect, test } from 'vitest';
import { notLinearizable } from './linearizable.case.ts';
import { replay } from './replay.ts';
import { drawScenario, type ScenarioLimits } from './scenario.ts';
import { parseRun, showRun } from './show.ts';
import { shrink } from './shrink.ts';
import { type Run, type RunOptions, simulate } from './simulate.ts';
import { TINY, TINY_BUGS } from './tiny.case.ts';

const LIMITS: ScenarioLimits = { nodes: [2, 3, 5], requests: [10, 40], crashes: true };
const OPTIONS: RunOptions = { judge: notLinearizable, record: true };

function run(seed: number, limits: ScenarioLimits = LIMITS): Run {
  return simulate(TINY, drawScenario(seed, limits), OPTIONS);
}

/** Seeds 1 … `seeds` until one fails. */
function hunt(bug: string, seeds: number): { seed: number; run: Run } | undefined {
  for (let seed = 1; seed <= seeds; seed++) {
    const found = run(seed, { ...LIMITS, bugs: [bug] });
    if (found.failure) return { seed, run: found };
  }
  return undefined;
}

test('a sound protocol stands every seed, crashes included', () => {
  let faults = 0;
  for (let seed = 1; seed <= 1000; seed++) {
    const { failure, world } = run(seed);
    expect(failure, `seed ${seed}`).toBeUndefined();
    faults += world.steps.filter((s) => s.do === 'drop' || s.do === 'crash').length;
  }
  expect(faults).toBeGreaterThan(300);
});

test('a seed gives the same run, step by step, and its list of steps the same again', () => {
  for (const seed of [1, 7, 42]) {
    const { world } = run(seed);
    expect(run(seed).world.steps).toEqual(world.steps);
    const again = replay(TINY, world.config, world.steps, OPTIONS);
    expect(again.applied).toEqual(world.steps);
    expect(again.world.ledger.events).toEqual(world.ledger.events);
  }
  expect(run(1).world.ledger.events).not.toEqual(run(2).world.ledger.events);
});

const ANOMALY: Record<(typeof TINY_BUGS)[number], string> = {
  'applies-copies-twice': 'history',
  'reads-its-cache': 'history',
  'answers-before-disk': 'history',
  'forgets-its-last-write': 'invariant',
  'asks-once': 'progress',
  throws: 'crash',
  'answers-twice': 'answer',
};

describe.each(TINY_BUGS)('%s', (bug) => {
  test('is found, shrinks to few steps, and those steps fail only with the bug', () => {
    const found = hunt(bug, 300);
    const { world, failure } = found?.run ?? {};
    expect(failure?.kind).toBe(ANOMALY[bug]);
    if (!world || !failure) return;
    const small = shrink(TINY, { config: world.config, steps: world.steps, failure }, OPTIONS);
    expect(small.steps.length).toBeLessThanOrEqual(12);

    const text = showRun(TINY, small.config, small.steps, OPTIONS);
    const read = parseRun(text);
    expect(read).toEqual({ protocol: 'tiny', config: small.config, steps: small.steps });
    const settle = failure.kind === 'progress';
    const again = replay(TINY, read.config, read.steps, { ...OPTIONS, settle });
    expect(again.failure).toMatchObject({ kind: failure.kind, name: failure.name });
    const sound = replay(TINY, { ...read.config, bugs: [] }, read.steps, { ...OPTIONS, settle });
    expect(sound.failure).toBeUndefined();
  });
});
