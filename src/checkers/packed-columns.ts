/**
 * The columns of each key of a packed history, without an object per operation. Says the same as
 * `columns.ts` (tested), for the operations of registers.
 */
import type { Value } from '../base/operation.ts';
import {
  ANSWER,
  CALL,
  END,
  FAIL,
  INFO,
  NAME,
  OK,
  OPEN,
  type PackedHistory,
  RESULT,
  RET,
  SECOND,
  STRIDE,
  VALUE,
} from '../history/packed/packed-history.ts';
import { CAS, type Columns, NOT, READ, WRITE } from './columns.ts';
import type { Reading } from './reading.ts';

/** One key: its columns (`row` is the number of the operation in the packed history). */
export interface PackedKey {
  readonly key: number | string | undefined;
  readonly columns: Columns;
  /** Operations invoked, those that say nothing included. */
  readonly operations: number;
}

/** Names that are understood; others make the whole history one for the ordinary way. */
const NAMES = ['read', 'write', 'cas', 'getset', 'delete'] as const;

/** Splits a history by key; undefined: it holds something that is no read, write or known replacement. */
export function packedColumns(
  history: PackedHistory,
  initial: Value,
  reading: Reading,
): PackedKey[] | undefined {
  if (!history.words.every((word) => (NAMES as readonly string[]).includes(word))) return undefined;
  return new Splitter(history, initial, reading).split();
}

/** Codes of `NAMES`. */
const [F_READ, F_WRITE, F_CAS, F_GETSET] = [0, 1, 2, 3];

class Splitter {
  readonly #h: PackedHistory;
  readonly #initial: Value;
  readonly #any: boolean;
  readonly #observed: boolean;
  /** Per word: its place in `NAMES`. */
  readonly #code: Uint8Array;
  /** Per value id of the history: the key in which it was met last, and its id there. */
  readonly #known: Int32Array;
  #values: Value[] = [];
  #now = 0;
  /** All keys one behind the other. */
  readonly #f: Uint8Array;
  readonly #a: Int32Array;
  readonly #b: Int32Array;
  readonly #call: Int32Array;
  readonly #ret: Int32Array;
  readonly #row: Int32Array;
  #n = 0;
  #lists = new Map<string, number>();
  #fits = true;

  constructor(history: PackedHistory, initial: Value, reading: Reading) {
    const { n, values, words } = history;
    this.#h = history;
    this.#initial = initial;
    this.#any = reading.nilRead === 'any';
    this.#observed = reading.failedCas === 'observed';
    this.#code = Uint8Array.from(words, (w) => (NAMES as readonly string[]).indexOf(w));
    this.#known = new Int32Array(2 * values.length).fill(-1);
    this.#f = new Uint8Array(n);
    this.#a = new Int32Array(n);
    this.#b = new Int32Array(n);
    this.#call = new Int32Array(n);
    this.#ret = new Int32Array(n);
    this.#row = new Int32Array(n);
  }

  split(): PackedKey[] | undefined {
    const { keys } = this.#h;
    const { order, starts } = this.#byKey();
    const found: PackedKey[] = [];
    for (let k = 0; k < starts.length - 1; k++) {
      const [from, to] = [starts[k] as number, starts[k + 1] as number];
      if (from === to) continue;
      const columns = this.#columns(order, from, to, k);
      if (!this.#fits) return undefined;
      found.push({ key: k === 0 ? undefined : keys[k - 1], columns, operations: to - from });
    }
    return found;
  }

  /** Operations sorted by key, stable: those without a key first. */
  #byKey(): { order: Int32Array | undefined; starts: Int32Array } {
    const { n, key, keys } = this.#h;
    const starts = new Int32Array(keys.length + 2);
    for (let i = 0; i < n; i++) {
      const at = (key[i] as number) + 2;
      starts[at] = (starts[at] as number) + 1;
    }
    for (let k = 1; k < starts.length; k++)
      starts[k] = (starts[k] as number) + (starts[k - 1] as number);
    if (keys.length <= 1 && (starts[1] === n || starts[1] === 0))
      return { order: undefined, starts };
    const next = starts.slice();
    const order = new Int32Array(n);
    for (let i = 0; i < n; i++) {
      const at = (key[i] as number) + 1;
      const place = next[at] as number;
      next[at] = place + 1;
      order[place] = i;
    }
    return { order, starts };
  }

  #columns(order: Int32Array | undefined, from: number, to: number, stamp: number): Columns {
    this.#now = stamp;
    this.#values = [];
    if (this.#lists.size > 0) this.#lists = new Map();
    const first = this.#n;
    this.#firstId();
    for (let at = from; at < to; at++) this.#add(order === undefined ? at : (order[at] as number));
    const end = this.#n;
    return {
      n: end - first,
      f: this.#f.subarray(first, end),
      a: this.#a.subarray(first, end),
      b: this.#b.subarray(first, end),
      call: this.#call.subarray(first, end),
      ret: this.#ret.subarray(first, end),
      row: this.#row.subarray(first, end),
      values: this.#values,
    };
  }

  /** The initial value is 0, if the history mentions it or not. */
  #firstId(): void {
    const { values } = this.#h;
    this.#values.push(this.#initial);
    if (typeof this.#initial === 'object' && this.#initial !== null)
      this.#lists.set(JSON.stringify(this.#initial), 0);
    const known = (this.#initialId ??= values.indexOf(this.#initial));
    if (known < 0) return;
    this.#known[2 * known] = this.#now;
    this.#known[2 * known + 1] = 0;
  }
  #initialId: number | undefined;

  #add(i: number): void {
    const { ops, values } = this.#h;
    const at = i * STRIDE;
    const end = ops[at + END] as number;
    const answer = ops[at + ANSWER] as number;
    const code = this.#code[ops[at + NAME] as number] as number;
    const value = ops[at + VALUE] as number;
    if (end === FAIL) {
      if (answer >= 0) this.#push(i, READ, this.#id(answer), 0);
      else if (this.#observed && code === F_CAS) this.#push(i, NOT, this.#id(value), 0);
      return;
    }
    const result = ops[at + RESULT] as number;
    const unknown = end === OPEN || end === INFO;
    if (code === F_READ) {
      if (end === OK && !(this.#any && answer === 0)) this.#push(i, READ, this.#id(answer), 0);
    } else if (code === F_WRITE) this.#push(i, WRITE, this.#whole(i), 0);
    else if (code === F_CAS) {
      const second = ops[at + SECOND] as number;
      if (second < 0) this.#fits = false;
      else this.#replace(i, this.#id(value), this.#id(second), unknown);
    } else if (code === F_GETSET) {
      if (unknown || result < 0) this.#push(i, WRITE, this.#whole(i), 0);
      else this.#replace(i, this.#id(result), this.#whole(i), false);
    } else if (unknown || result < 0) this.#push(i, WRITE, this.#id(0), 0);
    else if (values[result] === 1) this.#fits = false;
    else this.#push(i, READ, this.#id(0), 0);
  }

  #replace(i: number, a: number, b: number, unknown: boolean): void {
    if (a !== b) this.#push(i, CAS, a, b);
    else if (!unknown) this.#push(i, READ, a, 0);
  }

  #push(i: number, f: number, a: number, b: number): void {
    const n = this.#n++;
    this.#f[n] = f;
    this.#a[n] = a;
    this.#b[n] = b;
    const at = i * STRIDE;
    this.#call[n] = this.#h.ops[at + CALL] as number;
    this.#ret[n] = this.#h.ops[at + RET] as number;
    this.#row[n] = i;
  }

  /** Id within the key. */
  #id(value: number): number {
    const at = 2 * value;
    if (this.#known[at] === this.#now) return this.#known[at + 1] as number;
    this.#known[at] = this.#now;
    return (this.#known[at + 1] = this.#fresh(this.#h.values[value] as Value));
  }

  /** The value asked for; a pair is a list of two. */
  #whole(i: number): number {
    const { ops, values } = this.#h;
    const value = ops[i * STRIDE + VALUE] as number;
    const other = ops[i * STRIDE + SECOND] as number;
    if (other < 0) return this.#id(value);
    return this.#fresh([values[value] as Value, values[other] as Value]);
  }

  #fresh(value: Value): number {
    if (typeof value !== 'object' || value === null) return this.#values.push(value) - 1;
    const text = JSON.stringify(value);
    const known = this.#lists.get(text);
    if (known !== undefined) return known;
    const id = this.#values.push(value) - 1;
    this.#lists.set(text, id);
    return id;
  }
}
