import { describe, expect, test } from 'vitest';
import { Clock } from './clock.ts';
import { FaultPoints } from './fault-points.ts';

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

test('the real clock goes on', () => {
  const clock = new Clock();
  const first = clock.nowUs();
  expect(Number.isSafeInteger(first)).toBe(true);
  expect(clock.nowUs()).toBeGreaterThanOrEqual(first);
});

describe('faults of a clock, by command', () => {
  const made = () => {
    const time = { trueUs: 1_000_000 };
    const clock = new Clock(() => time.trueUs, 7);
    let changes = 0;
    const points = new FaultPoints({ clock, onClock: () => changes++, probe: async () => {} });
    const say = async (words: string): Promise<Record<string, number>> => {
      const reply = await points.answer(words.split(' '));
      if (reply.type !== 'bulk') throw new Error(JSON.stringify(reply));
      return JSON.parse(reply.value.toString()) as Record<string, number>;
    };
    return { time, clock, points, say, changes: () => changes };
  };

  test('a jump is measured, and taken back', async () => {
    const { say, clock, changes } = made();
    expect(await say('CLOCK OFFSET 0.5')).toMatchObject({ movedUs: 500, errorUs: 500 });
    expect(changes(), 'timers are looked at again').toBe(1);
    expect(await say('CLEAR CLOCK')).toMatchObject({ strayedUs: 500 });
    expect(clock.rate).toBe(1);
  });

  test('a drift strays while it lasts; what it added stays', async () => {
    const { say, time, clock } = made();
    await say('CLOCK RATE 2000');
    time.trueUs += 500_000;
    expect(await say('CLEAR')).toMatchObject({ strayedUs: 1000, ratePpm: 0 });
    time.trueUs += 500_000;
    expect(clock.errorUs()).toBe(1000);
  });

  test('a skew moves the wall clock only', async () => {
    const { say, clock } = made();
    expect(await say('clock skew -60000')).toMatchObject({ movedUs: 0, skewMs: -60_000 });
    expect(await say('clear')).toMatchObject({ strayedMs: -60_000, skewMs: 0 });
    expect(clock.errorUs()).toBe(0);
  });

  test('a strobe goes forward and back until it is ended', async () => {
    const { say, points, time, clock } = made();
    expect(await say('CLOCK STROBE 3 4')).toMatchObject({ movedUs: 3000 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await say('CLEAR CLOCK');
    points.close();
    time.trueUs += 10_000;
    expect(clock.errorUs()).toBe(0);
  });

  test.each([
    'CLOCK',
    'CLOCK OFFSET',
    'CLOCK OFFSET x',
    'CLOCK RATE 900000',
    'CLOCK STROBE 1',
    'DISK',
    'DISK BURN',
    'DISK EIO',
    'DISK SLOW',
    'DISK FULL 3',
    'CLEAR ALL',
    'CLEAR CLOCK NOW',
    '',
  ])('"%s" is refused with the usage', async (words) => {
    const { points } = made();
    expect(await points.answer(words.split(' '))).toMatchObject({
      type: 'error',
      message: expect.stringContaining('HERMES FAULT CLOCK OFFSET ms') as string,
    });
  });
});
