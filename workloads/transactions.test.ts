/** Several operations as the micro-operations of one, where the system has transactions. */
import { describe, expect, test } from 'vitest';
import type { Op, Value } from '../src/base/operation.ts';
import { random } from '../src/base/random.ts';
import type { Workload } from '../src/clients/workload.ts';
import listAppend from './list-append.ts';
import rwRegister from './rw-register.ts';

type Micro = readonly [f: string, key: number, value: Value];

describe.each([
  ['append', listAppend as Workload],
  ['w', rwRegister as Workload],
])('%s', (write, workload) => {
  function run(txnLength: number | undefined, count = 600) {
    const state = workload.init({
      keys: 3,
      ops: count,
      mix: workload.mix,
      valueBytes: 0,
      txnLength,
    });
    const source = random(3);
    const ops = Array.from({ length: count }, (_, i) => {
      // Keys retire: after a third of the run there are others.
      const key = source.below(3) + 10 * Math.floor((3 * i) / count);
      const at = { process: i % 5, node: 'n1', key, random: source, seen: undefined };
      return { key, op: workload.next(state, at) as Op };
    });
    return { ops, final: workload.final?.(state) };
  }

  test('without transactions an operation stays what it is, and every key is read at the end', () => {
    const { ops, final } = run(undefined);
    expect(ops.every(({ op }) => op.f !== 'txn')).toBe(true);
    expect(final).toBeUndefined();
  });

  test('transactions have up to so many micro-operations, on keys in use, each value once', () => {
    const { ops } = run(4);
    const all = ops.map(({ key, op }) => ({ key, micros: op.value as unknown as Micro[] }));
    expect(ops.every(({ op }) => op.f === 'txn')).toBe(true);
    expect(new Set(all.map(({ micros }) => micros.length))).toEqual(new Set([1, 2, 3, 4]));
    const micros = all.flatMap((each) => each.micros);
    const written = micros.filter(([f]) => f === write).map(([, , value]) => value);
    expect(new Set(written).size).toBe(written.length);
    expect(micros.filter(([f]) => f === 'r').every(([, , value]) => value === null)).toBe(true);
    expect(micros.length - written.length).toBeGreaterThan(100);
    for (const { key, micros: own } of all) {
      expect(own[0]?.[1]).toBe(key);
      // A key of two turns ago is in use no more.
      for (const [, other] of own)
        expect(Math.floor(key / 10) - Math.floor(other / 10)).toBeLessThan(2);
    }
    expect(all.some(({ micros: own }) => new Set(own.map(([, key]) => key)).size > 1)).toBe(true);
  });

  test('at the end every key that was met is read by a transaction', () => {
    const { ops, final } = run(2);
    expect(new Set(final?.map(({ key }) => key))).toEqual(new Set(ops.map(({ key }) => key)));
    expect(final?.[0]).toMatchObject({ f: 'txn', value: [['r', expect.any(Number), null]] });
  });
});
