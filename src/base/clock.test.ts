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

test('after a jump back it stands still, and timers wait for that too', () => {
  let trueUs = 0;
  const clock = new Clock(() => trueUs, 1000);
  clock.bump(-400);
  expect(clock.nowUs()).toBe(1000);
  expect(clock.errorUs(), 'what is read stands still').toBe(0);
  expect(clock.trueMs(600)).toBe(1);
  trueUs += 300;
  expect(clock.nowUs()).toBe(1000);
  expect(clock.trueMs(600)).toBe(0.7);
  trueUs += 700;
  expect(clock.nowUs()).toBe(1600);
  expect(clock.errorUs()).toBe(-400);
});

test('the wall clock is skewed apart', () => {
  const clock = new Clock(
    () => 0,
    0,
    () => 5000,
  );
  clock.setSkew(-3600);
  expect([clock.wallMs(), clock.skewMs, clock.nowUs()]).toEqual([1400, -3600, 0]);
});

test('it says when it will show a time', () => {
  let trueUs = 0;
  const clock = new Clock(() => trueUs, 70);
  clock.setRate(1.002);
  for (const us of [71, 100, 1_000_003]) {
    trueUs = clock.trueUsAt(us) - 1;
    expect(clock.nowUs()).toBeLessThan(us);
    trueUs += 1;
    expect(clock.nowUs()).toBe(us);
  }
});
