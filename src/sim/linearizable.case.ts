/**
 * A second opinion on histories, for tests: is there an order of the operations of each key that a
 * single copy could have answered so? Depth-first over the open operations, with memory; written for
 * short histories and to be read, and sharing nothing with the checkers proper.
 */
import type { Op, Value } from '../base/operation.ts';
import type { History, HistoryEvent } from '../history/event.ts';

interface Call {
  readonly op: Op;
  readonly call: number;
  readonly ret: number;
  /** Absent: nobody knows what it would have answered. */
  readonly answer: HistoryEvent | undefined;
}

/** Says which key cannot be ordered, or undefined. */
export function notLinearizable(history: History): string | undefined {
  for (const [key, calls] of callsByKey(history))
    if (!orderable(calls))
      return `the ${calls.length} operations on key ${key} cannot be put in any order`;
  return undefined;
}

function callsByKey(history: History): Map<unknown, Call[]> {
  const open = new Map<unknown, HistoryEvent>();
  const byKey = new Map<unknown, Call[]>();
  const put = (invoke: HistoryEvent, answer: HistoryEvent | undefined): void => {
    const op = { f: invoke.f, key: invoke.key as number, value: invoke.value };
    const known = answer?.type === 'info' ? undefined : answer;
    if (known?.type === 'fail' && known.observed === undefined) return;
    if (!known && op.f === 'read') return;
    const ret = known?.index ?? Number.POSITIVE_INFINITY;
    byKey.set(op.key, [
      ...(byKey.get(op.key) ?? []),
      { op, call: invoke.index, ret, answer: known },
    ]);
  };
  for (const event of history.events) {
    if (event.type === 'invoke') open.set(event.process, event);
    else {
      put(open.get(event.process) as HistoryEvent, event);
      open.delete(event.process);
    }
  }
  for (const invoke of open.values()) put(invoke, undefined);
  return byKey;
}

/** A history that needs more is left to the checkers proper. */
const MOST_STATES = 5000;

/** Wing and Gong's search with Lowe's memory of (what is done, value). */
function orderable(calls: readonly Call[]): boolean {
  const known = new Set<string>();
  const done = new Uint8Array(calls.length);
  let left = calls.filter((c) => c.answer).length;
  const search = (value: Value): boolean => {
    if (left === 0) return true;
    const seen = `${String.fromCharCode(...done)}${JSON.stringify(value)}`;
    if (known.has(seen)) return false;
    known.add(seen);
    // Too much to search: not judged here.
    if (known.size > MOST_STATES) return true;
    const firstReturn = Math.min(...calls.filter((_, i) => !done[i]).map((c) => c.ret));
    for (const [i, c] of calls.entries()) {
      if (done[i] || c.call > firstReturn) continue;
      const next = after(value, c);
      if (next === undefined) continue;
      done[i] = 1;
      left -= c.answer ? 1 : 0;
      if (search(next)) return true;
      left += c.answer ? 1 : 0;
      done[i] = 0;
    }
    return false;
  };
  return search(null);
}

/** The value after an operation, or undefined: it cannot have answered so here. */
function after(value: Value, { op, answer }: Call): Value | undefined {
  const list = Array.isArray(value) ? (value as Value[]) : [];
  const result = answer?.result;
  const fits = (next: Value, expected: Value): Value | undefined =>
    answer === undefined || same(result ?? null, expected) ? next : undefined;
  switch (op.f) {
    case 'read':
      return same(answer?.value ?? null, value) ? value : undefined;
    case 'write':
      return op.value;
    case 'cas': {
      const [expected, next] = op.value as [Value, Value];
      if (answer?.type === 'fail') return same(answer.observed ?? null, value) ? value : undefined;
      return same(value, expected) ? next : undefined;
    }
    case 'getset':
      return fits(op.value, value);
    case 'delete':
      return fits(null, value === null ? 0 : 1);
    case 'add':
      return fits(
        Number(value ?? 0) + (op.value as number),
        Number(value ?? 0) + (op.value as number),
      );
    case 'append':
      return fits([...list, op.value], list.length + 1);
    default:
      throw new TypeError(`not judged here: ${op.f}`);
  }
}

/** An empty list, and 0 of a counter, are what absence reads as. */
function same(a: Value, b: Value): boolean {
  return JSON.stringify(a) === JSON.stringify(b) || (isNothing(a) && isNothing(b));
}

function isNothing(value: Value): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}
