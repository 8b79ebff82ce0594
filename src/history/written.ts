/**
 * What a success says was written, held against what was asked for. A completion may fill in what a read
 * found; whoever wrote something and is told of something else has a broken recorder, or a broken client, and
 * no verdict on such a history would mean anything.
 */
import type { Value } from '../base/operation.ts';

/** Operations whose value is what they write. */
const WRITING: ReadonlySet<string> = new Set([
  'write',
  'cas',
  'getset',
  'add',
  'remove',
  'append',
  'put',
  'enqueue',
  'push',
]);

/** Is the value of operations of that name what they write, whatever became of them? */
export function isWriting(f: string): boolean {
  return WRITING.has(f);
}

/** Does a success show something else than was asked to be written? Nil says nothing. */
export function contradicts(f: string, asked: Value, said: Value): boolean {
  if (said === null) return false;
  if (f === 'txn') return asked !== null && !sameMicros(micros(asked), micros(said));
  return isWriting(f) && !agrees(asked, said);
}

function agrees(asked: Value, said: Value): boolean {
  if (!Array.isArray(asked) || !Array.isArray(said))
    return asked === said || JSON.stringify(asked) === JSON.stringify(said);
  const others = said as readonly Value[];
  return (
    asked.length === others.length &&
    (asked as readonly Value[]).every(
      (each, i) => others[i] === null || agrees(each, others[i] as Value),
    )
  );
}

/** The same micro-operations on the same keys, and those that write write the same. */
function sameMicros(asked: readonly Value[], said: readonly Value[]): boolean {
  return (
    asked.length === said.length &&
    asked.every((each, i) => {
      const [f, key, value] = parts(each);
      const [otherF, otherKey, other] = parts(said[i] as Value);
      return f === otherF && agrees(key, otherKey) && (f === 'r' || agrees(value, other));
    })
  );
}

function parts(micro: Value): readonly [Value, Value, Value] {
  const [f = null, key = null, value = null] = asList(micro);
  return [f, key, value];
}

/** Micro-operations, alone or behind a key. */
function micros(value: Value): readonly Value[] {
  const list = asList(value);
  const behindKey = list.length === 2 && !Array.isArray(list[0]) && Array.isArray(list[1]);
  return behindKey ? asList(list[1] as Value) : list;
}

function asList(value: Value): readonly Value[] {
  return Array.isArray(value) ? (value as readonly Value[]) : [];
}
