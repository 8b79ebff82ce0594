import { describe, expect, test } from 'vitest';
import type { Op, Value } from '../src/base/operation.ts';
import { random } from '../src/base/random.ts';
import type { Workload } from '../src/clients/workload.ts';
import type { HistoryEvent } from '../src/history/event.ts';
import counter from './counter.ts';
import mutex from './mutex.ts';
import session from './session.ts';
import set from './set.ts';
import uniqueIds from './unique-ids.ts';

function run(w: Workload, count = 3000, processes = 5): { ops: Op[]; keys: Map<number, Value> } {
  const state = w.init({ keys: 4, ops: count, mix: w.mix, valueBytes: 0 });
  const source = random(11);
  const keys = new Map<number, Value>();
  const names = Array.from({ length: processes }, (_, i) => i);
  const ops: Op[] = [];
  for (let i = 0; i < count; i++) {
    const slot = source.below(processes);
    const process = names[slot] as number;
    const key = source.below(4);
    const seen = source.chance(9, 10) ? keys.get(key) : undefined;
    const op = w.next(state, { process, node: 'n1', key, random: source, seen }) as Op;
    ops.push(op);
    let type: HistoryEvent['type'] = 'ok';
    if (op.f === 'cas') {
      const [old, next] = op.value as readonly [Value, Value];
      if ((keys.get(op.key) ?? null) === old) keys.set(op.key, next);
      else type = 'fail';
    }
    if (source.chance(1, 50)) type = 'info';
    w.update?.(state, { index: i, time: i, process, type, ...op });
    if (type === 'info') names[slot] = process + processes;
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  }
  return { ops, keys };
}

test.each([counter, uniqueIds, mutex, session, set].map((w) => [w.name, w as Workload] as const))(
  '%s asks for nothing that it does not name, and repeats itself',
  (_, w) => {
    const { ops } = run(w, 500);
    expect(new Set(ops.map(({ f }) => f))).toEqual(new Set(w.needs));
    expect(run(w, 500).ops).toEqual(ops);
  },
);

test('counter: steps of both signs, never 0', () => {
  const steps = run(counter as Workload)
    .ops.filter(({ f }) => f === 'add')
    .map(({ value }) => value);
  expect([...new Set(steps)].toSorted((a, b) => Number(a) - Number(b))).toEqual([
    -5, -4, -3, -2, -1, 1, 2, 3, 4, 5,
  ]);
});

test('unique-ids: additions of one', () => {
  expect(run(uniqueIds as Workload).ops.every(({ f, value }) => f === 'add' && value === 1)).toBe(
    true,
  );
});

test('session: a client stays with its key about half of the time, and writes no value twice', () => {
  const { ops } = run(session as Workload, 4000, 1);
  const stayed = ops.filter(({ key }, i) => key === ops[i - 1]?.key).length / ops.length;
  // Half, and a quarter of the others by chance.
  expect(stayed).toBeCloseTo(0.625, 1);
  const values = ops.filter(({ f }) => f === 'write').map(({ value }) => value);
  expect(new Set(values).size).toBe(values.length);
});

describe('mutex', () => {
  const { ops } = run(mutex as Workload);
  const moves = ops
    .filter(({ f }) => f === 'cas')
    .map(({ value }) => value as readonly [Value, number]);

  test('acquires what is free with a larger token, releases its own, and nothing else', () => {
    expect(moves.length).toBeGreaterThan(200);
    for (const [old, next] of moves) {
      if (next < 0) expect(old).toBe(-next);
      else expect(next).toBeGreaterThan(Math.abs(Number(old)));
    }
    expect(moves.some(([old]) => old === null)).toBe(true);
  });

  test('no token is handed out twice', () => {
    const tokens = moves.map(([, next]) => next).filter((token) => token > 0);
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  test('locks of clients that are gone are taken over: work goes on', () => {
    const takenOver = moves.filter(([old, next]) => next > 0 && Number(old) > 0);
    expect(takenOver.length).toBeGreaterThan(0);
    expect(moves.slice(-100).some(([, next]) => next > 0)).toBe(true);
  });
});
