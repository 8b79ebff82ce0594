import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Timers } from './timers.ts';

const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('set' as const), id: fc.nat(20), in: fc.nat(50) }),
    fc.record({ do: fc.constant('cancel' as const), id: fc.nat(20), in: fc.constant(0) }),
    fc.record({ do: fc.constant('pass' as const), id: fc.constant(0), in: fc.nat(30) }),
  ),
  { maxLength: 300 },
);

function due(timers: Timers, now: number): string[] {
  const ids: string[] = [];
  for (let id = timers.takeDue(now); id !== undefined; id = timers.takeDue(now)) ids.push(id);
  return ids;
}

describe('timers', () => {
  test('do what a plain table of times does', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const timers = new Timers();
        const table = new Map<string, number>();
        let now = 0;
        for (const step of list) {
          const id = `t${step.id}`;
          if (step.do === 'set') {
            timers.set(id, now + step.in);
            table.set(id, now + step.in);
          } else if (step.do === 'cancel') {
            timers.cancel(id);
            table.delete(id);
          } else {
            now += step.in;
            const expected = [...table].filter(([, at]) => at <= now).map(([name]) => name);
            const got = due(timers, now);
            expect(got.toSorted()).toEqual(expected.toSorted());
            const times = got.map((name) => table.get(name) as number);
            expect(times).toEqual(times.toSorted((a, b) => a - b));
            for (const name of expected) table.delete(name);
          }
          expect(timers.size).toBe(table.size);
          const next = timers.next();
          if (table.size === 0) expect(next).toBeUndefined();
          else expect(next).toBe(Math.min(...table.values()));
        }
      }),
    );
  });

  test('that are set and cancelled a million times leave nothing behind', () => {
    const timers = new Timers();
    for (let i = 0; i < 1_000_000; i++) {
      timers.set(`t${i % 100}`, 100_000 + i);
      if (i % 3 > 0) timers.cancel(`t${i % 100}`);
    }
    expect(timers.size).toBeLessThanOrEqual(100);
    expect(due(timers, Infinity).length).toBeLessThanOrEqual(100);
    expect(timers.next()).toBeUndefined();
  });
});
