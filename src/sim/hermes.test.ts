/**
 * Random requests, random faults, random options: the Hermes machine keeps its invariants after
 * every step, its clients see one copy, and once everything is healed all comes to rest.
 *
 * A failure prints its shrunk steps; put them into `found/`. `HERMES_SEED=n` sets where the new
 * seeds begin, `HERMES_SEED_SECONDS=n` for how long they are tried (default 3).
 */
import { describe, expect, test } from 'vitest';
import {
  FIXED,
  mustStand,
  OPTIONS,
  SCRIPTED,
  SCRIPTED_OPTIONS,
  swarm,
  undecided,
} from './hermes.case.ts';
import type { ScenarioLimits } from './scenario.ts';
import type { World } from './world.ts';

const COUNTED = ['replays', 'doomed', 'helps', 'retransmissions', 'coalesced', 'aborted'] as const;

/** What runs had in them, so that standing them means something. */
class Coverage {
  ok = 0;
  readonly counters = new Map<string, number>(COUNTED.map((name) => [name, 0]));

  add(world: World): void {
    this.ok += world.ledger.events.filter((event) => event.type === 'ok').length;
    for (const { state, id } of world.hosts) {
      const { counters } = world.protocol.machine.status(state, world.nowUs(id));
      for (const name of COUNTED)
        this.counters.set(name, (this.counters.get(name) as number) + (counters[name] ?? 0));
    }
  }
}

function runs(seed: number, limits: ScenarioLimits): World {
  return limits.views
    ? mustStand(SCRIPTED, swarm(seed, limits), SCRIPTED_OPTIONS).world
    : mustStand(FIXED, swarm(seed, limits), OPTIONS).world;
}

describe('fixed seeds', () => {
  test.each([
    { nodes: 3, views: false, seeds: 500 },
    { nodes: 5, views: false, seeds: 600 },
    { nodes: 2, views: false, seeds: 400 },
    { nodes: 3, views: true, seeds: 300 },
    { nodes: 5, views: true, seeds: 150 },
  ])('$seeds with $nodes nodes, views $views', { timeout: 300_000 }, ({ nodes, views, seeds }) => {
    const seen = new Coverage();
    undecided.histories = 0;
    for (let seed = 1; seed <= seeds; seed++) seen.add(runs(seed, { nodes: [nodes], views }));
    expect(undecided.histories).toBeLessThan(seeds / 100);
    expect(seen.ok).toBeGreaterThan(seeds * 10);
    for (const [name, count] of seen.counters) expect(count, name).toBeGreaterThan(seeds / 20);
  });
});

test('new seeds', { timeout: 180_000 }, () => {
  const first = Number(process.env['HERMES_SEED'] ?? Date.now() % 1_000_000_000);
  const seconds = Number(process.env['HERMES_SEED_SECONDS'] ?? 3);
  const end = performance.now() + seconds * 1000;
  let seed = first;
  for (; performance.now() < end || seed === first; seed++)
    runs(seed, { nodes: [2, 3, 3, 4, 5], views: seed % 3 === 0, keys: [1, 4], clients: [2, 12] });
  console.log(`${seed - first} new seeds from HERMES_SEED=${first}: all stood`);
});

test('a failing seed names itself and prints its steps', () => {
  const limits = { nodes: [3], bugs: ['read-while-invalid'] };
  const hunt = (): void => {
    for (let seed = 1; seed <= 100; seed++) runs(seed, limits);
  };
  expect(hunt).toThrow(/^seed \d+: .*\nworld \{.*\n1 @1 request n\d c0 .*# sends INV/);
});
