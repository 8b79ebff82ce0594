/**
 * The published specifications, played by real machines, have exactly as many states as they have by
 * themselves: the numbers are those of two independent enumerations of the specifications' own text.
 * `HERMES_LARGE=1` adds the rows that take minutes.
 */
import { describe, expect, test } from 'vitest';
import { Search } from '../search.ts';
import { Space } from '../space.ts';
import { type TlaBounds, tlaBounds, tlaModel } from './tla-model.ts';
import { project } from './tla-node.ts';

/** Distinct states, and states on the longest shortest path. */
const PUBLISHED: readonly (readonly [string, number, number])[] = [
  ['tla-2x1', 31, 10],
  ['tla-2x2', 216, 18],
  ['tla-2x3', 1236, 26],
  ['tla-2x4', 6742, 34],
  ['tla-3x1', 14_835, 28],
  ['tla-2x1-rmw', 16, 7],
  ['tla-2x2-rmw', 152, 15],
  ['tla-2x3-rmw', 1385, 23],
  ['tla-2x4-rmw', 14_292, 31],
  ['tla-3x1-rmw', 9155, 22],
];

function searched(bounds: TlaBounds): Search {
  const search = new Search(new Space(tlaModel(bounds)), 'bfs');
  while (!search.advance(10_000));
  return search;
}

/** By the same enumerations; the last two took minutes. */
const LARGE: typeof PUBLISHED = [
  ['tla-2x5', 36_348, 42],
  ['tla-2x5-rmw', 153_160, 39],
  ['tla-3x2', 974_062, 46],
  ['tla-3x2-rmw', 1_427_355, 38],
];

function hasThatMany(name: string, distinct: number, depth: number): void {
  const search = searched(tlaBounds(name) as TlaBounds);
  expect(search.end).toEqual({ type: 'complete' });
  expect({ distinct: search.distinct, depth: search.depth + 1 }).toEqual({ distinct, depth });
}

test.each(PUBLISHED)('%s', { timeout: 60_000 }, hasThatMany);

describe.runIf(process.env['HERMES_LARGE'] === '1')('large', () => {
  test.each(LARGE)('%s', { timeout: 900_000 }, hasThatMany);
});

describe('told apart by all that the machine saves, there are more states, and they look like as many', () => {
  test.each([
    ['tla-2x3', 1236],
    ['tla-2x3-rmw', 1385],
    ['tla-3x1', 14_835],
    ['tla-3x1-rmw', 9155],
  ])('%s', { timeout: 60_000 }, (name, distinct) => {
    const search = searched({ ...(tlaBounds(name) as TlaBounds), identity: 'machine' });
    expect(search.end).toEqual({ type: 'complete' });
    expect(search.distinct).toBeGreaterThanOrEqual(distinct);
    expect(new Set(looks(search)).size).toBe(distinct);
  });
});

/** Each state as the specification sees it. */
function looks(search: Search): string[] {
  const { posts, machines, environments, width } = search.space;
  return Array.from({ length: search.distinct }, (_, at) => {
    const state = search.path(at).at(-1) as Uint32Array;
    const nodes = Array.from(state.subarray(0, width - 2), (post) => {
      const { state: node } = machines.locals[posts.locals[post] as number]!;
      return `${project(node as never)} / ${posts.letters(post).join()}`;
    });
    return `${nodes.join('; ')} ${JSON.stringify(environments[state[width - 1] as number])}`;
  });
}

/** The actions in which our rules differ, and what they do to the count (docs/tla.md). */
const BRIDGED: readonly (readonly [string, Partial<TlaBounds>, number])[] = [
  ['tla-2x2', { without: ['write-plus-one'] }, 31],
  ['tla-2x2', { without: ['complete-on-higher-val'] }, 178],
  ['tla-3x1', { without: ['complete-on-higher-val'] }, 11_349],
  ['tla-2x3-rmw', { without: ['ack-own-replay'] }, 1247],
  ['tla-3x1-rmw', { without: ['ack-own-replay'] }, 7307],
  ['tla-3x1-rmw', { options: { x3: true } }, 8959],
];

test.each(BRIDGED)('%s with a rule of ours: %j', { timeout: 60_000 }, (name, ours, distinct) => {
  const search = searched({ ...(tlaBounds(name) as TlaBounds), ...ours });
  expect(search.end).toEqual({ type: 'complete' });
  expect(search.distinct).toBe(distinct);
});

test('as it was until 2024: acknowledgements outlive a failure, and its invariant breaks (F6)', () => {
  const bounds = { ...(tlaBounds('tla-3x1-rmw') as TlaBounds), bugs: ['keep-rmw-acks'] };
  const { end } = searched(bounds);
  expect(end).toMatchObject({ type: 'violation', violation: { name: 'HRSemanticsRMW' } });
});

test('its invariant breaks when stale read-modify-writes are acknowledged', () => {
  const bounds = { ...(tlaBounds('tla-3x1-rmw') as TlaBounds), bugs: ['ack-stale-rmw'] };
  expect(searched(bounds).end).toMatchObject({
    type: 'violation',
    violation: { name: 'HRSemanticsRMW' },
  });
});

test('names of configurations', () => {
  expect(tlaBounds('tla-3x2-rmw')).toEqual({ nodes: 3, maxVersion: 2, rmws: true });
  expect(tlaBounds('w110')).toBeUndefined();
});
