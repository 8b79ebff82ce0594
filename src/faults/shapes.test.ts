import { describe, expect, test } from 'vitest';
import type { NodeName } from '../base/operation.ts';
import { random } from '../base/random.ts';
import type { FaultKind, Link } from './fault.ts';
import { SHAPES, type Strike } from './shapes.ts';

const names = (n: number): NodeName[] => Array.from({ length: n }, (_, i) => `n${i + 1}`);

function draws(kind: FaultKind, shape: string, n: number): Strike[] {
  const draw = SHAPES[kind][shape];
  return Array.from({ length: 40 }, (_, seed) => draw?.(random(seed), names(n))).filter(
    (strike) => strike !== undefined,
  );
}

const hears = (to: NodeName, links: readonly Link[], nodes: readonly NodeName[]): NodeName[] =>
  nodes.filter((from) => from === to || !links.some(([a, b]) => a === from && b === to));

/** Groups of nodes that can still talk both ways. */
function components(links: readonly Link[], nodes: readonly NodeName[]): NodeName[][] {
  const cut = new Set(links.map((link) => link.join(' ')));
  const open = [...nodes];
  const groups: NodeName[][] = [];
  for (let first = open.shift(); first !== undefined; first = open.shift()) {
    const group = [first];
    for (const a of group) {
      for (const b of open.filter((x) => !cut.has(`${a} ${x}`) && !cut.has(`${x} ${a}`))) {
        open.splice(open.indexOf(b), 1);
        group.push(b);
      }
    }
    groups.push(group);
  }
  return groups;
}

describe('majorities-ring', () => {
  test.each([3, 4, 5, 6, 7, 8, 9])('of %i nodes each hears exactly a majority of its own', (n) => {
    const strikes = draws('partition', 'majorities-ring', n);
    expect(strikes).toHaveLength(40);
    for (const { links } of strikes) {
      const heard = names(n).map((to) => hears(to, links, names(n)));
      expect(heard.map((group) => group.length)).toEqual(names(n).map(() => Math.floor(n / 2) + 1));
      expect(new Set(heard.map((group) => group.join())).size).toBe(n);
    }
  });

  test('cuts both ways wherever that can be', () => {
    for (const n of [4, 5, 6, 8, 9]) {
      for (const { links } of draws('partition', 'majorities-ring', n)) {
        const has = new Set(links.map((link) => link.join(' ')));
        expect(links.every(([a, b]) => has.has(`${b} ${a}`))).toBe(true);
      }
    }
  });
});

describe('partitions', () => {
  test.each([2, 3, 4, 5, 7])('halves of %i nodes are two groups, as equal as can be', (n) => {
    for (const { links } of draws('partition', 'halves', n)) {
      const sizes = components(links, names(n)).map((group) => group.length);
      expect(sizes.sort((a, b) => a - b)).toEqual([Math.floor(n / 2), Math.ceil(n / 2)]);
    }
  });

  test('one is alone; a majority stays together', () => {
    for (const { links } of draws('partition', 'one', 5)) {
      expect(
        components(links, names(5))
          .map((group) => group.length)
          .sort((a, b) => a - b),
      ).toEqual([1, 4]);
    }
    const sizes = draws('partition', 'majority', 5).map(({ links }) =>
      Math.max(...components(links, names(5)).map((group) => group.length)),
    );
    expect(new Set(sizes)).toEqual(new Set([3, 4]));
  });

  test('a bridge leaves one node that hears all, between two groups that do not hear each other', () => {
    for (const { links, nodes } of draws('partition', 'bridge', 5)) {
      const [middle] = nodes as readonly NodeName[];
      expect(hears(middle as string, links, names(5))).toHaveLength(5);
      for (const other of names(5).filter((node) => node !== middle)) {
        expect(hears(other, links, names(5))).toHaveLength(3);
      }
    }
  });

  test('one-way never cuts both directions of a pair', () => {
    for (const { links } of draws('partition', 'one-way', 5)) {
      const has = new Set(links.map((link) => link.join(' ')));
      expect(links.length).toBeGreaterThan(0);
      expect(links.some(([a, b]) => has.has(`${b} ${a}`))).toBe(false);
    }
  });

  test('too few nodes: no such shape', () => {
    expect(draws('partition', 'bridge', 2)).toEqual([]);
    expect(draws('partition', 'majorities-ring', 2)).toEqual([]);
    expect(draws('partition', 'halves', 1)).toEqual([]);
    expect(draws('messages', 'lose', 1)).toEqual([]);
  });
});

test('groups of nodes have the size that their name says', () => {
  const size = (shape: string): number[] =>
    draws('pause', shape, 5).map(({ nodes }) => nodes.length);
  expect(new Set(size('one'))).toEqual(new Set([1]));
  expect(new Set(size('minority'))).toEqual(new Set([1, 2]));
  expect(new Set(size('majority'))).toEqual(new Set([3, 4]));
  expect(new Set(size('all'))).toEqual(new Set([5]));
});

test('delays above 120 ms strike only links that share one node of a minority', () => {
  const strikes = Array.from({ length: 400 }, (_, seed) =>
    SHAPES.messages['delay']?.(random(seed), names(5)),
  ).filter((strike) => strike !== undefined);
  const long = strikes.filter(({ params }) => (params['delayMs'] ?? 0) > 120);
  expect(long.length).toBeGreaterThan(0);
  for (const { links } of long) {
    expect(names(5).some((node) => links.every((link) => link.includes(node)))).toBe(true);
  }
  for (const { params } of strikes) {
    expect(params['delayMs']).toBeGreaterThanOrEqual(5);
    expect(params['delayMs']).toBeLessThanOrEqual(1000);
  }
});
