import { expect, test } from 'vitest';
import type { NodeStatus } from '../../base/operation.ts';
import { acceptorsText, latest, majorityOf, transferText, viewText } from './view-text.ts';

const status = (epoch: number, ids: readonly number[], copying: readonly number[]): NodeStatus => ({
  id: 0,
  incarnation: 1,
  state: 'serving',
  role: 'full',
  epoch,
  members: ids.map((id) => ({ id, inc: 1 })),
  copying,
  leaseLeftUs: 1,
  keys: {},
  counters: {},
});

test('a view, with those who copy set apart', () => {
  expect(viewText(status(3, [2, 0, 10], []))).toBe('view 3 {n1 n3 n11}');
  expect(viewText(status(4, [0, 1, 2], [1]))).toBe('view 4 {n1 n3 | copying n2}');
});

test('the latest is the one of the highest epoch', () => {
  const old = status(3, [], []);
  const late = status(9, [], []);
  expect(latest([undefined, old, late, old])).toBe(late);
  expect(latest([undefined, status(0, [], [])])).toBeUndefined();
});

test('a transfer as a bar; none before anybody knows how many keys there are', () => {
  expect(transferText({})).toBe('');
  expect(transferText({ transfer: { keys: 0, of: 0 } })).toBe('');
  expect(transferText({ transfer: { keys: 999, of: 1000 } })).toMatch(
    /^█{24} 99 % {2}999 of 1,000/,
  );
  // Keys that came by writes meanwhile are not counted by the source.
  expect(transferText({ transfer: { keys: 1200, of: 1000 } })).toContain('100 %');
});

test('majorities, and what is true when nodes of the start are gone', () => {
  expect([1, 2, 3, 4, 5].map((n) => majorityOf(Array.from({ length: n })))).toEqual([
    1, 2, 2, 3, 3,
  ]);
  const five = ['n1', 'n2', 'n3', 'n4', 'n5'];
  expect(acceptorsText(five, ['n2'])).toContain(
    '4 of 5 are left (n1 n3 n4 n5): 1 of them may be down',
  );
  expect(acceptorsText(five, ['n2', 'n3'])).toContain('all of them have to be up');
});
