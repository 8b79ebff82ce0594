import { expect, test } from 'vitest';
import { random } from '../base/random.ts';
import { CALM, type LinkLaw, Network } from './network.ts';

function network(law: Partial<LinkLaw>): Network {
  return new Network(3, () => ({ ...CALM, ...law }), random(1));
}

function arrivals(net: Network, count: number, stepUs = 1): (number | undefined)[] {
  return Array.from({ length: count }, (_, i) => net.arrival(0, 1, i * stepUs));
}

test('a cut stops one direction only, and each cut needs its own heal', () => {
  const net = network({});
  net.cut(0, 1);
  net.cut(0, 1);
  expect(net.arrival(0, 1, 0)).toBeUndefined();
  expect(net.arrival(1, 0, 0)).toBe(100);
  expect(net.arrival(0, 2, 0)).toBe(100);
  net.heal(0, 1);
  expect(net.arrival(0, 1, 0)).toBeUndefined();
  net.heal(0, 1);
  expect(net.arrival(0, 1, 5)).toBe(105);
  net.heal(0, 1);
  net.cut(0, 1);
  expect(net.arrival(0, 1, 0)).toBeUndefined();
});

test('loses and repeats about as many as the ratios say', () => {
  const net = network({ loss: [1, 4], repeat: [1, 10] });
  const lost = arrivals(net, 10_000).filter((at) => at === undefined).length;
  expect(Math.abs(lost - 2500)).toBeLessThan(200);
  const twice = Array.from({ length: 10_000 }, () => net.repeatArrival(0, 1, 0));
  expect(Math.abs(twice.filter((at) => at !== undefined).length - 1000)).toBeLessThan(150);
});

test('stragglers are overtaken, unless the link keeps order', () => {
  const law = { spanUs: 50, slow: [1, 5], slowFactor: 20 } as const;
  const overtaken = (net: Network): number => {
    const times = arrivals(net, 1000) as number[];
    return times.filter((at, i) => i > 0 && at < (times[i - 1] as number)).length;
  };
  expect(overtaken(network({ ...law, ordered: false }))).toBeGreaterThan(100);
  expect(overtaken(network({ ...law, ordered: true }))).toBe(0);
});
