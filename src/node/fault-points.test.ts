import { describe, expect, test } from 'vitest';
import { Clock } from '../base/clock.ts';
import { FaultPoints } from './fault-points.ts';

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
