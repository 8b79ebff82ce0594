import { expect, test } from 'vitest';
import { random } from '../base/random.ts';
import type { Fault } from '../faults/fault.ts';
import { planBursts } from './pacing.ts';

const fault = (atNs: number, forNs: number): Fault => ({
  id: 1,
  kind: 'pause',
  shape: 'one',
  atNs,
  forNs,
  nodes: ['n1'],
  links: [],
  params: {},
});
const FAULTS = [fault(1e9, 0.5e9), fault(3e9, 1e9), fault(6e9, 0.7e9), fault(9e9, 1e9)];
const EDGES = FAULTS.flatMap(({ atNs, forNs }) => [atNs, atNs + forNs]);
const options = { clients: 5, nodes: 5, ops: 2000, keys: 10, drawPlace: () => 0 };

test('bursts use up the operations at the end of the schedule, never more', () => {
  for (let seed = 0; seed < 50; seed++) {
    for (const [ops, clients] of [
      [7, 5],
      [100, 5],
      [2000, 5],
      [2000, 30],
      [50_000, 30],
    ] as const) {
      const bursts = planBursts(random(seed), FAULTS, 10e9, { ...options, ops, clients });
      const given = bursts.flatMap(({ counts }) => counts).reduce((a, b) => a + b, 0);
      expect(given).toBe(ops);
      expect(bursts.at(-1)?.atNs).toBeLessThanOrEqual(10.05e9);
      expect(bursts.map(({ atNs }) => atNs)).toEqual(
        bursts.map(({ atNs }) => atNs).sort((a, b) => a - b),
      );
    }
  }
});

test('in every fault clients of all nodes have something to do, however many clients there are', () => {
  for (let seed = 0; seed < 50; seed++) {
    const bursts = planBursts(random(seed), FAULTS, 10e9, { ...options, clients: 30 });
    for (const { atNs, forNs } of FAULTS) {
      const inside = bursts.filter((burst) => burst.atNs >= atNs && burst.atNs < atNs + forNs);
      const nodes = inside.flatMap(({ counts }) =>
        counts.flatMap((n, w) => (n > 0 ? [w % 5] : [])),
      );
      expect(new Set(nodes).size).toBe(5);
    }
  }
});

test('a quarter begin within 50 ms of an edge of a fault', () => {
  const shares = Array.from({ length: 50 }, (_, seed) => {
    const bursts = planBursts(random(seed), FAULTS, 10e9, options);
    const near = bursts.filter(({ atNs }) => EDGES.some((edge) => Math.abs(atNs - edge) <= 50e6));
    return near.length / bursts.length;
  });
  expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.25);
  expect(shares.reduce((a, b) => a + b, 0) / shares.length).toBeLessThan(0.6);
});

test('one to three hot keys, and every client takes part in a full burst', () => {
  const bursts = planBursts(random(3), FAULTS, 10e9, {
    ...options,
    drawPlace: (own) => own.below(10),
  });
  expect(new Set(bursts.map(({ places }) => places.length))).toEqual(new Set([1, 2, 3]));
  for (const { counts } of bursts.slice(0, bursts.length / 2)) {
    for (const count of counts) {
      expect(count).toBeGreaterThanOrEqual(5);
      expect(count).toBeLessThanOrEqual(20);
    }
  }
});
