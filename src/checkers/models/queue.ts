/**
 * Sequential queues: `enqueue` an element, `dequeue` one (answered with it; with nil where the queue was
 * empty). First in first out, or in any order.
 */
import type { Value } from '../../base/operation.ts';
import { type Call, isCertain, isUnknown } from '../calls.ts';
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

/**
 * What a bag may hold: more than one possibility once somebody may have taken out nobody knows what.
 * `free`: so many to so many of the elements that nobody is known to have taken.
 */
interface Bags {
  readonly bags: readonly (readonly string[])[];
  readonly free: readonly [number, number];
}

/**
 * State: the possible contents, each as sorted text.
 *
 * With the calls of the history given, where each element is put in once, those that nobody is known to
 * have taken are only counted: a dequeue whose answer nobody saw can have taken nothing else. It took
 * nothing where the bag was never seen empty, since then it does not matter.
 */
export function bagModel(initial: Value, calls: readonly Call[] = []): Model<Bags> {
  const start = startOf(initial).toSorted();
  const taken = calls.length === 0 || start.length > 0 ? undefined : takenAtAll(calls);
  const seenEmpty =
    calls.length === 0 || calls.some((c) => c.invoke.f === 'dequeue' && isNil(c.end));
  const isFree = (element: string): boolean => taken?.has(element) === false;
  const lossy = calls.length === 0 || calls.some((c) => c.invoke.f === 'dequeue' && isUnknown(c));
  return {
    name: 'unordered-queue',
    init: { bags: [start], free: [0, 0] },
    key: ({ bags, free }) => `${free.join(' ')}\r${bags.map((bag) => bag.join('\n')).join('\r')}`,
    traits(op, result) {
      if (op.f === 'enqueue') return { total: true };
      if (result.type === 'info') return { pure: !seenEmpty };
      return { pure: result.type !== 'ok' || (!lossy && result.value === null) };
    },
    step(s, op, result) {
      const { bags, free } = s;
      const element = JSON.stringify(op.value);
      if (op.f === 'enqueue')
        return isFree(element)
          ? { bags, free: [free[0] + 1, free[1] + 1] }
          : { bags: bags.map((bag) => [...bag, element].toSorted()), free };
      if (op.f !== 'dequeue') throw new TypeError(`the queue model knows no operation "${op.f}"`);
      if (result.type === 'fail' || (result.type === 'info' && !seenEmpty)) return s;
      if (result.type === 'info')
        return {
          bags: taken === undefined ? different(bags.flatMap(oneLess)) : bags,
          free: [Math.max(0, free[0] - 1), free[1]],
        };
      if (result.value === null)
        return free[0] === 0 && bags.some((bag) => bag.length === 0) ? EMPTY_BAG : undefined;
      const after = different(bags.flatMap((bag) => without(bag, JSON.stringify(result.value))));
      return after.length === 0 ? undefined : { bags: after, free };
    },
  };
}

const EMPTY_BAG: Bags = { bags: [[]], free: [0, 0] };

/** A bag as it is, and without one of its elements. */
function oneLess(bag: readonly string[]): (readonly string[])[] {
  return [bag, ...bag.map((_, i) => bag.toSpliced(i, 1))];
}

function without(bag: readonly string[], element: string): (readonly string[])[] {
  const at = bag.indexOf(element);
  return at === -1 ? [] : [bag.toSpliced(at, 1)];
}

/** Each once, in one order. */
function different(bags: Bags['bags']): Bags['bags'] {
  if (bags.length < 2) return bags;
  const known = new Map(bags.map((bag) => [bag.join('\n'), bag]));
  return [...known.keys()].toSorted().map((key) => known.get(key) as readonly string[]);
}

/** Elements that somebody was given; undefined: one is put in twice. */
function takenAtAll(calls: readonly Call[]): ReadonlySet<string> | undefined {
  const put = calls.filter((c) => c.invoke.f === 'enqueue' && c.end?.type !== 'fail');
  if (new Set(put.map((c) => JSON.stringify(c.invoke.value))).size < put.length) return undefined;
  const got = calls.filter((c) => c.invoke.f === 'dequeue' && c.end?.type === 'ok');
  return new Set(got.map((c) => JSON.stringify(c.end?.value)));
}

function isNil(end: Call['end']): boolean {
  return end?.type === 'ok' && end.value === null;
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
