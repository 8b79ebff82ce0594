/** The engine on a machine whose states can be counted by hand. */
import { describe, expect, test } from 'vitest';
import type { Invariant } from '../protocols/machine.ts';
import { explore } from './explore.ts';
import type { Model } from './model.ts';
import { type Limits, type Order, Search } from './search.ts';
import { Space } from './space.ts';
import { type Tiny, tinyModel } from './tiny.case.ts';

function run(model: Model, order: Order = 'bfs', limits: Limits = {}): Search {
  const search = new Search(new Space(model), order, limits);
  while (!search.advance(100));
  return search;
}

const atMostOne: Invariant<Tiny, unknown, unknown> = ({ nodes }) =>
  nodes.some(({ n }) => n > 1) ? 'a number is above one' : undefined;

describe('distinct states', () => {
  test('one node, two additions: 0, 1, 2', () => {
    const search = run(tinyModel([2]));
    expect([search.distinct, search.generated, search.depth]).toEqual([3, 2, 2]);
  });

  test('a message of a set may arrive at any time: start, sent, arrived', () => {
    expect(run(tinyModel([1, 0])).distinct).toBe(3);
  });

  test('a bag forgets a message that arrived: start, sent, arrived', () => {
    expect(run(tinyModel([1, 0], { network: 'bag' })).distinct).toBe(3);
  });

  test('with one loss and one repetition: start, sent; lost; arrived; arrived and still there, that lost', () => {
    // After "arrived and still there" the copy arrives too, at a node that knows it.
    const search = run(tinyModel([1, 0], { network: 'bag' }, 1));
    // (n, in the inbox, losses left, repetitions left):
    // start; (0,1,1,1); lost (0,0,0,1); arrived (1,0,1,1); copy (1,1,1,0); (1,0,1,0); (1,0,0,0)
    expect(search.distinct).toBe(7);
  });

  test('two writers: every interleaving, whatever the order of the search', () => {
    const counts = (['bfs', 'dfs'] as const).map((order) => run(tinyModel([1, 1]), order).distinct);
    // Numbers: 00; one added: 10, and heard: 11; mirrored: 01, 11; both added unheard: 11; n2 added after
    // it heard: 12, and heard: 22; mirrored: 21, 22.
    expect(counts).toEqual([counts[0], counts[0]]);
    expect(counts[0]).toBe(10);
  });
});

describe('what is wrong', () => {
  test('is found on a shortest path', async () => {
    const found = await explore(tinyModel([1, 1], { invariants: { one: atMostOne } }));
    expect(found.valid).toBe(false);
    expect(found.counterexample?.lines).toEqual([
      'n1 adds',
      'n2 receives SAY 1 from n1',
      'n2 adds',
    ]);
    expect(found.counterexample?.violation).toEqual({
      name: 'one',
      message: 'a number is above one',
    });
  });

  test.each(['dfs', 'random'] as const)('is found by %s', async (order) => {
    const model = tinyModel([1, 1], { invariants: { one: atMostOne } });
    const found = await explore(model, { order, limits: { walks: 1000 } });
    expect(found.valid).toBe(false);
    expect(found.counterexample?.lines.at(-1)).toMatch(/adds$/);
  });

  test('a machine that throws is a violation', async () => {
    const broken = tinyModel([1, 1]);
    const machine = {
      ...broken.protocol.machine,
      step: (): void => {
        throw new Error('out of order');
      },
    };
    const found = await explore({ ...broken, protocol: { ...broken.protocol, machine } });
    expect(found.counterexample?.violation).toEqual({
      name: 'crash',
      message: 'Error: out of order',
    });
  });

  test('a message by itself is checked', async () => {
    const noTwo: Invariant<Tiny, { n: number }, unknown> = ({ messages }) =>
      [...messages].some(({ n }) => n === 2) ? 'SAY 2' : undefined;
    const found = await explore(tinyModel([2, 0], { invariants: { noTwo } }));
    expect(found.counterexample?.lines).toEqual(['n1 adds', 'n1 adds']);
  });
});

describe('limits make it unknown', () => {
  test.each([
    [{ states: 4 }, 'states'],
    [{ depth: 1 }, 'depth'],
    [{ bytes: 1 }, 'bytes'],
    [{ walks: 2 }, 'walks'],
  ] as const)('%j', async (limits, limit) => {
    const order = limit === 'walks' ? 'random' : 'bfs';
    const found = await explore(tinyModel([9, 9, 9]), { order, limits });
    expect([found.valid, found.end]).toEqual(['unknown', { type: 'limit', limit }]);
  });

  test('an interruption too, with what was seen', async () => {
    const found = await explore(tinyModel([100, 100, 100]), { signal: AbortSignal.abort() });
    expect([found.valid, found.end.type]).toEqual(['unknown', 'interrupted']);
    expect(found.search.distinct).toBeGreaterThan(1);
  });
});

test('the same walks from the same seed', () => {
  const walks = [1, 1, 2].map((seed) => {
    const search = new Search(new Space(tinyModel([5, 5, 5])), 'random', { walks: 3 }, seed);
    while (!search.advance(100));
    return `${search.generated} ${search.distinct}`;
  });
  expect(walks[0]).toBe(walks[1]);
  expect(walks[0]).not.toBe(walks[2]);
});
