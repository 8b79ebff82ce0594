import { expect, test } from 'vitest';
import type { Verdict } from '../checkers/verdict.ts';
import { isLike, triesFor } from './shrink-real.ts';

test('a plan gets as many tries as its luck so far asks for, within reason', () => {
  const usual = 3;
  expect(triesFor(1, 1, usual)).toBe(3);
  expect(triesFor(8, 8, usual)).toBe(1);
  expect(triesFor(2, 6, usual)).toBe(5);
  expect(triesFor(1, 40, usual)).toBe(9);
});

test('wrong values are alike however they show; what fails inside is not', () => {
  const invalid = (type: string): Verdict => ({
    valid: false,
    checker: 'linearizable',
    operations: 1,
    keys: 1,
    anomalies: [{ type, why: '', operations: [] }],
  });
  expect(isLike(invalid('divergent'), 'nonlinearizable')).toBe(true);
  expect(isLike(invalid('nonlinearizable'), 'divergent')).toBe(true);
  expect(isLike(invalid('crash'), 'nonlinearizable')).toBe(false);
  expect(isLike(invalid('stuck'), 'crash')).toBe(false);
  expect(isLike(invalid('crash'), 'crash')).toBe(true);
  expect(isLike({ valid: true, checker: '', operations: 1, keys: 1 }, 'crash')).toBe(false);
});
