/**
 * Sequential queues: `enqueue` an element, `dequeue` one (answered with it; with nil where the queue was
 * empty). First in first out, or in any order.
 */
import type { Value } from '../../base/operation.ts';
import { type Call, isCertain } from '../calls.ts';
import type { Model } from '../checker.ts';

/**
 * State: the elements as text, oldest first.
 *
 * With the calls of the history given, a step refuses an order that can never be completed: b behind a,
 * where b was taken out before anybody began to take out a. Only where each element is put in once.
 */
export function queueModel(initial: Value, calls: readonly Call[] = []): Model<readonly string[]> {
  const taken = takenOut(calls);
  return {
    name: 'queue',
    init: startOf(initial),
    key: (s) => s.join('\n'),
    traits: (_, result) => (result.type === 'ok' && result.value === null ? { pure: true } : {}),
    step(s, op, result) {
      if (op.f === 'enqueue') {
        const element = JSON.stringify(op.value);
        const out = taken?.get(element)?.ret ?? Infinity;
        if (taken !== undefined && s.some((e) => out < (taken.get(e)?.call ?? Infinity)))
          return undefined;
        return [...s, element];
      }
      if (op.f !== 'dequeue') throw new TypeError(`the queue model knows no operation "${op.f}"`);
      if (result.type !== 'ok') return s.slice(1);
      if (result.value === null) return s.length === 0 ? s : undefined;
      return s[0] === JSON.stringify(result.value) ? s.slice(1) : undefined;
    },
  };
}

/** State: the elements as text, sorted. A dequeue whose answer nobody saw is taken not to have happened. */
export function bagModel(initial: Value): Model<readonly string[]> {
  return {
    name: 'unordered-queue',
    init: startOf(initial).toSorted(),
    key: (s) => s.join('\n'),
    traits(op, result) {
      if (op.f === 'enqueue') return { total: true };
      return result.type !== 'ok' || result.value === null ? { pure: true } : {};
    },
    step(s, op, result) {
      if (op.f === 'enqueue') return [...s, JSON.stringify(op.value)].toSorted();
      if (op.f !== 'dequeue') throw new TypeError(`the queue model knows no operation "${op.f}"`);
      if (result.type !== 'ok') return s;
      if (result.value === null) return s.length === 0 ? s : undefined;
      const at = s.indexOf(JSON.stringify(result.value));
      return at === -1 ? undefined : s.toSpliced(at, 1);
    },
  };
}

function startOf(initial: Value): string[] {
  return Array.isArray(initial) ? (initial as readonly Value[]).map((e) => JSON.stringify(e)) : [];
}

/** When each element was taken out; undefined: nothing can be foretold. */
function takenOut(
  calls: readonly Call[],
): ReadonlyMap<string, { readonly call: number; readonly ret: number }> | undefined {
  const taken = new Map<string, { call: number; ret: number }>();
  const put = new Set<string>();
  for (const call of calls) {
    if (call.invoke.f === 'enqueue') {
      const element = JSON.stringify(call.invoke.value);
      if (put.has(element)) return undefined;
      put.add(element);
    } else if (!isCertain(call)) {
      // It may have taken out any of them.
      if (call.end?.type !== 'fail') return undefined;
    } else taken.set(JSON.stringify(call.end?.value ?? null), { call: call.call, ret: call.ret });
  }
  return taken;
}
