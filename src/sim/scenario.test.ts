import { describe, expect, test } from 'vitest';
import { HOST_TIMING } from '../protocols/machine.ts';
import { SCRIPTED } from './hermes.case.ts';
import { drawScenario, type Scenario } from './scenario.ts';
import { spreadLatestView } from './scripted-views.ts';
import { NO_DEADLINE } from './step.ts';
import { World } from './world.ts';

const seeds = Array.from({ length: 300 }, (_, i) => i + 1);

test('a seed is a scenario, and another seed is another', () => {
  expect(drawScenario(5)).toEqual(drawScenario(5));
  expect(drawScenario(5)).not.toEqual(drawScenario(6));
});

test('what is not drawn stays as the limits say, and moves nothing else', () => {
  for (const seed of seeds) {
    const free = drawScenario(seed, { nodes: [3] });
    const bound = drawScenario(seed, {
      nodes: [3],
      bugs: ['x'],
      options: { o3: true },
      deadlines: false,
    });
    expect(bound.world.options).toEqual({ o3: true });
    expect([bound.deadlineUs, bound.patienceUs]).toEqual([NO_DEADLINE, 0]);
    expect(bound.links).toEqual(free.links);
    expect(bound.disturbances).toEqual(free.disturbances);
    expect(bound.world.timing).toEqual(free.world.timing);
  }
});

describe('over many seeds', () => {
  const scenarios = seeds.map((seed) => drawScenario(seed, { crashes: true, views: true }));
  const some = (what: (s: Scenario) => boolean): void => {
    const count = scenarios.filter(what).length;
    expect(count).toBeGreaterThan(10);
    expect(count).toBeLessThan(scenarios.length);
  };

  test('every kind of trouble comes, and is absent at times', () => {
    for (const kind of ['cut', 'stall', 'crash'] as const)
      some((s) => s.disturbances.some((d) => d.kind === kind));
    some((s) => s.links.some((law) => law.loss[0] > 0));
    some((s) => s.links.some((law) => law.repeat[0] > 0));
    some((s) => s.links.some((law) => law.ordered));
    some((s) => s.world.clocks !== undefined);
    some((s) => s.deadlineUs < NO_DEADLINE);
    some((s) => s.patienceUs > 0);
  });

  test('a node has lost its lease before any view without it is installed', () => {
    for (const { world, disturbances } of scenarios) {
      const orders = disturbances.filter((d) => d.kind === 'admin');
      for (const { words, atUs } of orders) {
        if (words[0] !== 'view') continue;
        for (let id = 0; id < world.nodes; id++) {
          if (words[2]?.split(',').includes(`n${id + 1}`)) continue;
          const withdrawn = orders.find((d) => d.node === id && d.words[0] === 'lease');
          expect(withdrawn?.atUs).toBeLessThan(atUs);
        }
      }
    }
  });
});

describe('a scripted membership', () => {
  const world = (): World =>
    new World(SCRIPTED, {
      nodes: 3,
      timing: HOST_TIMING,
      options: {},
      bugs: [],
      seed: null,
      keys: ['register'],
    });
  const epochs = (w: World): number[] =>
    w.hosts.map((host) => w.protocol.machine.status(host.state, 0).epoch);

  test.each([['view'], ['view', 'x', 'n1'], ['view', '2', 'm1'], ['lease', 'some'], ['go']])(
    'does not know the words %s %s %s',
    (...words) => {
      expect(world().admin(0, words)).toBe(false);
    },
  );

  test('spreads the latest view, and leaves out who lost its memory', () => {
    const w = world();
    expect(w.admin(0, ['view', '2', 'n1,n2'])).toBe(true);
    spreadLatestView(w);
    expect(epochs(w)).toEqual([2, 2, 0]);
    w.crash(1);
    w.restart(1);
    spreadLatestView(w);
    expect(epochs(w)).toEqual([3, 0, 0]);
    expect(w.protocol.machine.status(w.hosts[0]?.state, 0).members).toEqual([{ id: 0, inc: 1 }]);
  });
});
