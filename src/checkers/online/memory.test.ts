/** What is remembered does not grow with a history: a million operations and more, few clients. */
import { describe, expect, test } from 'vitest';
import type { Value } from '../../base/operation.ts';
import { random } from '../../base/random.ts';
import type { HistoryEvent } from '../../history/event.ts';
import { storeEvents } from '../elle/store.case.ts';
import {
  type Family,
  counterFamily,
  listFamily,
  mutexFamily,
  queueFamily,
  registerFamily,
  setFamily,
} from '../random-history.case.ts';
import { Follower } from './follower.ts';
import { stream } from './stream.case.ts';

/** The most that was remembered in the first tenth, and in all; not of the first events of all, which are kept. */
function most(
  events: Iterable<HistoryEvent>,
  total: number,
  header: { model: string; initial?: Value; checks?: string[] },
): { tenth: number; all: number; follower: Follower } {
  const follower = new Follower({ hermes: 1, ...header });
  let [taken, tenth, all] = [0, 0, 0];
  for (const event of events) {
    follower.take(event);
    if (++taken % 256 !== 0 || taken < 1000) continue;
    all = Math.max(all, follower.size);
    if (taken <= total / 10) tenth = all;
  }
  follower.finish();
  return { tenth, all, follower };
}

/** A queue that its clients do not let grow: of elements that come again it holds some. */
function shortQueue(): Family {
  const family = queueFamily(true, 0);
  let held = 0;
  return {
    ...family,
    op: (r, n) => family.op(r, n),
    apply(state, op) {
      if (op.f === 'enqueue' && held > 20)
        return { state, outcome: { type: 'fail', error: 'full' } };
      const done = family.apply(state, op);
      held = ((done.state as readonly Value[] | null) ?? []).length;
      return done;
    },
  };
}

/** A counter that goes up and down by several numbers. */
function upAndDown(): Family {
  return {
    ...counterFamily(1, 0),
    op: (r) => ({
      f: r.chance(3, 5) ? 'add' : 'read',
      key: 1,
      value: r.between(1, 5) - 6 * r.below(2),
    }),
    apply(state, { f, value }) {
      if (f === 'read') return { state, outcome: { type: 'ok', value: state } };
      const sum = (state as number) + (value as number);
      return { state: sum, outcome: { type: 'ok', value, result: sum } };
    },
  };
}

describe('what is remembered of a stream', () => {
  test.each([
    ['register', { family: registerFamily(0), operations: 300_000, clients: 5 }, 60],
    ['register', { family: registerFamily(4, 1), operations: 200_000, clients: 5 }, 300],
    [
      'register',
      { family: registerFamily(4, 1), operations: 60_000, clients: 5, perKey: 60 },
      12_600,
    ],
    ['counter', { family: counterFamily(1, 0), operations: 400_000, clients: 5, lost: 2 }, 60],
    ['counter', { family: upAndDown(), operations: 200_000, clients: 4 }, 300],
    ['append-list', { family: listFamily(10), operations: 100_000, clients: 5, perKey: 200 }, 900],
    ['queue', { family: shortQueue(), operations: 300_000, clients: 5 }, 90],
    ['set', { family: setFamily(false), operations: 60_000, clients: 5, perKey: 100 }, 1500],
    ['mutex', { family: mutexFamily(), operations: 200_000, clients: 4 }, 60],
  ] as const)('%s: %o stays below %d', (model, of, bound) => {
    const { initial } = of.family;
    const events = stream(random(`stream/${model}`), of);
    const { tenth, all, follower } = most(events, 2 * of.operations, { model, initial });
    expect(follower.violation).toBeUndefined();
    expect(follower.left).toEqual([]);
    // Of a key that is no longer used a value or two stay; first events are kept for a while, some thousand in all.
    const keys = 'perKey' in of ? of.operations / of.perKey : 1;
    expect(all - 2 * keys).toBeLessThan(bound);
    expect(all - 2 * keys).toBeLessThan(2 * tenth + 20);
  });

  test.each(['list-append', 'rw-register'] as const)('%s: transactions', (kind) => {
    const shape = { clients: 5, keys: 5, microsMax: 3, crashed: 0, aborted: 1, writesPerKey: 100 };
    const events = storeEvents(random('stream'), { kind, level: 'serial', txns: 30_000, ...shape });
    const { tenth, all, follower } = most(events, 60_000, { model: kind, checks: ['elle'] });
    expect(follower.violation).toBeUndefined();
    expect(all).toBeLessThan(6000);
    expect(all).toBeLessThan(2 * tenth);
  });
});
