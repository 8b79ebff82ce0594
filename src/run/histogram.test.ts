import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Histogram } from './histogram.ts';

test('every percentile is right to 0.8 %, never below the true one', () => {
  const values = fc.array(fc.integer({ min: 0, max: 60_000_000_000 }), { minLength: 1 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 100 }), (xs, percent) => {
      const histogram = new Histogram();
      for (const x of xs) histogram.add(x);
      const sorted = xs.toSorted((a, b) => a - b);
      const exact = sorted[Math.ceil((xs.length * percent) / 100) - 1] as number;
      const got = histogram.percentile(percent);
      expect(got).toBeGreaterThanOrEqual(exact);
      expect(got).toBeLessThanOrEqual(exact * 1.008 + 1);
      expect(histogram.max).toBe(sorted.at(-1));
    }),
  );
});

test('an empty one says 0', () => {
  expect(new Histogram().percentile(99)).toBe(0);
});
