/**
 * Weaker histories: steps that turn a linearizable history into a linearizable one. So if what is
 * left is still not linearizable, what was left strong is a true reason.
 *
 * - a read, or a failure that tells what was there: left out;
 * - a writer: made optional (open to the end; it may never have happened);
 * - an optional replacement: made blind (a write of its new value);
 * - an optional writer: left out, but *only* if nothing kept looks at the value it writes. (Leaving
 *   out one that somebody looks at removes possibilities and proves nothing.)
 */
import type { Value } from '../../base/operation.ts';
import { type Call, asUnknown, isCertain, isUnknown } from '../calls.ts';

/** More than one value, or one that is not known. */
const ANY = Symbol('any');

export type Level = 'strong' | 'optional' | 'blind' | 'out';

/** The calls of a weaker history; `rows` leads back to the stronger one. */
export interface Weakened {
  readonly calls: readonly Call[];
  readonly rows: readonly number[];
}

/** What may be done to the operations of an object. */
export interface Weakening {
  /** The weakest that an operation may be by itself. */
  weakest(call: Call): Level;
  /** Takes out what cannot matter. */
  prune(calls: readonly Call[], levels: Level[]): void;
}

/** Of registers. */
export const REGISTER_WEAKENING: Weakening = {
  weakest,
  prune: (calls, levels) => dropUnseen(calls, levels),
};

/** The weakest that each operation may be by itself: reads out, writers optional, failures out. */
function weakest(call: Call): Level {
  if (call.invoke.f === 'read' || call.invoke.f === 'not' || call.end?.type === 'fail')
    return 'out';
  return 'optional';
}

/** Builds the history in which each operation has its level. */
export function weakened(calls: readonly Call[], levels: readonly Level[]): Weakened {
  const kept: Call[] = [];
  const rows: number[] = [];
  for (let row = 0; row < calls.length; row++) {
    const call = calls[row] as Call;
    const level = levels[row];
    if (level === 'out') continue;
    rows.push(row);
    kept.push(level === 'strong' ? call : level === 'blind' ? blind(call) : optionalOf(call));
  }
  return { calls: kept, rows };
}

/** The same operation as one that may have happened or not, with the values that it is known to have replaced and made. */
export function optionalOf(call: Call): Call {
  const { invoke, end } = call;
  const known = replaced(call);
  if (known === undefined || end?.type !== 'ok') return asUnknown(call);
  return asUnknown({ ...call, invoke: { ...invoke, f: 'cas', value: known } });
}

function blind(call: Call): Call {
  const to = replaced(call)?.[1];
  return asUnknown(
    to === undefined ? call : { ...call, invoke: { ...call.invoke, f: 'write', value: to } },
  );
}

/** [old, new] of an operation that is known to replace one value by another. */
export function replaced({ invoke, end }: Call): readonly [Value, Value] | undefined {
  const result = end?.type === 'ok' ? end.result : undefined;
  if (invoke.f === 'cas') return invoke.value as unknown as readonly [Value, Value];
  if (invoke.f === 'getset' && result !== undefined) return [result, invoke.value];
  if (invoke.f === 'add' && typeof result === 'number')
    return [result - (invoke.value as number), result];
  return undefined;
}

/** Takes out optional writers of values at which nothing kept looks, until there are none. O(operations). */
function dropUnseen(calls: readonly Call[], levels: Level[]): void {
  const lookers = new Map<string, number>();
  const makers = new Map<string, number[]>();
  for (let row = 0; row < calls.length; row++) {
    const level = levels[row] as Level;
    if (level === 'out') continue;
    const call = calls[row] as Call;
    const looked = lookedAt(call, level);
    if (looked === ANY) return;
    if (looked !== undefined) lookers.set(text(looked), (lookers.get(text(looked)) ?? 0) + 1);
    const made = level === 'strong' ? ANY : makes(call);
    if (made === ANY) continue;
    const known = makers.get(text(made));
    if (known === undefined) makers.set(text(made), [row]);
    else known.push(row);
  }
  const unseen = [...makers.keys()].filter((value) => !lookers.has(value));
  for (let value = unseen.pop(); value !== undefined; value = unseen.pop())
    for (const row of makers.get(value) ?? []) {
      const looked = lookedAt(calls[row] as Call, levels[row] as Level);
      levels[row] = 'out';
      if (looked === undefined || looked === ANY) continue;
      const left = (lookers.get(text(looked)) ?? 0) - 1;
      lookers.set(text(looked), left);
      if (left === 0) unseen.push(text(looked));
    }
}

/** The value on which it depends that the operation is possible; `ANY`: more than one, or not known. */
function lookedAt(call: Call, level: Level): Value | typeof ANY | undefined {
  if (level === 'out') return undefined;
  if (level === 'blind' && replaced(call) !== undefined) return undefined;
  const { invoke, end } = call;
  if (invoke.f === 'not') return ANY;
  if (end?.type === 'fail') return isCertain(call) ? (end.observed as Value) : undefined;
  if (invoke.f === 'read') return isUnknown(call) ? undefined : (end?.value as Value);
  const from = replaced(call)?.[0];
  if (from !== undefined) return from;
  const removed = invoke.f === 'delete' && end?.type === 'ok' ? end.result : undefined;
  if (removed === 0) return null;
  return removed === 1 || invoke.f === 'add' ? ANY : undefined;
}

function makes(call: Call): Value | typeof ANY {
  const to = replaced(call)?.[1];
  if (to !== undefined) return to;
  if (call.invoke.f === 'delete') return null;
  return call.invoke.f === 'add' ? ANY : call.invoke.value;
}

/** Equal for equal values. On keys that see `add` absent and 0 are one: never told apart here. */
function text(value: Value): string {
  return value === null ? '0' : JSON.stringify(value);
}
