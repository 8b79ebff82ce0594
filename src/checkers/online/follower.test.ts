/** What is found while a history is recorded is what the check of the whole finds. */
import { describe, expect, test } from 'vitest';
import { random } from '../../base/random.ts';
import type { HistoryEvent, HistoryHeader } from '../../history/event.ts';
import { callsByKey } from '../calls.ts';
import { checkHistory } from '../check.ts';
import { type Level, runStore } from '../elle/store.case.ts';
import { judgeLinearizable } from '../linearizable.ts';
import { bruteForce } from '../linearizability/brute-force.ts';
import { type ModelName, builtInModel, kindOfModel } from '../models/models.ts';
import {
  type Family,
  counterFamily,
  listFamily,
  mixedFamily,
  multiRegisterFamily,
  mutexFamily,
  queueFamily,
  randomEvents,
  registerFamily,
  setFamily,
  stackFamily,
  textFamily,
} from '../random-history.case.ts';
import { Follower } from './follower.ts';
import { stream } from './stream.case.ts';

/** Follows the events; how many had been taken when a violation was found. */
function follow(
  events: readonly HistoryEvent[],
  header: Omit<HistoryHeader, 'hermes'>,
): { follower: Follower; at: number } {
  const follower = new Follower({ hermes: 1, ...header });
  let at = events.length;
  for (const [i, event] of events.entries()) {
    follower.take(event);
    if (follower.violation !== undefined) at = Math.min(at, i + 1);
  }
  follower.finish();
  return { follower, at };
}

/** By the definition. */
function linearizable(
  events: readonly HistoryEvent[],
  model: ModelName,
  { initial }: Family,
): boolean {
  const calls = callsByKey(events)[0]?.calls ?? [];
  const kind = kindOfModel(model);
  return bruteForce(calls, builtInModel(kind, kind === 'register' ? calls : [], initial));
}

const lines = (events: readonly HistoryEvent[]): string =>
  events.map((e) => JSON.stringify(e)).join('\n');

describe('small histories, against the brute force', () => {
  /** `exact`: whatever is wrong is found. */
  test.each([
    ['register', registerFamily(0), 4000, 'exact'],
    ['register', registerFamily(2), 4000, 'exact'],
    ['register', registerFamily(3, 1), 2000, 'exact'],
    ['register', registerFamily(4, 2), 2000, 'exact'],
    ['register', mixedFamily(null), 1500, 'exact'],
    ['register', mixedFamily(0), 1500, 'exact'],
    ['counter', counterFamily(1, null), 3000, 'exact'],
    ['counter', counterFamily(-2, 7), 3000, 'exact'],
    ['append-list', listFamily(10), 4000, 'exact'],
    ['append-list', listFamily(5), 2000, 'sound'],
    ['append-list', listFamily(0), 2000, 'sound'],
    ['queue', queueFamily(true, 0), 3000, 'exact'],
    ['queue', queueFamily(true, 0, true), 3000, 'sound'],
    ['queue', queueFamily(true, 2), 1500, 'exact'],
    ['unordered-queue', queueFamily(false, 0), 2000, 'exact'],
    ['unordered-queue', queueFamily(false, 2, true), 1500, 'sound'],
    ['stack', stackFamily(0), 1500, 'exact'],
    ['stack', stackFamily(2, true), 1500, 'exact'],
    ['set', setFamily(false), 3000, 'exact'],
    ['set', setFamily(true), 2000, 'exact'],
    ['mutex', mutexFamily(), 2000, 'exact'],
    ['append-kv', textFamily(), 1500, 'exact'],
    ['multi-register', multiRegisterFamily(), 1500, 'exact'],
  ] as const)('%s: %o', (model, family, count, how) => {
    const seen = { valid: 0, invalid: 0, left: 0, missed: 0 };
    for (let i = 0; i < count; i++) {
      const events = randomEvents(random(`follow/${i}`), family);
      const right = linearizable(events, model, family);
      const { follower, at } = follow(events, { model, initial: family.initial });
      if (follower.violation !== undefined) {
        seen.invalid++;
        expect(right, `seed ${i}\n${lines(events)}`).toBe(false);
        // What it had seen by then has no order either.
        const before = linearizable(events.slice(0, at), model, family);
        expect(before, `seed ${i}, ${at} of\n${lines(events)}`).toBe(false);
      } else if (follower.progress.left > 0) seen.left++;
      else if (right) seen.valid++;
      else {
        seen.missed++;
        if (how === 'exact') expect.fail(`seed ${i} is not found wrong\n${lines(events)}`);
      }
    }
    expect(seen.valid).toBeGreaterThan(count / 10);
    expect(seen.invalid).toBeGreaterThan(count / 10);
    expect(seen.left).toBeLessThan(count / 20);
    expect(seen.missed).toBeLessThan(count / 20);
  });
});

describe('longer histories, against the check of the whole', () => {
  test.each([
    ['register', registerFamily(0), 5],
    ['register', registerFamily(0), 30],
    ['register', registerFamily(5, 1), 12],
    ['counter', counterFamily(1, 0), 12],
    ['append-list', listFamily(10), 12],
    ['queue', queueFamily(true, 0), 8],
    ['set', setFamily(false), 8],
  ] as const)('%s: %o, up to %d processes', (model, family, processesMax) => {
    const seen = { valid: 0, invalid: 0 };
    for (let i = 0; i < 80; i++) {
      const shape = { operationsMin: 60, operationsMax: 500, processesMax, sound: i % 2 === 0 };
      const events = randomEvents(random(`long/${processesMax}/${i}`), family, shape);
      const header = { hermes: 1 as const, model, initial: family.initial };
      const { valid } = judgeLinearizable({ header, events, nemesis: [] }, { verdictOnly: true });
      const { follower } = follow(events, header);
      if (follower.violation !== undefined) expect(valid, `seed ${i}`).not.toBe(true);
      else if (follower.progress.left === 0) expect(valid, `seed ${i}`).not.toBe(false);
      if (follower.progress.left === 0 && valid !== 'unknown') seen[valid ? 'valid' : 'invalid']++;
    }
    expect(seen.valid).toBeGreaterThan(10);
    expect(seen.invalid).toBeGreaterThan(10);
  });
});

describe('transactions, against the check of the whole', () => {
  test.each([
    ['list-append', 'serial', 4],
    ['list-append', 'si', 4],
    ['list-append', 'ru', 1],
    ['list-append', 'stale', 1],
    ['list-append', 'stale', 4],
    ['rw-register', 'serial', 4],
    ['rw-register', 'si', 4],
    ['rw-register', 'ru', 1],
    ['rw-register', 'stale', 4],
  ] as const)('%s of a store that is %s, up to %d at once', (model, level: Level, microsMax) => {
    const seen = { valid: 0, found: 0, missed: 0 };
    for (let i = 0; i < 40; i++) {
      const more = { clients: 5, keys: 3, microsMax, crashed: 5, aborted: 5, writesPerKey: 30 };
      const events = runStore(random(`t/${i}`), { kind: model, level, txns: 70, ...more });
      const header = { hermes: 1 as const, model, checks: ['elle'] };
      const whole = (n: number): unknown =>
        checkHistory({ header, events: events.slice(0, n), nemesis: [] }, { verdictOnly: true })
          .valid;
      const { follower, at } = follow(events, header);
      if (follower.violation !== undefined) {
        expect(whole(at), `seed ${i}, ${at} of\n${lines(events)}`).toBe(false);
        seen.found++;
      } else if (whole(events.length) === false) seen.missed++;
      else seen.valid++;
    }
    if (level === 'serial') expect(seen).toEqual({ valid: 40, found: 0, missed: 0 });
    else expect(seen.found).toBeGreaterThan(8);
    expect(seen.missed).toBe(0);
  });
});

describe('properties of which one observation can be wrong', () => {
  const events = (f: string, answers: readonly HistoryEvent['value'][]): HistoryEvent[] =>
    answers.flatMap((value, i) => {
      const of = { process: i, f, time: i, ...(f === 'add' && { key: 1 }) };
      const asked = f === 'add' ? 1 : null;
      const answer = f === 'add' ? { value: asked, result: value } : { value };
      return [
        { ...of, index: 2 * i, type: 'invoke', value: asked },
        { ...of, index: 2 * i + 1, type: 'ok', ...answer },
      ];
    });

  test('an identifier that was given out before', () => {
    const header = { checks: ['unique-ids'] };
    expect(follow(events('add', [3, 1, 2, 5]), header).follower.violation).toBeUndefined();
    const { follower, at } = follow(events('add', [3, 1, 2, 1, 6]), header);
    expect(follower.violation?.invoke.index).toBe(6);
    expect(at).toBe(8);
    const named = follow(events('generate', ['a', 'a']), header).follower;
    expect(named.left).toEqual(['unique-ids: identifiers are no whole numbers']);
  });

  test('balances that do not add up', () => {
    const header = { checks: ['bank'] };
    const sums = (a: number, b: number): number[] => [a, b];
    expect(follow(events('read', [sums(5, 5), sums(2, 8)]), header).follower.violation).toBe(
      undefined,
    );
    const wrong = follow(events('read', [sums(5, 5), sums(2, 8), sums(3, 8)]), header).follower;
    expect(wrong.violation?.invoke.index).toBe(4);
  });
});

describe('what is left to the end is named', () => {
  test('checks of which only the whole history tells', () => {
    const header = {
      hermes: 1 as const,
      model: 'append-list',
      checks: ['linearizable', 'set', 'stats'],
    };
    expect(new Follower(header).left).toEqual(['set, stats: only the whole history tells']);
  });

  test('keys that cannot be followed, and why', () => {
    const family = listFamily(10);
    const { follower } = follow(randomEvents(random('list'), family), { model: 'register' });
    expect(follower.progress).toMatchObject({ keys: 0, left: 1 });
    expect(follower.left).toEqual(['1 key: "append" is no operation of this object']);
  });

  test('nothing of the workloads that registers, lists and locks are judged by', () => {
    for (const model of ['register', 'cas-register', 'append-list', 'counter'])
      expect(new Follower({ hermes: 1, model, checks: ['linearizable'] }).left).toEqual([]);
  });
});

describe('a wrong answer in a long history is found soon', () => {
  test.each([
    ['register', registerFamily(0), {}],
    ['register', registerFamily(0), { lost: 20 }],
    ['counter', counterFamily(1, 0), {}],
    ['counter', counterFamily(1, 0), { lost: 5 }],
    ['append-list', listFamily(10), { lost: 5 }],
    ['set', setFamily(false), {}],
    ['queue', queueFamily(true, 0), {}],
  ] as const)('%s: %o %o', (model, family, more) => {
    const waited: number[] = [];
    for (let i = 0; i < 20; i++) {
      const shape = { family, operations: 500, clients: 5, staleFrom: 300, ...more };
      const header = { model, initial: family.initial };
      const right = [...stream(random(`soon/${i}`), { ...shape, staleFrom: Infinity })];
      const wrong = [...stream(random(`soon/${i}`), shape)];
      const lie = wrong.findIndex((e, at) => JSON.stringify(e) !== JSON.stringify(right[at]));
      expect(follow(right, header).follower.violation, `seed ${i}`).toBeUndefined();
      const { follower, at } = follow(wrong, header);
      expect(follower.violation, `seed ${i}, wrong at ${lie}`).toBeDefined();
      expect(at).toBeGreaterThan(lie);
      waited.push(at - lie);
    }
    // Until those that were open then have returned.
    expect(Math.max(...waited)).toBeLessThan(100);
  });
});

describe('garbage', () => {
  const VALUES: readonly HistoryEvent['value'][] = [null, 0, -1, 2 ** 53, 'x', [], [[1]], [1, 1]];
  const FS = [
    'read',
    'write',
    'cas',
    'add',
    'append',
    'txn',
    'enqueue',
    'dequeue',
    'acquire',
    'not',
  ];
  test('nothing breaks, whatever is recorded', () => {
    for (const model of [
      ...([
        'register',
        'append-list',
        'set',
        'queue',
        'mutex',
        'append-kv',
        'multi-register',
      ] as const),
      ...(['list-append', 'rw-register', 'nonsense'] as const),
    ])
      for (let i = 0; i < 60; i++) {
        const r = random(`garbage/${model}/${i}`);
        const follower = new Follower({
          hermes: 1,
          model,
          checks: ['linearizable', 'elle', 'bank'],
        });
        for (let index = 0; index < 60; index++) {
          const type = r.pick(['invoke', 'invoke', 'ok', 'fail', 'info'] as const);
          const more = r.chance(1, 3) ? { result: r.pick(VALUES), observed: r.pick(VALUES) } : {};
          const value = r.pick(VALUES);
          const of = {
            index,
            process: r.below(4),
            type,
            f: r.pick(FS),
            value,
            time: index,
            ...more,
          };
          follower.take(of);
        }
        follower.finish();
        expect(follower.progress.judged).toBeLessThanOrEqual(60);
      }
  });
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
  const events = lines.map(([process, type, f, value], index): HistoryEvent => {
    return { index, process, type, f, key: 1, value, time: index };
  });
  expect(follow(events, { initial: 2 }).follower.violation).toBeUndefined();
});

test('the violation is named, and how far the judgement is', () => {
  const event = (
    index: number,
    process: number,
    type: HistoryEvent['type'],
    f: string,
    value: number | null,
  ): HistoryEvent => ({ index, process, type, f, key: 7, value, time: index });
  const follower = new Follower({ hermes: 1, initial: 0 });
  follower.take(event(0, 0, 'invoke', 'write', 1));
  follower.take(event(1, 1, 'invoke', 'read', null));
  follower.take(event(2, 1, 'ok', 'read', 0));
  expect(follower.progress).toEqual({ judged: 0, waiting: 3, keys: 1, left: 0 });
  follower.take(event(3, 0, 'ok', 'write', 1));
  expect(follower.progress).toEqual({ judged: 4, waiting: 0, keys: 1, left: 0 });
  follower.take(event(4, 1, 'invoke', 'read', null));
  expect(follower.violation).toBeUndefined();
  follower.take(event(5, 1, 'ok', 'read', 0));
  expect(follower.violation).toMatchObject({ key: 7, invoke: { index: 4 } });
});
