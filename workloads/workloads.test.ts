import { describe, expect, test } from 'vitest';
import type { Op, Value } from '../src/base/operation.ts';
import { random } from '../src/base/random.ts';
import type { Workload } from '../src/clients/workload.ts';
import append from './append.ts';
import listAppend from './list-append.ts';
import register from './register.ts';
import rmw, { isCounter } from './rmw.ts';
import rwRegister from './rw-register.ts';

function opsOf(workload: Workload, mix = workload.mix, count = 4000): Op[] {
  const state = workload.init({ keys: 10, ops: count, mix, valueBytes: 0 });
  const source = random(7);
  return Array.from({ length: count }, (_, i) => {
    const key = source.below(10);
    const at = {
      process: i % 5,
      node: 'n1',
      key,
      random: source,
      seen: i % 3 === 0 ? i : undefined,
    };
    return workload.next(state, at) as Op;
  });
}

const share = (ops: readonly Op[], f: string): number =>
  ops.filter((op) => op.f === f).length / ops.length;

/** The value that an operation writes, where it names one. */
function written(op: Op): Value | undefined {
  if (op.f === 'cas') return (op.value as readonly Value[])[1];
  return op.f === 'read' || op.f === 'add' ? undefined : op.value;
}

describe.each(
  [register, rmw, append, listAppend, rwRegister].map((w) => [w.name, w as Workload] as const),
)('%s', (_, w) => {
  test('asks for nothing that it does not name', () => {
    expect(new Set(opsOf(w).map(({ f }) => f))).toEqual(new Set(w.needs));
  });

  test('writes no value twice', () => {
    const values = opsOf(w)
      .map(written)
      .filter((value) => value !== undefined);
    expect(new Set(values).size).toBe(values.length);
    expect(values).not.toContain(null);
  });

  test('its state is JSON, and the same seed makes the same operations', () => {
    const state = w.init({ keys: 10, ops: 10, mix: w.mix, valueBytes: 0 });
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    expect(opsOf(w)).toEqual(opsOf(w));
  });

  test('the mix is what was asked for', () => {
    expect(share(opsOf(w), 'read')).toBeCloseTo((w.mix['read'] as number) / 100, 1);
    expect(share(opsOf(w, { ...w.mix, read: 0 }), 'read')).toBe(0);
  });
});

test('rmw: counter keys see only add +1 and read, other keys never an add', () => {
  const ops = opsOf(rmw as Workload);
  const counters = ops.filter(({ key }) => isCounter(key, rmw.mix));
  const others = ops.filter(({ key }) => !isCounter(key, rmw.mix));
  expect(new Set(counters.map(({ f }) => f))).toEqual(new Set(['add', 'read']));
  expect(counters.filter(({ f }) => f === 'add').every(({ value }) => value === 1)).toBe(true);
  expect(others.some(({ f }) => f === 'add')).toBe(false);
});

test('rmw: the share of counter keys follows the weight of add', () => {
  const keys = Array.from({ length: 1000 }, (_, key) => key);
  const counters = (mix: Record<string, number>): number =>
    keys.filter((key) => isCounter(key, mix)).length;
  expect(counters({ read: 50, write: 50 })).toBe(0);
  expect(counters({ read: 50, add: 50 })).toBe(1000);
  expect(counters({ write: 30, add: 10 })).toBe(250);
});

test('append: elements have the width that the workload names', () => {
  const elements = opsOf(append as Workload).filter(({ f }) => f === 'append');
  for (const { value } of elements)
    expect(JSON.stringify(value)).toHaveLength(append.elementBytes as number);
});
