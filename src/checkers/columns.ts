/**
 * One key's operations as a struct of arrays: READ, WRITE and CAS over dense value ids.
 *
 * This is the one place where the table of operations (histories page) becomes what the register
 * checkers judge. Operations that failed did not happen and are dropped, unless they tell what was
 * there instead: that is a READ. Reads whose answer nobody saw are dropped.
 */
import type { Value } from '../base/operation.ts';
import { type Call, NEVER, isUnknown } from './calls.ts';

export const READ = 0;
export const WRITE = 1;
export const CAS = 2;
/** A failed cas that proves that the value was another one. */
export const NOT = 3;

/** Built once, never changed. Value id 0 is the initial value. */
export interface Columns {
  /** Operations kept. */
  readonly n: number;
  /** READ, WRITE or CAS. */
  readonly f: Uint8Array;
  /** READ, WRITE: the value; CAS: the value that was replaced. */
  readonly a: Int32Array;
  /** CAS: the value after. */
  readonly b: Int32Array;
  readonly call: Int32Array;
  readonly ret: Int32Array;
  /** Position of the operation among the key's calls. */
  readonly row: Int32Array;
  /** How many values there are, and they by their ids. */
  readonly size: number;
  readonly values: readonly Value[];
}

/** An algorithm does not apply, and why. */
export interface Unfit {
  readonly unfit: string;
}

export function isUnfit(x: object): x is Unfit {
  return 'unfit' in x;
}

/** On a key that sees `add`, absent and 0 are one value. */
export function seesAdd(calls: readonly Call[]): boolean {
  return calls.some((call) => call.invoke.f === 'add');
}

/**
 * Columns of one key, or why its operations are not all reads, writes and replacements of known values.
 * `nullIsZero`: absent and 0 are one value; said where `calls` are only some of the key's.
 */
export function registerColumns(
  calls: readonly Call[],
  initial: Value,
  nullIsZero: boolean = seesAdd(calls),
): Columns | Unfit {
  const columns = new Builder(calls.length, initial, nullIsZero);
  for (let row = 0; row < calls.length; row++) {
    const unfit = columns.add(calls[row] as Call, row);
    if (unfit !== undefined) return { unfit };
  }
  return columns.finish();
}

/** A call as a register sees it. */
export interface RegisterOp {
  /** READ, WRITE, CAS or NOT. */
  readonly f: number;
  /** READ, WRITE, NOT: the value; CAS: the one that was replaced. */
  readonly a: Value;
  /** CAS: the value after. */
  readonly b: Value;
}

/** What a register sees of a call; undefined: nothing. Or why it is no read, write or known replacement. */
export function registerOp(call: Call): RegisterOp | Unfit | undefined {
  const { invoke, end } = call;
  const { f, value } = invoke;
  if (end?.type === 'fail') return end.observed === undefined ? undefined : one(READ, end.observed);
  const ok = isUnknown(call) ? undefined : end;
  switch (f) {
    case 'read':
      return ok && one(READ, ok.value);
    case 'not':
      return ok && one(NOT, value);
    case 'write':
      return one(WRITE, value);
    case 'cas':
      if (!Array.isArray(value) || value.length !== 2) return { unfit: 'a cas without [old, new]' };
      return { f: CAS, a: value[0] as Value, b: value[1] as Value };
    case 'getset':
      return ok?.result === undefined ? one(WRITE, value) : { f: CAS, a: ok.result, b: value };
    case 'add':
      return addition(value, ok);
    case 'delete':
      if (ok === undefined || ok.result === undefined) return one(WRITE, null);
      if (ok.result === 1) return { unfit: 'a delete that removed a value it does not name' };
      return one(READ, null);
    default:
      return { unfit: `an operation "${f}"` };
  }
}

function one(f: number, a: Value): RegisterOp {
  return { f, a, b: null };
}

function addition(value: Value, ok: Call['end']): RegisterOp | Unfit {
  if (typeof value !== 'number') return { unfit: 'an add of something that is no number' };
  if (ok === undefined) return { unfit: 'an add with unknown outcome beside other writes' };
  if (typeof ok.result !== 'number') return { unfit: 'an add that answered with no number' };
  return { f: CAS, a: ok.result - value, b: ok.result };
}

class Builder {
  readonly #f: Uint8Array;
  readonly #a: Int32Array;
  readonly #b: Int32Array;
  readonly #call: Int32Array;
  readonly #ret: Int32Array;
  readonly #row: Int32Array;
  readonly #ids = new Interner();
  readonly #nullIsZero: boolean;
  #n = 0;

  constructor(size: number, initial: Value, nullIsZero: boolean) {
    this.#nullIsZero = nullIsZero;
    this.#f = new Uint8Array(size);
    this.#a = new Int32Array(size);
    this.#b = new Int32Array(size);
    this.#call = new Int32Array(size);
    this.#ret = new Int32Array(size);
    this.#row = new Int32Array(size);
    this.#id(initial);
  }

  /** Adds one operation; answers why that is not possible. */
  add(call: Call, row: number): string | undefined {
    const op = registerOp(call);
    if (op === undefined) return undefined;
    if (isUnfit(op)) return op.unfit;
    if (op.f !== CAS) this.#push(call, row, op.f, this.#id(op.a), 0);
    else {
      const [a, b] = [this.#id(op.a), this.#id(op.b)];
      // A replacement by the same value changes nothing: a read, or nothing if nobody saw it.
      if (a !== b) this.#push(call, row, CAS, a, b);
      else if (call.ret < NEVER) this.#push(call, row, READ, a, 0);
    }
    return undefined;
  }

  finish(): Columns {
    const n = this.#n;
    return {
      n,
      f: this.#f.subarray(0, n),
      a: this.#a.subarray(0, n),
      b: this.#b.subarray(0, n),
      call: this.#call.subarray(0, n),
      ret: this.#ret.subarray(0, n),
      row: this.#row.subarray(0, n),
      size: this.#ids.values.length,
      values: this.#ids.values,
    };
  }

  #id(value: Value): number {
    return this.#ids.id(value === null && this.#nullIsZero ? 0 : value);
  }

  #push(call: Call, row: number, f: number, a: number, b: number): void {
    const i = this.#n++;
    this.#f[i] = f;
    this.#a[i] = a;
    this.#b[i] = b;
    this.#call[i] = call.call;
    this.#ret[i] = call.ret;
    this.#row[i] = row;
  }
}

/** Values to dense ids, in the order in which they are first met. */
export class Interner {
  readonly values: Value[] = [];
  readonly #plain = new Map<Value, number>();
  readonly #structured = new Map<string, number>();

  id(value: Value): number {
    const structured = typeof value === 'object' && value !== null;
    const known = structured ? this.#structured.get(JSON.stringify(value)) : this.#plain.get(value);
    if (known !== undefined) return known;
    const id = this.values.push(value) - 1;
    if (structured) this.#structured.set(JSON.stringify(value), id);
    else this.#plain.set(value, id);
    return id;
  }
}
