import { describe, expect, test } from 'vitest';
import { random } from '../base/random.ts';
import { distributionOf, drawDelayMs, DISTRIBUTIONS } from './distribution.ts';

const DELAY = 100;
const JITTER = 20;
const draws = (distribution: (typeof DISTRIBUTIONS)[number]): number[] => {
  const chance = random(`draws of ${distribution}`);
  return Array.from({ length: 20_000 }, () => drawDelayMs(chance, DELAY, JITTER, distribution));
};
const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;
const deviation = (xs: readonly number[]): number => {
  const middle = mean(xs);
  return Math.sqrt(mean(xs.map((x) => (x - middle) ** 2)));
};

describe('delays', () => {
  test('uniform: from the delay to the delay and the jitter', () => {
    const drawn = draws('uniform');
    expect([Math.min(...drawn), Math.max(...drawn)]).toEqual([DELAY, DELAY + JITTER]);
    expect(mean(drawn)).toBeCloseTo(DELAY + JITTER / 2, 0);
  });

  test('normal: the delay on average, the jitter as deviation, and as many below as above', () => {
    const drawn = draws('normal');
    expect(Math.abs(mean(drawn) - DELAY)).toBeLessThan(1);
    expect(Math.abs(deviation(drawn) - JITTER)).toBeLessThan(1);
    const below = drawn.filter((ms) => ms < DELAY).length / drawn.length;
    expect(Math.abs(below - 0.5)).toBeLessThan(0.02);
  });

  test('pareto: most a little shorter than the delay, few much longer', () => {
    const drawn = draws('pareto');
    expect(Math.abs(mean(drawn) - DELAY)).toBeLessThan(2);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(DELAY - (2 / 3) * JITTER - 0.1);
    expect(Math.max(...drawn)).toBe(DELAY + 4 * JITTER);
    expect(drawn.filter((ms) => ms < DELAY).length / drawn.length).toBeGreaterThan(0.65);
    expect(drawn.some((ms) => ms > DELAY + 2 * JITTER)).toBe(true);
  });

  test('are never negative, and the same generator gives the same ones', () => {
    for (const distribution of DISTRIBUTIONS) {
      const chance = random(1);
      const again = random(1);
      for (let i = 0; i < 1_000; i++) {
        const ms = drawDelayMs(chance, 1, 30, distribution);
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(drawDelayMs(again, 1, 30, distribution)).toBe(ms);
      }
    }
  });

  test('a parameter names one by its number; any other number means uniform', () => {
    expect([0, 1, 2, 3, undefined].map(distributionOf)).toEqual([
      'uniform',
      'normal',
      'pareto',
      'uniform',
      'uniform',
    ]);
  });
});
