import { expect, test } from 'vitest';
import { random } from '../base/random.ts';
import { zipf } from './zipf.ts';

test.each([
  [10, 0.99],
  [10, 1],
  [100, 0.5],
  [1, 0.99],
])('ranks of %i at exponent %f come as often as they should', (n, exponent) => {
  const draw = zipf(n, exponent);
  const source = random(1);
  const draws = 100_000;
  const counts = Array.from({ length: n }, () => 0);
  for (let i = 0; i < draws; i++) counts[draw(source)]! += 1;
  const weights = counts.map((_, rank) => (rank + 1) ** -exponent);
  const total = weights.reduce((a, b) => a + b, 0);
  // Chi-squared over its degrees of freedom: about 1 for the right distribution.
  const chi = counts.reduce((sum, count, rank) => {
    const expected = (draws * (weights[rank] as number)) / total;
    return sum + (count - expected) ** 2 / expected;
  }, 0);
  expect(counts.reduce((a, b) => a + b, 0)).toBe(draws);
  expect(chi / Math.max(1, n - 1)).toBeLessThan(1.6);
});
