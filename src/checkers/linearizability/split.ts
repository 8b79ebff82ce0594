/**
 * Objects that are several: a set that is only asked about one element at a time is a register for each
 * element, registers that no operation touches together are objects of their own, and some that every
 * operation touches all together are one. Linearizability is local (Herlihy and Wing, 1990): the whole has
 * an order iff each part has one, and those can be woven together.
 */
import type { Value } from '../../base/operation.ts';
import { type Call, isUnknown } from '../calls.ts';
import type { ObjectKind } from '../models/models.ts';
import { isRead, microsOf } from '../models/multi-register.ts';
import { elementsOf } from '../models/set.ts';

/** A part: an object by itself, and its operations, by their rows among all. */
export interface ObjectPart {
  readonly kind: ObjectKind;
  readonly initial: Value;
  readonly calls: readonly Call[];
  readonly rows: readonly number[];
}

/** The parts, if there are any that are simpler than the whole. */
export function partsOfObject(
  kind: ObjectKind,
  calls: readonly Call[],
  initial: Value,
): readonly ObjectPart[] | undefined {
  // A failure that tells what it saw is no operation of these.
  if (calls.some(({ end }) => end?.observed !== undefined)) return undefined;
  if (kind === 'set') return elements(calls, initial);
  if (kind === 'multi-register' && initial === null) return registers(calls);
  return undefined;
}

/** Each element is in (1) or out (0). */
function elements(calls: readonly Call[], initial: Value): readonly ObjectPart[] | undefined {
  const known = elementsOf(initial);
  if (known === undefined || calls.some(({ invoke }) => invoke.f === 'read')) return undefined;
  const inside = new Set(known);
  const parts = groups(calls, ({ invoke }) => JSON.stringify(invoke.value));
  return [...parts].map(([name, rows]) => ({
    kind: 'register',
    initial: inside.has(name) ? 1 : 0,
    calls: rows.map((row) => asFlag(calls[row] as Call)),
    rows,
  }));
}

function asFlag(call: Call): Call {
  const { invoke, end } = call;
  if (invoke.f !== 'contains')
    return asked(call, 'write', invoke.f === 'add' ? 1 : 0, invoke.f === 'add' ? 1 : 0);
  return asked(call, 'read', null, end?.result === 1 || end?.result === 'true' ? 1 : 0);
}

/** Registers that occur together make a part; one whose operations touch all of it is one register. */
function registers(calls: readonly Call[]): readonly ObjectPart[] | undefined {
  const leader = new Map<string, string>();
  const leaderOf = (name: string): string => {
    let at = name;
    for (let up = leader.get(at); up !== undefined && up !== at; up = leader.get(at)) at = up;
    return at;
  };
  for (const call of calls) {
    const names = namesOf(call);
    const [first] = names;
    if (first === undefined) return undefined;
    for (const name of names) leader.set(leaderOf(name), leaderOf(first));
  }
  const parts = [...groups(calls, (call) => leaderOf(namesOf(call)[0] as string)).values()].map(
    (rows): ObjectPart => {
      const own = rows.map((row) => calls[row] as Call);
      const whole = wholes(own);
      return whole === undefined
        ? { kind: 'multi-register', initial: null, calls: own, rows }
        : { kind: 'register', initial: [], calls: whole, rows };
    },
  );
  return parts.length > 1 || parts[0]?.kind === 'register' ? parts : undefined;
}

/** The operations as those of one register that holds all values; undefined: some touch only a part of it. */
function wholes(calls: readonly Call[]): Call[] | undefined {
  const all = new Set(calls.flatMap(namesOf));
  const whole: Call[] = [];
  for (const call of calls) {
    const { invoke, end } = call;
    if (end?.type === 'fail') {
      whole.push(asked(call, 'write', null, null));
      continue;
    }
    const micros = microsOf(end?.type === 'ok' ? end.value : invoke.value);
    const reads = micros.filter(([f]) => isRead(f)).length;
    if (new Set(namesOf(call)).size < all.size || micros.length > all.size) return undefined;
    if (reads !== 0 && reads !== micros.length) return undefined;
    const value = micros
      .map(([, key, v]): Value => [key ?? null, v ?? null])
      .toSorted((x, y) => (JSON.stringify(x) < JSON.stringify(y) ? -1 : 1));
    // A nil says nothing of what was there.
    const nil = micros.some(([, , v]) => (v ?? null) === null);
    if (nil && !(reads > 0 && isUnknown(call))) return undefined;
    whole.push(reads > 0 ? asked(call, 'read', null, value) : asked(call, 'write', value, value));
  }
  return whole;
}

function groups(calls: readonly Call[], of: (call: Call) => string): Map<string, number[]> {
  const rows = new Map<string, number[]>();
  for (const [row, call] of calls.entries()) {
    const known = rows.get(of(call));
    if (known === undefined) rows.set(of(call), [row]);
    else known.push(row);
  }
  return rows;
}

function asked(call: Call, f: string, value: Value, answer: Value): Call {
  const { invoke, end } = call;
  return {
    ...call,
    invoke: { ...invoke, f, value },
    end: end && { ...end, value: end.type === 'ok' ? answer : value },
  };
}

function namesOf({ invoke }: Call): string[] {
  return microsOf(invoke.value).map((micro) => JSON.stringify(micro[1] ?? null));
}

/** Orders of parts as one of the whole: each operation as early as its part and real time let it. */
export function woven(
  calls: readonly Call[],
  orders: readonly (readonly number[] | Int32Array)[],
): number[] {
  const points: { readonly row: number; readonly at: number }[] = [];
  for (const order of orders) {
    let at = -1;
    for (const row of order) {
      at = Math.max(at, (calls[row] as Call).call);
      points.push({ row, at });
    }
  }
  return points.toSorted((x, y) => x.at - y.at).map(({ row }) => row);
}
