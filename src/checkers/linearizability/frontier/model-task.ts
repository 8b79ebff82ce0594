/**
 * Any sequential model as a task of the frontier search: states and kinds of operations are numbered
 * as they are met, and every move is remembered.
 */
import type { Op, Outcome } from '../../../base/operation.ts';
import { type Call, NEVER, isCertain, isUnknown, opOf, outcomeOf } from '../../calls.ts';
import type { Foreseen, Foresight, Model } from '../../checker.ts';
import type { Moves, Task } from './task.ts';

/** The task of one part. Whatever the model throws is thrown, by the search too. */
export function modelTask<S>(calls: readonly Call[], model: Model<S>): Task {
  const kinds = new Kinds(model);
  const rows: number[] = [];
  const kind: number[] = [];
  for (let row = 0; row < calls.length; row++) {
    const call = calls[row] as Call;
    if (!isCertain(call) && !isUnknown(call)) continue;
    const k = kinds.of(call);
    if (isUnknown(call) && kinds.isPure(k)) continue;
    rows.push(row);
    kind.push(k);
  }
  return {
    n: rows.length,
    kind: Int32Array.from(kind),
    call: Int32Array.from(rows, (row) => (calls[row] as Call).call),
    ret: Int32Array.from(rows, (row) => (calls[row] as Call).ret),
    row: Int32Array.from(rows),
    moves: new ModelMoves(model, kinds.all, model.foresee?.(foreseen(rows, calls))),
    late: model.observed === 'late',
  };
}

/** What is to come, for the model. */
function foreseen(rows: readonly number[], calls: readonly Call[]): Foreseen[] {
  return rows.map((row) => {
    const call = calls[row] as Call;
    return {
      op: opOf(call),
      result: outcomeOf(call),
      call: call.call,
      ret: call.ret === NEVER ? Infinity : call.ret,
    };
  });
}

interface Kind {
  readonly op: Op;
  readonly outcome: Outcome;
  readonly pure: boolean;
  readonly total: boolean;
  readonly reset: boolean;
}

/** Operations that differ in nothing but when and by whom they were called. */
class Kinds<S> {
  readonly all: Kind[] = [];
  readonly #model: Model<S>;
  readonly #known = new Map<string, number>();

  constructor(model: Model<S>) {
    this.#model = model;
  }

  of(call: Call): number {
    const op = opOf(call);
    const outcome = outcomeOf(call);
    const told =
      outcome.type === 'ok'
        ? [outcome.value, outcome.result ?? 'none']
        : (outcome as Failed).observed;
    const text = JSON.stringify([op.f, op.key ?? null, op.value, outcome.type, told ?? null]);
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const { pure = false, total = false, reset = false } = this.#model.traits?.(op, outcome) ?? {};
    const k = this.all.push({ op, outcome, pure: pure || op.f === 'read', total, reset }) - 1;
    this.#known.set(text, k);
    return k;
  }

  isPure(k: number): boolean {
    return (this.all[k] as Kind).pure;
  }
}

type Failed = Extract<Outcome, { type: 'fail' }>;

/** Where states are met again and again. Of what is observed late each is met but a few times. */
const TABLE_MAX = 1 << 23;
const UNKNOWN = -2;

class ModelMoves<S> implements Moves {
  readonly init: number;
  readonly kinds: number;
  readonly pure: Uint8Array;
  readonly reset: Uint8Array;
  readonly total: Uint8Array;
  readonly #model: Model<S>;
  readonly #all: readonly Kind[];
  readonly #foresight: Foresight<S> | undefined;
  readonly #states: S[] = [];
  readonly #ids = new Map<string | number, number>();
  /** Moves up to here are kept in a flat table, those beyond it in a map. */
  readonly #tableMax: number;
  #table: Int32Array;
  readonly #more = new Map<number, number>();

  constructor(model: Model<S>, all: readonly Kind[], foresight: Foresight<S> | undefined) {
    this.#model = model;
    this.#foresight = foresight;
    this.#all = all;
    this.kinds = all.length;
    this.pure = Uint8Array.from(all, (k) => Number(k.pure));
    this.reset = Uint8Array.from(all, (k) => Number(k.reset));
    this.total = Uint8Array.from(all, (k) =>
      Number((k.total && foresight === undefined) || k.reset),
    );
    this.#tableMax = model.observed === 'late' ? 0 : TABLE_MAX;
    this.#table = new Int32Array(Math.min(this.#tableMax, 64 * Math.max(1, this.kinds))).fill(
      UNKNOWN,
    );
    this.init = this.#id(model.init);
  }

  step(state: number, kind: number): number {
    const at = state * this.kinds + kind;
    if (at < this.#table.length) {
      const known = this.#table[at] as number;
      if (known !== UNKNOWN) return known;
    } else if (at >= this.#tableMax) {
      const known = this.#more.get(at);
      if (known !== undefined) return known;
    }
    const after = this.#step(state, kind);
    if (at >= this.#tableMax) this.#more.set(at, after);
    else {
      this.#grow(at);
      this.#table[at] = after;
    }
    return after;
  }

  viable(state: number, kind: number): boolean {
    if (this.#model.viable === undefined) return true;
    const { op, outcome } = this.#all[kind] as Kind;
    return this.#model.viable(this.#states[state] as S, op, outcome);
  }

  #step(state: number, kind: number): number {
    const { op, outcome } = this.#all[kind] as Kind;
    const before = this.#states[state] as S;
    const after = this.#model.step(before, op, outcome);
    if (after === undefined || this.#foresight?.refuses(before, op, outcome) === true) return -1;
    return this.#id(after);
  }

  #id(state: S): number {
    const key = this.#model.key(state);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#states.push(state) - 1;
    this.#ids.set(key, id);
    return id;
  }

  #grow(at: number): void {
    if (at < this.#table.length) return;
    const length = Math.min(this.#tableMax, Math.max(2 * this.#table.length, at + 1));
    const grown = new Int32Array(length).fill(UNKNOWN);
    grown.set(this.#table);
    this.#table = grown;
  }
}
