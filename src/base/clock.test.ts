import fc from 'fast-check';
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

test('it never goes back, and says when it will first show a time', () => {
  const law = fc.record({ offsetUs: fc.nat(1e9), ppm: fc.integer({ min: -2000, max: 2000 }) });
  fc.assert(
    fc.property(law, fc.nat(1e10), fc.nat(1e6), ({ offsetUs, ppm }, at, more) => {
      let trueUs = 0;
      const clock = new Clock(() => trueUs, offsetUs);
      clock.setRate(1 + ppm / 1e6);
      const shownAt = (us: number): number => {
        trueUs = us;
        return clock.nowUs();
      };
      const wanted = shownAt(at) + more;
      const found = clock.trueUsAt(wanted);
      if (found > at) expect(shownAt(found - 1)).toBeLessThan(wanted);
      expect(shownAt(Math.max(at, found))).toBeGreaterThanOrEqual(wanted);
    }),
  );
});
