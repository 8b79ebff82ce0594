/**
 * Believes no checker: re-verifies what is said of counters and lists, from the events as recorded
 * and by definition, sharing no code with the algorithms.
 */
import type { Value } from '../../base/operation.ts';
import type { Call } from '../calls.ts';
import type { Conflict } from './conflict.ts';

/** Does the conflict follow from these events? `start`: what the counter began with; lists begin empty. */
export function confirmPlaces(
  calls: readonly Call[],
  conflict: Conflict,
  start: Value,
  kind: 'counter' | 'list',
): boolean {
  const it = kind === 'list' ? new ListFacts(calls) : new CounterFacts(calls, start);
  const call = (row: number): Call => calls[row] as Call;
  switch (conflict.kind) {
    case 'no-place':
      return it.impossible(call(conflict.op));
    case 'same-answer': {
      const [x, y] = [call(conflict.first), call(conflict.second)];
      return x !== y && it.adds(x) && it.adds(y) && it.place(x) === it.place(y);
    }
    case 'inverted': {
      const [before, after] = [call(conflict.before), call(conflict.after)];
      const [p, q] = [it.place(before), it.place(after)];
      const first = p < q || (p === q && it.adds(before) && !it.adds(after));
      return first && before.call > after.ret;
    }
    case 'too-few': {
      const op = call(conflict.op);
      const q = it.place(op);
      const before = calls.filter(
        (c) => it.adds(c) && c.call < op.ret && !(it.place(c) > q) && c.end?.type !== 'fail',
      );
      return before.length < q;
    }
    case 'phantom':
    case 'forked':
    case 'wrong-answer':
      return it instanceof ListFacts && it.contradicts(conflict, call);
    default:
      return false;
  }
}

/** Adds of one step. A place is a number of steps from the start; NaN: not known. */
class CounterFacts {
  readonly #start: number;
  readonly #step: number;

  constructor(calls: readonly Call[], start: Value) {
    this.#start = typeof start === 'number' ? start : 0;
    const steps = calls.filter((c) => this.adds(c)).map((c) => c.invoke.value);
    this.#step = steps.every((d) => d === steps[0]) ? Number(steps[0]) : Number.NaN;
  }

  adds(call: Call): boolean {
    return call.invoke.f === 'add' && call.end?.type !== 'fail';
  }

  place(call: Call): number {
    const told = answer(call);
    if (told === undefined) return Number.NaN;
    return (Number(told ?? 0) - this.#start) / this.#step;
  }

  impossible(call: Call): boolean {
    const told = answer(call);
    if (told !== null && typeof told !== 'number') return true;
    const place = this.place(call);
    return !Number.isInteger(place) || place < 0 || (this.adds(call) && place < 1);
  }
}

/** A list: the place of a read is its length, that of an append its answer, else where a read shows it. */
class ListFacts {
  readonly #calls: readonly Call[];
  #longest: readonly Value[] = [];

  constructor(calls: readonly Call[]) {
    this.#calls = calls;
    for (const call of calls) {
      const list = this.#list(call);
      if (list !== undefined && list.length > this.#longest.length) this.#longest = list;
    }
  }

  adds(call: Call): boolean {
    return call.invoke.f === 'append' && call.end?.type !== 'fail';
  }

  place(call: Call): number {
    const list = this.#list(call);
    if (list !== undefined) return list.length;
    const told = answer(call);
    if (typeof told === 'number') return told;
    const at = this.#longest.findIndex((e) => same(e, call.invoke.value));
    if (at !== -1) return at + 1;
    return call.end?.type === 'ok' ? this.#longest.length + 1 : Number.NaN;
  }

  impossible(call: Call): boolean {
    if (call.invoke.f !== 'append') return this.#list(call) === undefined;
    const told = answer(call);
    return told !== undefined && !(Number.isInteger(told) && (told as number) >= 1);
  }

  contradicts(conflict: Conflict, call: (row: number) => Call): boolean {
    if (conflict.kind === 'phantom') {
      const list = this.#list(call(conflict.op)) ?? [];
      return list.some(
        (e, i) =>
          list.findIndex((x) => same(x, e)) !== i ||
          !this.#calls.some((c) => this.adds(c) && same(c.invoke.value, e)),
      );
    }
    if (conflict.kind === 'forked') {
      const [x, y] = [this.#list(call(conflict.first)), this.#list(call(conflict.second))];
      return x !== undefined && y !== undefined && y.some((e, i) => i < x.length && !same(e, x[i]));
    }
    if (conflict.kind !== 'wrong-answer') return false;
    const list = this.#list(call(conflict.read)) ?? [];
    const told = answer(call(conflict.op)) as number;
    const at = list.findIndex((e) => same(e, call(conflict.op).invoke.value));
    return at === -1 ? told <= list.length : at + 1 !== told;
  }

  #list(call: Call): readonly Value[] | undefined {
    if (call.invoke.f !== 'read' || call.end?.type !== 'ok') return undefined;
    if (call.end.value === null) return [];
    return Array.isArray(call.end.value) ? (call.end.value as readonly Value[]) : undefined;
  }
}

/** What the operation was told; undefined: nothing. */
function answer({ invoke, end }: Call): Value | undefined {
  if (end?.type === 'fail') return end.observed;
  if (end?.type !== 'ok') return undefined;
  return invoke.f === 'read' ? end.value : end.result;
}

function same(x: Value | undefined, y: Value | undefined): boolean {
  return JSON.stringify(x) === JSON.stringify(y);
}
