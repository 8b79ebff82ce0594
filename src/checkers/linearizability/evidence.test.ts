import { describe, expect, test } from 'vitest';
import { random } from '../../base/random.ts';
import type { History, HistoryEvent } from '../../history/event.ts';
import { type Call, callsByKey } from '../calls.ts';
import { judgeLinearizable } from '../linearizable.ts';
import { historyOf } from '../history.case.ts';
import { mutexModel } from '../models/mutex.ts';
import { registerModel } from '../models/register.ts';
import type { Anomaly } from '../verdict.ts';
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
import { confirmPlaces } from './confirm-places.ts';
import { confirmReason, unfounded } from './confirm.ts';

const history = (events: readonly HistoryEvent[], family: Family): History => ({
  header: { hermes: 1, initial: family.initial },
  events,
  nemesis: [],
});

/** Anomalies of random histories that are not linearizable. */
function* anomalies(
  family: Family,
  count: number,
  longest = 9,
): Iterable<{ anomaly: Anomaly; events: HistoryEvent[]; calls: readonly Call[] }> {
  for (let i = 0; i < count; i++) {
    const events = randomEvents(random(`evidence/${i}`), family, { operationsMax: longest });
    const verdict = judgeLinearizable(history(events, family));
    if (verdict.valid !== false) continue;
    const [first] = callsByKey(events);
    yield { anomaly: verdict.anomalies[0] as Anomaly, events, calls: first?.calls ?? [] };
  }
}

describe('every failure comes with evidence that a second checker accepts', () => {
  test.each([
    [registerFamily(0), 4000, 9],
    [registerFamily(0), 300, 60],
    [registerFamily(0, 100), 1500, 12],
    [registerFamily(3), 1500, 9],
    [mixedFamily(null), 3000, 9],
    [mixedFamily(0), 300, 40],
    [counterFamily(1, null), 3000, 9],
    [counterFamily(-2, 7), 1500, 30],
    [listFamily(10), 2000, 9],
    [listFamily(0), 1500, 9],
    [listFamily(6), 1500, 20],
  ] as const)('%o', (family, count, longest) => {
    let failures = 0;
    for (const { anomaly, events } of anomalies(family, count, longest)) {
      failures++;
      const lines = events.map((e) => JSON.stringify(e)).join('\n');
      // The search that found it is no second checker, and the brute force stops at 12 operations.
      const { algorithm, of, confirmed } = anomaly.detail as Record<string, unknown>;
      if (algorithm === 'wgl' && (of as number) > 12) continue;
      expect(confirmed, `${JSON.stringify(anomaly)}\n${lines}`).toBe(true);
      expect(anomaly.operations.length).toBeGreaterThan(0);
      expect(anomaly.why).not.toMatch(/undefined|NaN|\[object/);
    }
    expect(failures).toBeGreaterThan(count / 20);
  });

  test('few operations suffice where many were recorded, and each of them is needed', () => {
    let strong = 0;
    let failures = 0;
    for (const { anomaly, calls } of anomalies(registerFamily(0), 300, 60)) {
      failures++;
      strong += anomaly.operations.length;
      const rows = anomaly.operations.map((index) =>
        calls.findIndex((c) => c.invoke.index === index),
      );
      const optional = new Map(
        calls.flatMap((call, row) =>
          rows.includes(row) || call.invoke.f === 'read' || call.end?.type === 'fail'
            ? []
            : [[row, { ...call, end: undefined, ret: 0x7fff_ffff }] as const],
        ),
      );
      const model = registerModel({ initial: null, nullIsZero: false });
      for (const row of rows) {
        const fewer = rows.filter((r) => r !== row);
        const call = calls[row] as Call;
        if (call.invoke.f === 'write')
          optional.set(row, { ...call, end: undefined, ret: 0x7fff_ffff });
        expect(confirmReason({ calls, strong: fewer, optional }, model)).toBe(false);
        optional.delete(row);
      }
    }
    expect(strong / failures).toBeLessThan(6);
  });
});

test('a stretch that fails whatever came before it blames the answer that has no place', () => {
  const events: HistoryEvent[] = [];
  const add = (process: number, type: HistoryEvent['type'], f: string, value: number | null) =>
    events.push({
      index: events.length,
      process,
      type,
      f,
      key: 1,
      value,
      time: events.length * 1e6,
    });
  for (let i = 0; i <= 400; i++)
    for (const type of ['invoke', 'ok'] as const) add(0, type, 'write', i % 5);
  add(1, 'invoke', 'read', null);
  add(2, 'invoke', 'read', null);
  add(1, 'ok', 'read', 0);
  add(2, 'ok', 'read', 3);
  const verdict = judgeLinearizable({ header: { hermes: 1 }, events, nemesis: [] });
  const [anomaly] = verdict.valid === false ? verdict.anomalies : [];
  expect(anomaly?.operations.at(-1)).toBe(803);
  expect(anomaly?.why).toMatch(/^read by process 2 returned 3\. Whatever the key held at /);
  expect(anomaly?.detail).toMatchObject({ confirmed: true });
});

describe('whatever the model', () => {
  test.each([
    ['mutex', mutexFamily(), 60, 6],
    ['queue', queueFamily(true, 0), 20, 5],
    ['queue', queueFamily(true, 2), 24, 12],
    ['unordered-queue', queueFamily(false, 0), 40, 5],
    ['stack', stackFamily(0), 20, 5],
    ['stack', stackFamily(2), 20, 12],
    ['set', setFamily(false), 60, 5],
    ['set', setFamily(true), 40, 6],
    ['append-list', listFamily(5), 40, 8],
    ['multi-register', multiRegisterFamily(), 20, 8],
    ['append-kv', textFamily(), 14, 8],
  ] as const)('%s, %o: few of up to %d operations', (model, family, longest, few) => {
    let [failures, strong, confirmed] = [0, 0, 0];
    for (let i = 0; i < 100; i++) {
      const events = randomEvents(random(`any/${i}`), family, { operationsMax: longest });
      const header = { hermes: 1 as const, initial: family.initial, model };
      const verdict = judgeLinearizable({ header, events, nemesis: [] });
      if (verdict.valid !== false) continue;
      const [anomaly] = verdict.anomalies as readonly [Anomaly];
      const lines = events.map((e) => JSON.stringify(e)).join('\n');
      failures++;
      strong += anomaly.operations.length;
      expect(anomaly.operations.length, lines).toBeGreaterThan(0);
      expect(anomaly.why).not.toMatch(/undefined|NaN|\[object/);
      if (anomaly.detail?.['confirmed'] === true) confirmed++;
    }
    expect(failures).toBeGreaterThan(10);
    expect(strong / failures).toBeLessThan(few);
    expect(confirmed / failures).toBeGreaterThan(0.95);
  });

  test('a model of the user’s too', () => {
    const model = { ...mutexModel, name: 'mine' };
    let failures = 0;
    for (let i = 0; i < 20; i++) {
      const events = randomEvents(random(`mine/${i}`), mutexFamily(), { operationsMax: 30 });
      const verdict = judgeLinearizable({ header: { hermes: 1 }, events, nemesis: [] }, { model });
      if (verdict.valid !== false) continue;
      failures++;
      expect(verdict.anomalies[0]?.detail).toMatchObject({ confirmed: true });
    }
    expect(failures).toBeGreaterThan(3);
  });
});

describe('the second checker believes nothing', () => {
  const event = (
    index: number,
    process: number,
    type: HistoryEvent['type'],
    f: string,
    more: Partial<HistoryEvent> = {},
  ): HistoryEvent => ({ index, process, type, f, key: 1, value: null, time: index, ...more });
  const calls = callsByKey([
    event(0, 0, 'invoke', 'write', { value: 1 }),
    event(1, 0, 'ok', 'write', { value: 1 }),
    event(2, 1, 'invoke', 'read'),
    event(3, 1, 'ok', 'read', { value: 1 }),
  ])[0]?.calls as readonly Call[];
  const model = registerModel({ initial: null, nullIsZero: false });

  test('a write that somebody looks at may not be left out', () => {
    const reason = { calls, strong: [1], optional: new Map() };
    expect(unfounded(reason)).toBe('operation 0 could have been seen');
    expect(confirmReason(reason, model)).toBe(false);
  });

  test('an operation may not be moved, nor write or replace another value', () => {
    const write = calls[0] as Call;
    const open = { ...write, end: undefined, ret: 0x7fff_ffff };
    const weak = (call: Call) => unfounded({ calls, strong: [1], optional: new Map([[0, call]]) });
    expect(weak(open)).toBeUndefined();
    expect(weak(write)).toBe('operation 0 was moved');
    expect(weak({ ...open, call: 5 })).toBe('operation 0 was moved');
    expect(weak({ ...open, invoke: { ...open.invoke, value: 3 } })).toBe(
      'operation 0 writes another value',
    );
    expect(weak({ ...open, invoke: { ...open.invoke, f: 'cas', value: [7, 1] } })).toBe(
      'operation 0 replaces another value',
    );
  });

  test('what admits an order is no reason', () => {
    expect(confirmReason({ calls, strong: [0, 1], optional: new Map() }, model)).toBe(false);
  });

  test('an add whose sum nobody knows may not be left out of a register', () => {
    const adds = callsByKey([
      event(0, 0, 'invoke', 'add', { value: 1 }),
      event(1, 1, 'invoke', 'read'),
      event(2, 1, 'ok', 'read', { value: 2 }),
      event(3, 1, 'invoke', 'delete'),
      event(4, 1, 'ok', 'delete', { result: 1 }),
    ])[0]?.calls as readonly Call[];
    expect(unfounded({ calls: adds, strong: [2], optional: new Map() })).toBe(
      'operation 0 could have been seen',
    );
    expect(unfounded({ calls: adds, strong: [1], optional: new Map([[0, adds[0] as Call]]) })).toBe(
      'operation 2 could have been looked at',
    );
  });

  test('of counters and lists: claims that do not follow are refused', () => {
    const adds = callsByKey([
      event(0, 0, 'invoke', 'add', { value: 1 }),
      event(1, 0, 'ok', 'add', { value: 1, result: 1 }),
      event(2, 0, 'invoke', 'add', { value: 1 }),
      event(3, 0, 'ok', 'add', { value: 1, result: 2 }),
      event(4, 1, 'invoke', 'read'),
      event(5, 1, 'ok', 'read', { value: 2 }),
    ])[0]?.calls as readonly Call[];
    const refused = [
      { kind: 'same-answer', first: 0, second: 1 },
      { kind: 'same-answer', first: 0, second: 0 },
      { kind: 'inverted', before: 0, after: 1, links: [] },
      { kind: 'too-few', op: 2, needed: 2, called: 1 },
      { kind: 'no-place', op: 2 },
      { kind: 'phantom', op: 2 },
      { kind: 'exhausted', op: 2 },
    ] as const;
    for (const claim of refused) expect(confirmPlaces(adds, claim, 0, 'counter')).toBe(false);
    const lists = callsByKey([
      event(0, 0, 'invoke', 'append', { value: 'a' }),
      event(1, 0, 'ok', 'append', { value: 'a', result: 1 }),
      event(2, 1, 'invoke', 'read'),
      event(3, 1, 'ok', 'read', { value: ['a'] }),
    ])[0]?.calls as readonly Call[];
    for (const claim of [
      { kind: 'phantom', op: 1 },
      { kind: 'forked', first: 1, second: 1 },
      { kind: 'wrong-answer', op: 0, read: 1 },
      { kind: 'no-place', op: 0 },
      { kind: 'no-place', op: 1 },
      { kind: 'cycle', ops: [0] },
    ] as const)
      expect(confirmPlaces(lists, claim, null, 'list')).toBe(false);
  });
});

test('a value that is seen beside a long chain of replacements: the chain is cut', () => {
  const text = ['9 invoke write -7', '9 ok write -7'];
  for (let i = 1; i <= 3000; i++)
    text.push(`${i % 3} invoke getset ${i}`, `${i % 3} ok getset ${i} result=${i - 1}`);
  text.push('8 invoke read', '8 ok read -7');
  const verdict = judgeLinearizable(historyOf(text.join('\n'), { initial: 0, model: 'register' }));
  const [anomaly] = verdict.valid === false ? verdict.anomalies : [];
  expect(anomaly?.detail).toMatchObject({ algorithm: 'zones', confirmed: true, of: 3002 });
  expect([...(anomaly?.operations ?? []), ...(anomaly?.optional ?? [])].length).toBeLessThan(6);
});
