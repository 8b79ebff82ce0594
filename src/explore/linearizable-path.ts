/**
 * Is what clients were told so far linearizable? Followed step by step along a path: the set of
 * registers that are still possible, each with the operations that have taken effect in it.
 *
 * Knows nothing of the protocol. Operations are blind writes and exchanges (write, answer the old
 * value) of values that differ; reads take no time. An operation without an answer stays open.
 */
import type { Bytes, Command, Key, Result } from '../base/operation.ts';
import type { Happening } from './happening.ts';

/** What clients may ask, by request number. */
export type Requests = ReadonlyMap<number, Command>;

/**
 * Canonical and immutable: per key the possible registers, each `value|op:old,op:old`: which of the
 * operations that are open or were just answered have taken effect, and which value each replaced.
 */
export interface PathState {
  readonly open: readonly number[];
  readonly keys: Readonly<Record<Key, readonly Register[]>>;
}

interface Register {
  readonly value: string | null;
  /** Open operations that took effect → what they replaced. Ascending. */
  readonly done: readonly (readonly [op: number, old: string | null])[];
}

const EMPTY: Register = { value: null, done: [] };

export const PATH_START: PathState = { open: [], keys: {} };

/** The state after these happenings; a sentence says why no order of the operations explains them. */
export function follow(
  before: PathState,
  happened: readonly Happening[],
  requests: Requests,
): PathState | string {
  let state = before;
  for (const one of happened) {
    const next = stepOf(state, one, requests);
    if (typeof next === 'string') return next;
    state = next;
  }
  return state;
}

function stepOf(s: PathState, one: Happening, requests: Requests): PathState | string {
  switch (one.what) {
    case 'invoked':
      return { ...s, open: [...s.open, one.id].toSorted((a, b) => a - b) };
    case 'told':
      return told(s, one.id, one.result, requests);
    case 'read':
      return read(s, one.key, one.value, requests);
    case 'event':
      return s;
  }
}

/** Would a read of this value be right now? */
export function mayRead(
  s: PathState,
  key: Key,
  value: Bytes | null,
  requests: Requests,
): string | undefined {
  const next = read(s, key, value, requests);
  return typeof next === 'string' ? next : undefined;
}

function read(s: PathState, key: Key, value: Bytes | null, requests: Requests): PathState | string {
  const text = textOf(value);
  return keep(
    s,
    key,
    reachable(s, key, requests).filter((register) => register.value === text),
    () => `a read of ${key} returned ${text ?? 'nothing'}, which it cannot have held then`,
  );
}

function told(s: PathState, id: number, result: Result, requests: Requests): PathState | string {
  const command = requests.get(id);
  if (command === undefined || command.f === 'get') return s;
  const { key } = command;
  const unknown = result.type === 'error' && result.code === 'UNKNOWN';
  if (unknown) return s;
  const closed = { ...s, open: s.open.filter((op) => op !== id) };
  if (result.type === 'error' || result.type === 'mismatch') {
    const without = registersOf(s, key).filter(({ done }) => !done.some(([op]) => op === id));
    return keep(closed, key, without, () => `operation ${id} failed, yet it took effect`);
  }
  const old = result.type === 'value' ? textOf(result.value) : undefined;
  const within = reachable(s, key, requests).flatMap(({ value, done }) => {
    const own = done.find(([op]) => op === id);
    if (own === undefined || (old !== undefined && own[1] !== old)) return [];
    return [{ value, done: done.filter(([op]) => op !== id) }];
  });
  const answer = old === undefined ? '' : ` with ${old ?? 'nothing'}`;
  return keep(
    closed,
    key,
    within,
    () => `operation ${id} was answered${answer}: no order of the operations explains it`,
  );
}

function keep(
  s: PathState,
  key: Key,
  registers: readonly Register[],
  why: () => string,
): PathState | string {
  if (registers.length === 0) return why();
  const distinct = new Map(registers.map((register) => [JSON.stringify(register), register]));
  const sorted = [...distinct].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
  const keys = Object.entries({ ...s.keys, [key]: sorted });
  return { open: s.open, keys: Object.fromEntries(keys.toSorted(([a], [b]) => (a < b ? -1 : 1))) };
}

function registersOf(s: PathState, key: Key): readonly Register[] {
  return s.keys[key] ?? [EMPTY];
}

/** All registers to which open operations can lead, in any order and number. */
function reachable(s: PathState, key: Key, requests: Requests): readonly Register[] {
  const found = [...registersOf(s, key)];
  const seen = new Set(found.map((register) => JSON.stringify(register)));
  for (const { value, done } of found)
    for (const op of s.open) {
      const command = requests.get(op) as Command;
      if (command.key !== key || !('value' in command) || done.some(([other]) => other === op))
        continue;
      const old = command.f === 'set' ? null : value;
      const all = [...done, [op, old] as const].toSorted(([a], [b]) => a - b);
      const next = { value: textOf(command.value), done: all };
      const name = JSON.stringify(next);
      if (seen.has(name)) continue;
      seen.add(name);
      found.push(next);
    }
  return found;
}

function textOf(value: Bytes | null): string | null {
  return value === null ? null : Buffer.from(value).toString('latin1');
}
