/** Nodes that may change places: fewer states, the same verdict. */
import { expect, test } from 'vitest';
import type { Invariant } from '../protocols/machine.ts';
import { parseConfiguration } from './configurations.ts';
import { explore } from './explore.ts';
import { type HermesBounds, hermesModel } from './hermes-model.ts';
import { type Tiny, tinyModel } from './tiny.case.ts';

const boundsOf = (name: string): HermesBounds => parseConfiguration(name) as HermesBounds;

test('two listeners of one speaker: heard by none, by one, by both', async () => {
  const counts = await Promise.all(
    [[], [[1, 2]]].map(async (alike) => {
      const { search } = await explore(tinyModel([1, 0, 0], { alike }));
      return search.distinct;
    }),
  );
  // Not told yet; then each of the two has heard it or not: four, or three.
  expect(counts).toEqual([5, 4]);
});

test('nodes that differ are not taken for one another: an invariant about one of them is not kept', async () => {
  const second: Invariant<Tiny, unknown, unknown> = ({ nodes }) =>
    nodes.some(({ id, n }) => id !== 0 && n === 1) ? 'somebody has heard it' : undefined;
  const model = tinyModel([1, 0, 0], { alike: [[1, 2]], invariants: { second } });
  const { counterexample } = await explore(model);
  expect(counterexample?.lines).toHaveLength(2);
});

test.each([
  ['3-w1', 186, 102],
  ['3-w2', 4307, 2197],
  ['3-w1-rem1', 5620, 2868],
])('%s: %i states, %i that differ by more than ids', async (name, states, orbits) => {
  const counts = [];
  for (const symmetry of [false, true]) {
    const { valid, search } = await explore(hermesModel({ ...boundsOf(name), symmetry }));
    expect(valid).toBe(true);
    counts.push(search.distinct);
  }
  expect(counts).toEqual([states, orbits]);
});

test.each([
  ['commit-before-all-acks', '3-w1'],
  ['no-lease-check', '3-w1-rem1'],
])('%s is found with and without', async (bug, name) => {
  const steps = [];
  for (const symmetry of [false, true]) {
    const { counterexample } = await explore(
      hermesModel({ ...boundsOf(name), bugs: [bug], symmetry }),
    );
    steps.push(counterexample?.steps.length);
  }
  expect(steps[0]).toBeGreaterThan(0);
  expect(steps[1]).toBe(steps[0]);
});

test('nodes with updates of their own are told apart by their timestamps: no symmetry', () => {
  expect(hermesModel({ ...boundsOf('3-w110'), symmetry: true }).alike).toEqual([]);
  expect(hermesModel({ ...boundsOf('4-w11'), symmetry: true }).alike).toEqual([[2, 3]]);
  expect(hermesModel({ ...boundsOf('4-w11-rst1'), symmetry: true }).alike).toEqual([]);
});
