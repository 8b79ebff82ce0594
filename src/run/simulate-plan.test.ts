/** Plans in virtual time: equal ones give equal runs, wherever they run, and planted bugs show. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { TraceEvent } from '../base/trace-event.ts';
import { loadProtocol } from '../protocols/protocols.ts';
import { replay } from '../sim/replay.ts';
import { makePlan } from './make-plan.ts';
import type { PlanRequest } from './plan-request.ts';
import { type SimulateOptions, simulatePlan } from './simulate-plan.ts';
import { simulatedBatch } from './simulated-batch.ts';
import { prepareWorld } from './world.ts';

const REQUEST: PlanRequest = {
  runtime: 'sim',
  nodes: 3,
  ops: 300,
  nemesis: ['swarm'],
  timeLimitS: 5,
};

async function run(seed: number, request: PlanRequest = REQUEST, options: SimulateOptions = {}) {
  const { context } = await prepareWorld(request);
  return simulatePlan(makePlan(request, seed, context), options);
}

describe('equal plans give equal runs', () => {
  test('to the last byte of the trace; another seed gives another', async () => {
    const traced = async (seed: number) => {
      const lines: string[] = [];
      const trace = (event: TraceEvent): void => void lines.push(JSON.stringify(event));
      const { traceHash, history } = await run(seed, REQUEST, { trace });
      return { traceHash, history, text: lines.join('\n') };
    };
    const [first, again, other] = [await traced(3), await traced(3), await traced(4)];
    expect(first.text.length).toBeGreaterThan(10_000);
    expect(again.text === first.text, 'the same bytes').toBe(true);
    expect(again).toEqual(first);
    expect(other.traceHash).not.toBe(first.traceHash);
  });

  test('watched or not: traces, invariants and recorded steps change nothing', async () => {
    const plain = await run(5, REQUEST, { invariants: 0, check: false });
    const watched = await run(5, REQUEST, { invariants: 1, record: true, trace: () => {} });
    expect(watched.traceHash).toBe(plain.traceHash);
    expect(watched.history.events).toEqual(plain.history.events);
    expect(plain.steps).toEqual([]);
    expect(watched.steps.length).toBeGreaterThan(1000);
  });

  test('in worker threads, and under other flags of Node', { timeout: 120_000 }, async () => {
    const never = new AbortController().signal;
    const { seeds } = await simulatedBatch([5, 6, 7], {
      request: REQUEST,
      allowMissingFaults: true,
      interrupt: never,
      abort: never,
    });
    expect(seeds.map(({ seed }) => seed)).toEqual([5, 6, 7]);
    for (const { seed, traceHash } of seeds) expect((await run(seed)).traceHash).toBe(traceHash);
    const store = await mkdtemp(join(tmpdir(), 'hermes-sim-'));
    const dev = fileURLToPath(new URL('../../bin/dev.js', import.meta.url));
    const flags =
      '--runtime sim --nodes 3 --ops 300 --nemesis swarm --time-limit 5 --seed 5 --json';
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...['--no-opt', '--random-seed=99', '--stack-size=900', dev, 'fuzz'],
      ...[...flags.split(' '), '--store', store, '--unknown-ok'],
    ]);
    await rm(store, { recursive: true });
    expect(JSON.parse(stdout)).toMatchObject({ seed: 5, traceHash: seeds[0]?.traceHash });
  });
});

test('recorded steps, taken again, give the same world', async () => {
  const { world, steps, figures } = await run(8, REQUEST, { record: true });
  const protocol = loadProtocol('hermes');
  const again = protocol && replay(protocol, world, steps, { checkEvery: 0 });
  expect(again?.applied.length).toBe(steps.length);
  expect(again?.world.stepId).toBe(figures.steps);
});

test('a calm run does everything and loses nothing', async () => {
  const { verdict, driven, history } = await run(1, { ...REQUEST, nemesis: ['none'] });
  expect(verdict).toMatchObject({ valid: true });
  expect(driven).toMatchObject({ notRecovered: [], notServed: [], crashes: [] });
  expect(driven.tally.total('info') + driven.tally.total('fail')).toBe(0);
  expect(history.final?.length).toBeGreaterThan(0);
});

test.each([
  { bug: 'read-while-invalid', type: 'invariant', by: {} },
  { bug: 'read-while-invalid', type: 'nonlinearizable', by: { invariants: 0 } },
  { bug: 'waits-for-the-removed', type: 'stuck', by: { invariants: 0 } },
])('$bug shows: $type', { timeout: 60_000 }, async ({ bug, type, by }) => {
  const found: string[] = [];
  for (let seed = 1; seed <= 40 && !found.includes(type); seed++) {
    const request = { ...REQUEST, bugs: [bug], nemesis: ['member', 'messages'] };
    const { verdict } = await run(seed, request, by);
    if (verdict.valid === false) found.push(...verdict.anomalies.map((anomaly) => anomaly.type));
  }
  expect(found).toContain(type);
});
