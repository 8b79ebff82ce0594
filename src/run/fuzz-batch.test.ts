import { expect, test } from 'vitest';
import { seedsOf } from './fuzz-batch.ts';

test('a range, or so many from the first on', () => {
  expect(seedsOf('3..5', 9, 1)).toEqual([3, 4, 5]);
  expect(seedsOf('7..7', 9, 1)).toEqual([7]);
  expect(seedsOf(undefined, 9, 3)).toEqual([9, 10, 11]);
});

test.each(['5..3', '1', 'a..b', '1..9999999999', '-1..2'])('%s is no range', (range) => {
  expect(() => seedsOf(range, 1, 1)).toThrow(/no range of seeds/);
});
