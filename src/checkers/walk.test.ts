import { describe, expect, test } from 'vitest';
import { type Random, random } from '../base/random.ts';
import type { History } from '../history/event.ts';
import { type Call, asUnknown } from './calls.ts';
import { checkHistory } from './check.ts';
import { historyOf } from './history.case.ts';
import { bruteForce } from './linearizability/brute-force.ts';
import { registerModel } from './models/register.ts';
import { callsOf } from './properties/judge-property.ts';
import { randomEvents, registerFamily } from './random-history.case.ts';
import type { Anomaly } from './verdict.ts';
import { walkAnomaly } from './walk-anomaly.ts';
import { type Walk, walk } from './walk.ts';

const model = registerModel({ initial: null, nullIsZero: false });
const show = (state: unknown): string => JSON.stringify(state);
const walked = (calls: readonly Call[]): Walk | undefined => walk(calls, model as never, { show });

function anomalies(history: History): readonly Anomaly[] {
  const verdict = checkHistory(history);
  return verdict.valid === false ? verdict.anomalies : [];
}

const STALE = `
  0 invoke write 1
  0 ok write 1
  1 invoke write 2
  2 invoke write 3
  3 invoke read
  3 ok read 2
  0 invoke read
  0 ok read 1`;

describe('the walk', () => {
  const { steps, stuck, tried, skipped } = walked(callsOf(historyOf(STALE)).all) as Walk;

  test('goes from answer to answer, with every state that is possible', () => {
    expect(skipped).toBe(0);
    expect(steps.map(({ event, states }) => [event, states])).toEqual([
      [undefined, ['null']],
      [0, ['1']],
      [4, ['2']],
    ]);
    expect(steps[2]?.ways).toEqual([
      {
        state: '2',
        last: [
          { event: 0, state: '1' },
          { event: 2, state: '2' },
          { event: 4, state: '2' },
        ],
        longer: false,
        early: [2],
      },
    ]);
  });

  test('tells what each running operation would give', () => {
    expect(steps[1]?.next).toEqual([
      { event: 2, gives: [['1', '2']], never: [], done: false },
      { event: 3, gives: [['1', '3']], never: [], done: false },
      { event: 4, gives: [], never: ['1'], done: false },
    ]);
    expect(steps[2]?.next.map(({ event, done }) => [event, done])).toEqual([
      [2, true],
      [3, true],
      [6, false],
    ]);
  });

  test('ends at the answer that has no place, with all that can come before it', () => {
    expect(stuck).toBe(6);
    expect(tried.map(({ state, early }) => [state, early])).toEqual([
      ['2', [2]],
      ['3', [2, 3]],
    ]);
  });
});

test('a long one keeps its end, and one that is too wide is given up', () => {
  const write = (n: number): string => `0 invoke write ${n}\n0 ok write ${n}\n`;
  const long = Array.from({ length: 100 }, (_, n) => write(n)).join('');
  const end = '0 invoke read\n0 ok read 3';
  const { steps, skipped } = walked(callsOf(historyOf(long + end)).all) as Walk;
  expect([steps.length, skipped]).toEqual([40, 61]);
  expect(steps.at(-1)).toMatchObject({ event: 198, states: ['99'] });
  const wide = Array.from({ length: 20 }, (_, p) => `${p} invoke write ${p}\n`).join('');
  expect(walked(callsOf(historyOf(`${wide}50 invoke read\n50 ok read 77`)).all)).toBeUndefined();
});

const randomCalls = (r: Random, fs?: readonly string[]): readonly Call[] => {
  const all = randomEvents(r, registerFamily(r.pick([0, 2])));
  const events = fs === undefined ? all : all.filter(({ f }) => fs.includes(f));
  return callsOf({ header: { hermes: 1 }, events, nemesis: [] }).all;
};

test('gets stuck if and only if brute force finds no order', () => {
  const r = random(5);
  const seen = { stuck: 0, through: 0 };
  for (let i = 0; i < 3000; i++) {
    const calls = randomCalls(r);
    const found = walked(calls);
    seen[found === undefined ? 'through' : 'stuck']++;
    expect(found === undefined, JSON.stringify(calls)).toBe(bruteForce(calls, model));
  }
  expect(Math.min(seen.stuck, seen.through)).toBeGreaterThan(500);
});

test('before the answer at which it is stuck there is an order, with it there is none', () => {
  const r = random(6);
  let stuck = 0;
  for (let i = 0; i < 3000; i++) {
    // What fails later has not failed yet: that is hindsight.
    const calls = randomCalls(r, ['read', 'write']).filter(({ end }) => end?.type !== 'fail');
    const found = walked(calls);
    if (found === undefined) continue;
    stuck++;
    const { ret } = calls.find(({ invoke }) => invoke.index === found.stuck) as Call;
    const before = (rank: number): Call[] =>
      calls.flatMap((call) =>
        call.call >= rank ? [] : [call.ret < rank ? call : asUnknown(call)],
      );
    expect(bruteForce(before(ret), model)).toBe(true);
    expect(bruteForce(before(ret + 1), model)).toBe(false);
  }
  expect(stuck).toBeGreaterThan(100);
});

describe('the walk of an anomaly', () => {
  const through = (history: History): Walk | undefined =>
    walkAnomaly(anomalies(history)[0] as Anomaly, callsOf(history).all, {});

  test('goes through the whole key, other keys aside', () => {
    const noise = '8 invoke write key=7 5\n8 ok write key=7 5\n';
    expect(through(historyOf(noise + STALE))).toMatchObject({
      stuck: 8,
      skipped: 0,
      through: 'key',
    });
  });

  test('through the evidence where the key is too wide, and from any value where it begins late', () => {
    const crowd = Array.from({ length: 24 }, (_, p) => `${p} invoke write ${p + 10}\n`).join('');
    const history = historyOf(
      `${crowd}50 invoke write 1\n50 ok write 1\n51 invoke write 2\n51 ok write 2\n50 invoke read\n50 ok read 1`,
    );
    const found = through(history) as Walk;
    expect(found).toMatchObject({ stuck: 28, through: 'evidence' });
    expect(found.steps.length).toBeLessThan(4);
    expect(found.tried.map(({ state }) => state)).toEqual(['2']);
  });

  test('knows lists, counters and own models; other anomalies have none', () => {
    const list =
      '0 invoke append 1\n0 ok append 1\n1 invoke read\n1 ok read [1]\n1 invoke read\n1 ok read []';
    expect(through(historyOf(list))).toMatchObject({ stuck: 4, tried: [{ state: '[1]' }] });
    const lost = '0 invoke add 1\n1 invoke add 1\n0 ok add 1 result=1\n1 ok add 1 result=1';
    expect(through(historyOf(lost))).toMatchObject({ stuck: 1 });
    const put = [1, 2].map((n) => `0 invoke enqueue ${n}\n0 ok enqueue ${n}\n`).join('');
    const taken = [2, 1].map((n) => `1 invoke dequeue\n1 ok dequeue ${n}\n`).join('');
    const overtaken = historyOf(put + taken, { model: 'queue' });
    const [overtaking] = anomalies(overtaken);
    expect(
      walkAnomaly(overtaking as Anomaly, callsOf(overtaken).all, { model: 'queue' }),
    ).toMatchObject({ stuck: 4, tried: [{ state: '[1 2]' }] });
    const broken = {
      ...model,
      step: () => {
        throw new Error('oh');
      },
    };
    const history = historyOf(STALE);
    const [anomaly] = anomalies(history);
    const calls = callsOf(history).all;
    expect(walkAnomaly(anomaly as Anomaly, calls, { model: broken as never })).toBeUndefined();
    expect(walkAnomaly({ ...(anomaly as Anomaly), type: 'lost' }, calls, {})).toBeUndefined();
  });
});
