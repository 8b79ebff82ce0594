/**
 * Several registers of which one operation reads or writes some at once: `txn` with
 * `[["r", key, value], ["w", key, value], …]`, in that order, as one step.
 */
import type { Value } from '../../base/operation.ts';
import type { Model } from '../checker.ts';

type Micro = readonly [string, Value, Value];

/** State: value by key. A read of nil matches a register that was never written, or any other. */
export function multiRegisterModel(initial: Value): Model<ReadonlyMap<string, Value>> {
  const start = new Map<string, Value>();
  if (Array.isArray(initial))
    for (const pair of initial as readonly (readonly [Value, Value])[])
      if (Array.isArray(pair)) start.set(JSON.stringify(pair[0]), pair[1]);
  return {
    name: 'multi-register',
    init: start,
    key: (s) => JSON.stringify([...s].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    traits(op) {
      const micros = microsOf(op.value);
      if (micros.every(([f]) => isRead(f))) return { pure: true };
      return micros.every(([f]) => !isRead(f)) ? { total: true } : {};
    },
    step(s, op, result) {
      if (op.f !== 'txn')
        throw new TypeError(`the multi-register model knows no operation "${op.f}"`);
      const after = new Map(s);
      const saw = result.type === 'ok';
      for (const [f, key, value] of microsOf(saw ? result.value : op.value)) {
        const name = JSON.stringify(key);
        if (!isRead(f)) after.set(name, value);
        else if (saw && value !== null && !same(after.get(name) ?? null, value)) return undefined;
      }
      return after;
    },
  };
}

/** Its micro-operations; what is none is left out. */
export function microsOf(value: Value | undefined): readonly Micro[] {
  return Array.isArray(value)
    ? (value as readonly Value[]).filter((m): m is Micro & Value => Array.isArray(m))
    : [];
}

export function isRead(f: string): boolean {
  return f === 'r' || f === 'read';
}

function same(x: Value, y: Value): boolean {
  return JSON.stringify(x) === JSON.stringify(y);
}
