import { expect, test } from 'vitest';
import { Clock } from './clock.ts';

test('whole microseconds, offset and rate applied, never set back', () => {
  let trueUs = 1000.7;
  const clock = new Clock(() => trueUs, 50);
  expect(clock.nowUs()).toBe(1050);
  clock.setRate(2);
  trueUs += 100;
  expect(clock.nowUs()).toBe(1250);
  expect(clock.trueMs(2000)).toBe(1);
  clock.bump(10_000);
  expect(clock.nowUs()).toBe(11_250);
  clock.bump(-5000);
  expect(clock.nowUs()).toBe(11_250);
  trueUs += 10_000;
  expect(clock.nowUs()).toBe(26_250);
});

test('the real clock goes on', () => {
  const clock = new Clock();
  const first = clock.nowUs();
  expect(Number.isSafeInteger(first)).toBe(true);
  expect(clock.nowUs()).toBeGreaterThanOrEqual(first);
});
