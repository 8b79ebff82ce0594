/**
 * Every planted bug of the Hermes machine is found by the property test within a bounded number of
 * seeds, and its failure shrinks to a few steps that do no harm to the real machine.
 *
 * Prints a table: the seed, what failed, the number of steps, and the length of the shortest
 * violation known from exhaustive search (which counts sending, counting and completing apart, and
 * reads not at all). `HERMES_WRITE_STEPS=1` writes the steps to `found/`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { BugInfo } from '../protocols/machine.ts';
import { hermes, OPTIONS, shrunk, swarm } from './hermes.case.ts';
import { replay } from './replay.ts';
import type { Scenario, ScenarioLimits } from './scenario.ts';
import { showRun } from './show.ts';
import type { Shrunk } from './shrink.ts';
import { simulate } from './simulate.ts';

const protocol = hermes();
const MAX_SEEDS = 2000;

/** Shortest violations in steps (the protocol's table of bugs). */
const SHORTEST: Readonly<Record<string, string>> = {
  M1: '4',
  M2: '2',
  M7: '12',
  M8: '8',
  M9: '12',
  M11: '11',
  M12: '8',
  M13: '7',
  M14: '7–9',
  M15: '13',
  M16: '8',
  M17: '7',
  M23: '3',
  M25: '9',
  M26: '3',
  M27: '6',
};

/** Bugs that need a view change cannot be reached here. */
const NEEDS_VIEWS = new Set(['M4', 'M6', 'M10', 'M24', 'M35', 'M36', 'M37']);

/** Small runs: a bug shows in few operations, and the fewer there are the faster it is found. */
function limits(bug: BugInfo): ScenarioLimits {
  return {
    nodes: [2, 3, 3, 5],
    requests: [6, 30],
    keys: [1, 2],
    bugs: [bug.name],
    deadlines: false,
    ...(bug.options && { options: bug.options }),
  };
}

interface Found {
  readonly seed: number;
  readonly scenario: Scenario;
}

function hunt(bug: BugInfo): Found | undefined {
  for (let seed = 1; seed <= MAX_SEEDS; seed++) {
    const scenario = swarm(seed, limits(bug));
    if (simulate(protocol, scenario, OPTIONS).failure) return { seed, scenario };
  }
  return undefined;
}

const rows: string[][] = [];

afterAll(() => {
  const head = ['bug', 'name', 'seed', 'broke', 'steps', 'shortest known'];
  const table = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...table.map((row) => (row[i] as string).length)));
  for (const row of table)
    console.log(row.map((cell, i) => cell.padEnd(widths[i] as number)).join('  '));
});

function write(bug: BugInfo, small: Shrunk): void {
  if (process.env['HERMES_WRITE_STEPS'] !== '1') return;
  const folder = new URL('found/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const text = showRun(protocol, small.config, small.steps, OPTIONS);
  writeFileSync(new URL(`${bug.zoo}-${bug.name}.txt`, folder), text);
}

const reachable = protocol.bugs.filter((bug) => !NEEDS_VIEWS.has(bug.zoo));

describe.each(reachable)('$zoo $name', (bug) => {
  test('is found, shrinks, and its steps fail with the bug only', { timeout: 120_000 }, () => {
    const found = hunt(bug);
    expect(found, `not found in ${MAX_SEEDS} seeds`).toBeDefined();
    if (!found) return;
    const small = shrunk(protocol, found.scenario, { ...OPTIONS, soundWithoutBugs: true });
    const { kind, name } = small.failure;
    rows.push([
      bug.zoo,
      bug.name,
      String(found.seed),
      name,
      String(small.steps.length),
      SHORTEST[bug.zoo] ?? '–',
    ]);
    write(bug, small);
    const options = { ...OPTIONS, settle: kind === 'progress' };
    expect(replay(protocol, small.config, small.steps, options).failure).toMatchObject({
      kind,
      name,
    });
    const real = replay(protocol, { ...small.config, bugs: [] }, small.steps, options);
    expect(real.failure).toBeUndefined();
    expect(small.steps.length).toBeLessThanOrEqual(40);
  });
});
