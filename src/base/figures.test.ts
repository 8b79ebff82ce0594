import { expect, test } from 'vitest';
import { count, duration, plural } from './figures.ts';

test('numbers are grouped by thousands, and agree with their noun', () => {
  expect(count(1234567)).toBe('1,234,567');
  for (const n of [0, 12, 123, 1234, -123, -1234, 123_456, 1e15, 2 ** 53, 1234.5678, Infinity])
    expect(count(n)).toBe(n.toLocaleString('en-US'));
  expect([0, 1, 2000].map((n) => plural(n, 'key'))).toEqual(['0 keys', '1 key', '2,000 keys']);
  expect(plural(2, 'loss', 'losses')).toBe('2 losses');
});

test('durations have three significant digits and the unit that fits', () => {
  const shown = [0, 0.2134, 14, 99.94, 99.96, 999.4, 1234, 9_996, 48_321, 119_900].map(duration);
  expect(shown).toEqual([
    '0 ms',
    '0.213 ms',
    '14 ms',
    '99.9 ms',
    '100 ms',
    '999 ms',
    '1.23 s',
    '10 s',
    '48.3 s',
    '119.9 s',
  ]);
  expect([119_960, 200_000, 239_900].map(duration)).toEqual([
    '2 min 0 s',
    '3 min 20 s',
    '4 min 0 s',
  ]);
});
