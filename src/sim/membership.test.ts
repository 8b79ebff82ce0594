/**
 * Crashes, restarts, stalls around lease and suspicion times, cuts of all shapes, clocks that drift,
 * nodes that leave and come back: views are agreed on, leases hold, nothing is lost that was
 * promised, and once everything is healed every node serves again (invariants I1 to I13, M1 to M7).
 *
 * A failure prints its shrunk steps. `HERMES_SEED=n` sets where the new seeds begin,
 * `HERMES_SEED_SECONDS=n` for how long they are tried (default 3).
 */
import { describe, expect, test } from 'vitest';
import type { Config, Protocol } from '../protocols/machine.ts';
import { mustStand } from './hermes.case.ts';
import {
  drawMembership,
  finalView,
  isLost,
  type MembershipLimits,
  RELIABLE,
  RELIABLE_OPTIONS,
} from './membership.case.ts';
import { simulate } from './simulate.ts';
import { NO_DEADLINE } from './step.ts';
import type { World } from './world.ts';

const COUNTED = ['replays', 'chunks', 'dropped', 'retransmissions', 'commits', 'rmws'] as const;

/** What runs had in them, so that standing them means something. */
class Coverage {
  runs = 0;
  views = 0;
  crashes = 0;
  lost = 0;
  ok = 0;
  unknown = 0;
  readonly counters = new Map<string, number>(COUNTED.map((name) => [name, 0]));

  text(): string {
    const { runs, views, crashes, lost, ok, unknown } = this;
    const counters = Object.fromEntries(this.counters);
    return JSON.stringify({ runs, views, crashes, lost, ok, unknown, ...counters });
  }

  add(world: World): void {
    this.runs++;
    this.views += finalView(world).epoch;
    this.crashes += world.crashed.length;
    if (isLost(world)) this.lost++;
    for (const { type } of world.ledger.events)
      if (type === 'ok') this.ok++;
      else if (type === 'info') this.unknown++;
    for (const { state, id } of world.hosts) {
      const { counters } = world.protocol.machine.status(state, world.nowUs(id));
      for (const name of COUNTED)
        this.counters.set(name, (this.counters.get(name) as number) + (counters[name] ?? 0));
    }
  }
}

function stands(seed: number, limits: MembershipLimits): World {
  return mustStand(RELIABLE, drawMembership(seed, limits), RELIABLE_OPTIONS).world;
}

describe('fixed seeds', () => {
  test.each([
    { nodes: 3, seeds: 260 },
    { nodes: 4, seeds: 80 },
    { nodes: 5, seeds: 140 },
  ])('$seeds with $nodes nodes', { timeout: 180_000 }, ({ nodes, seeds }) => {
    const seen = new Coverage();
    for (let seed = 1; seed <= seeds; seed++) seen.add(stands(seed, { nodes: [nodes] }));
    console.log(`${nodes} nodes: ${seen.text()}`);
    expect(seen.views).toBeGreaterThan(seeds * 3);
    expect(seen.crashes).toBeGreaterThan(seeds / 2);
    expect(seen.ok).toBeGreaterThan(seeds * 10);
    expect(seen.unknown).toBeGreaterThan(seeds / 10);
    // Right where the faults took the memory of every full member; that must stay rare.
    expect(seen.lost).toBeLessThan(seeds / 6);
    for (const [name, count] of seen.counters) expect(count, name).toBeGreaterThan(seeds / 2);
  });
});

test(
  'a run is the same when the state is saved and loaded after every step',
  { timeout: 120_000 },
  () => {
    const { machine } = RELIABLE;
    interface Box {
      inner: ReturnType<typeof machine.init>;
      readonly config: Config;
    }
    const boxed: Protocol = {
      ...RELIABLE,
      machine: {
        ...machine,
        init: (config, boot, nowUs, out): Box => ({
          inner: machine.init(config, boot as never, nowUs, out),
          config,
        }),
        step(box: Box, input, nowUs, out) {
          machine.step(box.inner, input, nowUs, out);
          const bytes = machine.save(box.inner);
          box.inner = machine.load(bytes, box.config);
          expect(Buffer.compare(machine.save(box.inner), bytes)).toBe(0);
        },
        save: (box: Box) => machine.save(box.inner),
        load: (bytes, config): Box => ({ inner: machine.load(bytes, config), config }),
        status: (box: Box, nowUs) => machine.status(box.inner, nowUs),
      },
    };
    for (let seed = 1; seed <= 25; seed++) {
      const scenario = drawMembership(seed, { nodes: [3, 4] });
      const options = { rejoins: true, checkEvery: 0, maxSettleSteps: 200_000 };
      const plain = simulate(RELIABLE, scenario, options).world;
      const world = simulate(boxed, scenario, options).world;
      expect(world.failure).toEqual(plain.failure);
      expect(world.stepId).toBe(plain.stepId);
      expect(world.ledger.events).toEqual(plain.ledger.events);
    }
  },
);

const seconds = Number(process.env['HERMES_SEED_SECONDS'] ?? 3);

test('new seeds', { timeout: 180_000 + seconds * 1000 }, () => {
  const first = Number(process.env['HERMES_SEED'] ?? Date.now() % 1_000_000_000);
  const end = performance.now() + seconds * 1000;
  let seed = first;
  for (; performance.now() < end || seed === first; seed++)
    stands(seed, { nodes: [3, 3, 4, 5], keys: [1, 4], clients: [2, 10] });
  console.log(`${seed - first} new seeds of membership from HERMES_SEED=${first}: all stood`);
});

test('without faults the first view stays, and everybody serves', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const scenario = drawMembership(seed, { nodes: [3, 5], troubles: [] });
    const links = scenario.links.map((law) => ({
      ...law,
      loss: [0, 1] as const,
      slow: [0, 1] as const,
    }));
    const calm = { ...scenario, links, deadlineUs: NO_DEADLINE };
    const { world } = mustStand(RELIABLE, calm, RELIABLE_OPTIONS);
    expect(finalView(world).epoch).toBe(1);
    expect(world.ledger.events.filter((event) => event.type === 'info')).toEqual([]);
  }
});

test('when the memory of every full member is lost, all nodes say so, and nothing is served', () => {
  const calm = drawMembership(1, { nodes: [3], troubles: [] });
  const atUs = 10 * calm.world.timing.heartbeatUs;
  const crash = (node: number) =>
    ({ kind: 'crash', node, atUs, forUs: calm.world.timing.heartbeatUs }) as const;
  const scenario = { ...calm, disturbances: [crash(0), crash(1), crash(2)] };
  const { world } = mustStand(RELIABLE, scenario, RELIABLE_OPTIONS);
  const { machine } = world.protocol;
  const states = world.hosts.map((h) => machine.status(h.state, world.nowUs(h.id)).state);
  expect(states).toEqual(['lost', 'lost', 'lost']);
  const last = world.ledger.events.at(-1);
  expect(last).toMatchObject({ type: 'fail', error: expect.stringContaining('LOST') });
});
