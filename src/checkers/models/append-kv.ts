/**
 * A text per key: `get`, `put`, `append` (Porcupine's key-value histories). Absent is the empty text.
 *
 * A text with which no text that was ever read begins can never be read again before a put: all of
 * those are one *dead* state. Exact, and it is what keeps blind appends from multiplying.
 */
import type { Value } from '../../base/operation.ts';
import { type Call, isCertain } from '../calls.ts';
import type { Model } from '../checker.ts';

const DEAD = null;

/** State: the text, or dead. Without calls nothing is known, and nothing ever dead. */
export function appendKvModel(
  initial: Value,
  calls: readonly Call[] = [],
): Model<string | typeof DEAD> {
  const read = [...new Set(calls.flatMap(textRead))].toSorted();
  const puts = [
    ...new Set(calls.flatMap(({ invoke: { f, value } }) => (f === 'put' ? textOf(value) : []))),
  ];
  const alive = (text: string): string | typeof DEAD =>
    calls.length === 0 || beginsOne(read, text) ? text : DEAD;
  return {
    name: 'append-kv',
    init: textOf(initial),
    key: (s) => (s === DEAD ? 0 : `"${s}`),
    traits(op) {
      if (op.f === 'get') return { pure: true };
      return op.f === 'put' ? { reset: true } : { total: true };
    },
    viable(s, op, result) {
      if (op.f !== 'get' || result.type !== 'ok') return true;
      const wanted = textOf(result.value);
      return (s !== DEAD && wanted.startsWith(s)) || puts.some((put) => wanted.startsWith(put));
    },
    step(s, op, result) {
      switch (op.f) {
        case 'get':
          if (result.type !== 'ok') return s;
          return s === textOf(result.value) ? s : undefined;
        case 'put':
          return alive(textOf(op.value));
        case 'append':
          return s === DEAD ? DEAD : alive(s + textOf(op.value));
        default:
          throw new TypeError(`the append-kv model knows no operation "${op.f}"`);
      }
    },
  };
}

function textRead(call: Call): string[] {
  return call.invoke.f === 'get' && isCertain(call) ? [textOf(call.end?.value ?? null)] : [];
}

function textOf(value: Value): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Does one of the sorted texts begin with this one? */
function beginsOne(sorted: readonly string[], text: string): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as string) < text) low = middle + 1;
    else high = middle;
  }
  return sorted[low]?.startsWith(text) === true;
}
