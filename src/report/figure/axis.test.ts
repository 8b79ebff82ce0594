import fc from 'fast-check';
import { expect, test } from 'vitest';
import { roundDown, roundUp, short, ticks } from './axis.ts';

test('an axis begins at 0, has even steps of round size, and does not pass its end', () => {
  expect(ticks(2000, 4)).toEqual([0, 500, 1000, 1500, 2000]);
  expect(ticks(16.6, 10)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16]);
  expect(ticks(0, 4)).toEqual([0]);
  fc.assert(
    fc.property(fc.double({ min: 1e-3, max: 1e9, noNaN: true }), (max) => {
      const all = ticks(max, 5);
      expect(all.length).toBeGreaterThan(2);
      expect(all.length).toBeLessThanOrEqual(6);
      expect(all.at(-1)).toBeLessThanOrEqual(max * (1 + 1e-9));
    }),
  );
});

test('the top of an axis is round, and not much above what it must hold', () => {
  expect([0, 1, 7, 12, 1801, 0.4].map(roundUp)).toEqual([1, 1, 8, 15, 2000, 0.4]);
  fc.assert(
    fc.property(fc.double({ min: 1e-3, max: 1e9, noNaN: true }), (max) => {
      expect(roundUp(max)).toBeGreaterThanOrEqual(max * (1 - 1e-9));
      expect(roundUp(max)).toBeLessThanOrEqual(max * 1.51);
    }),
  );
});

test('a step is round, and not above what it may be', () => {
  expect([1, 2.5, 7, 0.04, 4999, 1000].map(roundDown)).toEqual([1, 2, 5, 0.02, 2000, 1000]);
});

test('numbers are short', () => {
  expect([0, 0.5, 800, 2500, 12_500, 3_000_000].map(short)).toEqual([
    '0',
    '0.5',
    '800',
    '2500',
    '12.5 k',
    '3 M',
  ]);
});
