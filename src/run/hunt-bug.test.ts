/**
 * The cheap rows of docs/bugs.md: bugs that a small exploration, or a few simulated runs, must show on every
 * change; and the same exploration finds nothing where the bug is not planted.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseConfiguration } from '../explore/configurations.ts';
import { explore } from '../explore/explore.ts';
import { hermesModel } from '../explore/hermes-model.ts';
import { reliableHermes } from '../protocols/hermes/reliable.ts';
import type { HuntedBugs } from './bug-page.ts';
import { bugExamples } from './bug-examples.ts';
import { bugList } from './bug-list.ts';
import { type Catch, type Caught, WORLDS, huntExplored, huntSimulated } from './hunt-bug.ts';

const { bugs: hunted } = JSON.parse(
  readFileSync(new URL('../../docs/bugs.json', import.meta.url), 'utf8'),
) as HuntedBugs;

function caught(zoo: string, ground: keyof Caught): Catch | undefined {
  const found = hunted[zoo]?.[ground];
  return found !== undefined && 'effort' in found ? found : undefined;
}

const CHEAP_STATES = 25_000;
const CHEAP_SEEDS = 2;
const { bugs } = reliableHermes;

test('every bug is caught in some world, or by a script that goes straight to it', async () => {
  const examples = await bugExamples(bugList());
  for (const { zoo } of bugs) {
    const found = WORLDS.filter((ground) => caught(zoo, ground) !== undefined);
    expect([...found, ...(examples[zoo] ?? [])], zoo).not.toEqual([]);
  }
});

const explored = bugs.filter(
  ({ zoo }) => (caught(zoo, 'explore')?.effort ?? Infinity) < CHEAP_STATES,
);

describe.each(explored)('$zoo $name', (bug) => {
  const before = caught(bug.zoo, 'explore') as Catch;

  test('is found by exploring, as the table says', { timeout: 60_000 }, async () => {
    const found = await huntExplored(bug, { states: CHEAP_STATES });
    expect(found?.broke).toBe(before.broke);
  });

  test('does no harm when it is not planted', { timeout: 60_000 }, async () => {
    const bounds = parseConfiguration(bug.explore as string)!;
    const options = { ...bounds.options, ...bug.options };
    const limits = { states: Math.min(before.effort, 1000) };
    expect((await explore(hermesModel({ ...bounds, options }), { limits })).valid).not.toBe(false);
  });
});

/** Which seed shows a bug changes with everything that draws from it: a few more are tried. */
const simulated = bugs.filter(({ zoo }) => (caught(zoo, 'sim')?.effort ?? Infinity) <= CHEAP_SEEDS);

test.each(simulated)('$zoo $name is found by simulating', { timeout: 90_000 }, async (bug) => {
  const limits = { seeds: 10 * CHEAP_SEEDS, seconds: 80, invariants: true };
  expect(await huntSimulated(bug, limits)).toHaveProperty('effort');
});
