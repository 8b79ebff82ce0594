import { expect, test } from 'vitest';
import { editDistance, nearest } from './nearest.ts';

test.each([
  ['', '', 0],
  ['fuzz', 'fuzz', 0],
  ['fuz', 'fuzz', 1],
  ['fuzzz', 'fuzz', 1],
  ['fuzx', 'fuzz', 1],
  ['chekc', 'check', 1],
  ['', 'abc', 3],
  ['kitten', 'sitting', 3],
])('distance of %j and %j is %i, both ways', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});

test('the nearest word wins, a beginning counts, and far words are not offered', () => {
  const known = ['check', 'cluster down', 'cluster up', 'fuzz', 'replica'];
  expect(nearest('chekc', known)).toBe('check');
  expect(nearest('rep', known)).toBe('replica');
  expect(nearest('cluster dwon', known)).toBe('cluster down');
  expect(nearest('benchmark', known)).toBeUndefined();
  expect(nearest('x', known)).toBeUndefined();
});
