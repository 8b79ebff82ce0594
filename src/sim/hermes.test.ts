/**
 * Random requests, random faults, random options: the Hermes machine keeps its invariants after
 * every step, its clients see one copy, and once everything is healed all comes to rest.
 *
 * A failure prints its shrunk steps. `HERMES_SEED=n` sets where the new seeds begin.
 */
import { describe, expect, test } from 'vitest';
import { hermes, mustStand, swarm } from './hermes.case.ts';
import type { ScenarioLimits } from './scenario.ts';

const protocol = hermes();

/** What runs must have had in them, so that standing them means something. */
interface Coverage {
  ok: number;
  dropped: number;
  copies: number;
  replays: number;
  doomed: number;
  superseded: number;
}

function stand(seeds: Iterable<number>, limits: ScenarioLimits): Coverage {
  const seen: Coverage = { ok: 0, dropped: 0, copies: 0, replays: 0, doomed: 0, superseded: 0 };
  for (const seed of seeds) {
    const { world } = mustStand(protocol, swarm(seed, limits));
    seen.ok += world.ledger.events.filter((e) => e.type === 'ok').length;
    for (const host of world.hosts) {
      const { counters } = protocol.machine.status(host.state, world.nowUs(host.id));
      seen.replays += counters['replays'] ?? 0;
      seen.doomed += counters['doomed'] ?? 0;
      seen.superseded += counters['superseded'] ?? 0;
    }
  }
  return seen;
}

function* from(first: number, count: number): Generator<number> {
  for (let i = 0; i < count; i++) yield first + i;
}

describe('fixed seeds', () => {
  test.each([
    { nodes: 3, seeds: 2000 },
    { nodes: 5, seeds: 1000 },
    { nodes: 2, seeds: 500 },
  ])('$seeds seeds with $nodes nodes', { timeout: 120_000 }, ({ nodes, seeds }) => {
    const seen = stand(from(1, seeds), { nodes: [nodes] });
    expect(seen.ok).toBeGreaterThan(seeds * 10);
    expect(seen.replays).toBeGreaterThan(seeds);
    expect(seen.doomed).toBeGreaterThan(seeds / 2);
    expect(seen.superseded).toBeGreaterThan(seeds / 2);
  });
});
