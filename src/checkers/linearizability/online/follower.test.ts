/** What is found while a history is recorded is what the check of the whole finds, in bounded memory. */
import { describe, expect, test } from 'vitest';
import { random } from '../../../base/random.ts';
import type { HistoryEvent } from '../../../history/event.ts';
import { callsByKey } from '../../calls.ts';
import { judgeLinearizable } from '../../linearizable.ts';
import { builtInModel } from '../../models/models.ts';
import {
  type Family,
  counterFamily,
  listFamily,
  mixedFamily,
  randomEvents,
  registerFamily,
} from '../../random-history.case.ts';
import { bruteForce } from '../brute-force.ts';
import { Follower } from './follower.ts';

/** Follows the events; how many had been taken when a violation was found. */
function follow(
  events: readonly HistoryEvent[],
  family: Family,
): { follower: Follower; at: number } {
  const follower = new Follower(family.initial);
  let at = events.length;
  for (const [i, event] of events.entries()) {
    follower.take(event);
    if (follower.violation !== undefined) at = Math.min(at, i + 1);
  }
  follower.finish();
  return { follower, at };
}

/** Deletions that say what they removed name no value, and are left to the check of the whole. */
function named(family: Family): Family {
  const op: Family['op'] = (r, n) => {
    const drawn = family.op(r, n);
    return drawn.f === 'delete' ? { f: 'read', key: 1, value: null } : drawn;
  };
  return { ...family, op };
}

const lines = (events: readonly HistoryEvent[]): string =>
  events.map((e) => JSON.stringify(e)).join('\n');

describe('small histories, against the brute force', () => {
  test.each([
    [registerFamily(0), 6000],
    [named(registerFamily(2)), 6000],
    [named(registerFamily(3, 1)), 3000],
    [registerFamily(4, 2), 3000],
    [mixedFamily(null), 2000],
    [mixedFamily(0), 2000],
    [counterFamily(1, null), 2000],
    [counterFamily(-2, 7), 1000],
  ] as const)('%o', (family, count) => {
    const seen = { valid: 0, invalid: 0, left: 0 };
    for (let i = 0; i < count; i++) {
      const events = randomEvents(random(`follow/${i}`), family);
      const { calls } = callsByKey(events)[0] ?? { calls: [] };
      const right = bruteForce(calls, builtInModel('register', calls, family.initial));
      const { follower, at } = follow(events, family);
      if (follower.violation === undefined && follower.progress.left > 0) {
        seen.left++;
        continue;
      }
      expect(follower.violation === undefined, `seed ${i}\n${lines(events)}`).toBe(right);
      if (right) seen.valid++;
      else {
        seen.invalid++;
        // What it saw until then has no order either.
        const before = callsByKey(events.slice(0, at))[0]?.calls ?? [];
        const model = builtInModel('register', before, family.initial);
        expect(bruteForce(before, model), `seed ${i}, ${at} of\n${lines(events)}`).toBe(false);
      }
    }
    expect(seen.valid).toBeGreaterThan(count / 10);
    expect(seen.invalid).toBeGreaterThan(count / 10);
    // Adds with unknown outcome are left, and deletions that removed what they do not name.
    const complete = family.name.startsWith('register of unique');
    expect(seen.left).toBeLessThan(complete ? 1 : count / 2);
  });
});

describe('longer histories, against the check of the whole', () => {
  test.each([
    [registerFamily(0), 5],
    [registerFamily(0), 30],
    [named(registerFamily(5, 1)), 5],
    [named(registerFamily(5, 1)), 12],
  ] as const)('%o, up to %d processes', (family, processesMax) => {
    const seen = { valid: 0, invalid: 0 };
    for (let i = 0; i < 120; i++) {
      const shape = { operationsMin: 60, operationsMax: 700, processesMax, sound: i % 2 === 0 };
      const events = randomEvents(random(`long/${processesMax}/${i}`), family, shape);
      const history = {
        header: { hermes: 1 as const, initial: family.initial },
        events,
        nemesis: [],
      };
      const { valid } = judgeLinearizable(history, { verdictOnly: true });
      const { follower } = follow(events, family);
      if (follower.violation !== undefined) expect(valid, `seed ${i}`).toBe(false);
      else if (follower.progress.left === 0) expect(valid, `seed ${i}`).toBe(true);
      if (follower.progress.left === 0 && valid !== 'unknown') seen[valid ? 'valid' : 'invalid']++;
    }
    expect(seen.valid).toBeGreaterThan(10);
    expect(seen.invalid).toBeGreaterThan(10);
  });
});

describe('memory', () => {
  /** The most that is remembered while a sound history of one key is followed. */
  function most(family: Family, operations: number): number {
    const shape = { operationsMin: operations, operationsMax: operations, processesMax: 5 };
    // Of the four shares of lost operations the first one: none.
    let seed = 0;
    for (; ; seed++) {
      const events = randomEvents(random(`memory/${seed}`), family, { ...shape, sound: true });
      if (events.some(({ type }) => type === 'info') || events.length < 1.9 * operations) continue;
      const follower = new Follower(family.initial);
      let size = 0;
      for (const event of events) {
        follower.take(event);
        size = Math.max(size, follower.size);
      }
      expect(follower.violation).toBeUndefined();
      expect(follower.progress.left).toBe(0);
      return size;
    }
  }

  test.each([registerFamily(0), named(registerFamily(5, 1))])(
    'does not grow with a history of a %o',
    (family) => {
      const [short, long] = [most(family, 500), most(family, 20_000)];
      expect(long).toBeLessThan(2 * short);
      expect(long).toBeLessThan(500);
    },
  );
});

test('what holds no register is left', () => {
  const family = listFamily(10);
  const { follower } = follow(randomEvents(random('list'), family), family);
  expect(follower.progress).toMatchObject({ keys: 0, left: 1 });
});

test('what an operation without outcome replaced may have been written again since', () => {
  const lines = [
    [0, 'invoke', 'read', null],
    [1, 'invoke', 'cas', [2, 4]],
    [2, 'invoke', 'write', 3],
    [3, 'invoke', 'read', null],
    [0, 'ok', 'read', 3],
    [4, 'invoke', 'cas', [3, 2]],
    [4, 'ok', 'cas', [3, 2]],
    [2, 'ok', 'write', 3],
    [3, 'ok', 'read', 4],
  ] as const;
  const follower = new Follower(2);
  for (const [index, [process, type, f, value]] of lines.entries())
    follower.take({ index, process, type, f, key: 1, value, time: index });
  follower.finish();
  expect(follower.violation).toBeUndefined();
});

test('the violation is named, and how far the judgement is', () => {
  const event = (
    index: number,
    process: number,
    type: HistoryEvent['type'],
    f: string,
    value: number | null,
  ): HistoryEvent => ({ index, process, type, f, key: 7, value, time: index });
  const follower = new Follower(0);
  follower.take(event(0, 0, 'invoke', 'write', 1));
  follower.take(event(1, 1, 'invoke', 'read', null));
  follower.take(event(2, 1, 'ok', 'read', 0));
  expect(follower.progress).toEqual({ judged: 0, waiting: 3, keys: 1, left: 0 });
  follower.take(event(3, 0, 'ok', 'write', 1));
  expect(follower.progress).toEqual({ judged: 4, waiting: 0, keys: 1, left: 0 });
  follower.take(event(4, 1, 'invoke', 'read', null));
  expect(follower.violation).toBeUndefined();
  follower.take(event(5, 1, 'ok', 'read', 0));
  expect(follower.violation).toEqual({ key: 7, event: 4 });
});
