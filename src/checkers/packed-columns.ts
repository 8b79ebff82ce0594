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

/**
 * Takes the operations in the order of the file and puts each at the end of its key's stretch, so that
 * memory is read once and in order; then numbers the values of each stretch.
 */
class Splitter {
  readonly #h: PackedHistory;
  readonly #initial: Value;
  readonly #any: boolean;
  readonly #observed: boolean;
  /** Per word: its place in `NAMES`. */
  readonly #code: Uint8Array;
  /** Ids of values that are equal by what they hold: those of the history, then more. */
  readonly #structured = new Map<string, number>();
  readonly #same: Int32Array | undefined;
  readonly #more: Value[] = [];
  /** All keys one behind the other; values have their ids in the history at first. */
  readonly #f: Uint8Array;
  readonly #a: Int32Array;
  readonly #b: Int32Array;
  readonly #call: Int32Array;
  readonly #ret: Int32Array;
  readonly #row: Int32Array;
  #fits = true;

  constructor(history: PackedHistory, initial: Value, reading: Reading) {
    const { n, values, words } = history;
    this.#h = history;
    this.#initial = initial;
    this.#any = reading.nilRead === 'any';
    this.#observed = reading.failedCas === 'observed';
    this.#code = Uint8Array.from(words, (w) => (NAMES as readonly string[]).indexOf(w));
    this.#same = sameIds(values, this.#structured);
    this.#f = new Uint8Array(n);
    this.#a = new Int32Array(n);
    this.#b = new Int32Array(n);
    this.#call = new Int32Array(n);
    this.#ret = new Int32Array(n);
    this.#row = new Int32Array(n);
  }

  split(): PackedKey[] | undefined {
    const { n, key, keys } = this.#h;
    const starts = this.#starts();
    /** Per key: behind its last operation. Those without a key come first. */
    const ends = starts.slice(0, -1);
    for (let i = 0; i < n; i++) {
      const k = (key[i] as number) + 1;
      const at = ends[k] as number;
      if (this.#put(i, at)) ends[k] = at + 1;
    }
    if (!this.#fits) return undefined;
    const initial = this.#initialId();
    const ids = new Ids(this.#h.values, this.#more, n, keys.length);
    const found: PackedKey[] = [];
    for (const [k, end] of ends.entries()) {
      const [from, next] = [starts[k] as number, starts[k + 1] as number];
      if (from === next) continue;
      const columns = this.#columns(from, end, ids, initial);
      found.push({ key: k === 0 ? undefined : keys[k - 1], columns, operations: next - from });
    }
    return found;
  }

  /** Where the stretch of each key begins, if none of its operations is left out. */
  #starts(): Int32Array {
    const { n, key, keys } = this.#h;
    const starts = new Int32Array(keys.length + 2);
    for (let i = 0; i < n; i++) {
      const at = (key[i] as number) + 2;
      starts[at] = (starts[at] as number) + 1;
    }
    for (let k = 1; k < starts.length; k++)
      starts[k] = (starts[k] as number) + (starts[k - 1] as number);
    return starts;
  }

  #columns(from: number, end: number, ids: Ids, initial: number): Columns {
    ids.begin(initial);
    const f = this.#f.subarray(from, end);
    const a = this.#a.subarray(from, end);
    const b = this.#b.subarray(from, end);
    for (let i = 0; i < f.length; i++) {
      a[i] = ids.of(a[i] as number);
      if (f[i] === CAS) b[i] = ids.of(b[i] as number);
    }
    const { size, values } = ids.end();
    let all: readonly Value[] | undefined;
    return {
      n: end - from,
      f,
      a,
      b,
      call: this.#call.subarray(from, end),
      ret: this.#ret.subarray(from, end),
      row: this.#row.subarray(from, end),
      size,
      get values() {
        return (all ??= values());
      },
    };
  }

  /** Puts operation i at a place; false: it says nothing. */
  #put(i: number, place: number): boolean {
    const { ops, values } = this.#h;
    const at = i * STRIDE;
    const end = ops[at + END] as number;
    const answer = ops[at + ANSWER] as number;
    const code = this.#code[ops[at + NAME] as number] as number;
    const value = ops[at + VALUE] as number;
    if (end === FAIL) {
      if (answer >= 0) return this.#push(i, place, READ, this.#id(answer), 0);
      return this.#observed && code === F_CAS && this.#push(i, place, NOT, this.#id(value), 0);
    }
    const result = ops[at + RESULT] as number;
    const unknown = end === OPEN || end === INFO;
    if (code === F_READ) {
      if (end !== OK || (this.#any && answer === 0)) return false;
      return this.#push(i, place, READ, this.#id(answer), 0);
    }
    if (code === F_WRITE) return this.#push(i, place, WRITE, this.#whole(i), 0);
    if (code === F_CAS) {
      const second = ops[at + SECOND] as number;
      if (second >= 0) return this.#replace(i, place, value, this.#id(second), unknown);
      return (this.#fits = false);
    }
    if (code === F_GETSET)
      return unknown || result < 0
        ? this.#push(i, place, WRITE, this.#whole(i), 0)
        : this.#replace(i, place, result, this.#whole(i), false);
    if (unknown || result < 0) return this.#push(i, place, WRITE, this.#id(0), 0);
    if (values[result] === 1) return (this.#fits = false);
    return this.#push(i, place, READ, this.#id(0), 0);
  }

  #replace(i: number, place: number, from: number, to: number, unknown: boolean): boolean {
    const a = this.#id(from);
    if (a !== to) return this.#push(i, place, CAS, a, to);
    return !unknown && this.#push(i, place, READ, a, 0);
  }

  #push(i: number, place: number, f: number, a: number, b: number): true {
    const { ops } = this.#h;
    const at = i * STRIDE;
    this.#f[place] = f;
    this.#a[place] = a;
    this.#b[place] = b;
    this.#call[place] = ops[at + CALL] as number;
    this.#ret[place] = ops[at + RET] as number;
    this.#row[place] = i;
    return true;
  }

  /** One id for equal values. */
  #id(value: number): number {
    return this.#same === undefined ? value : (this.#same[value] as number);
  }

  /** The value asked for; a pair is a list of two. */
  #whole(i: number): number {
    const { ops, values } = this.#h;
    const value = ops[i * STRIDE + VALUE] as number;
    const other = ops[i * STRIDE + SECOND] as number;
    if (other < 0) return this.#id(value);
    return this.#idOf([values[value] as Value, values[other] as Value]);
  }

  #initialId(): number {
    const { values } = this.#h;
    if (typeof this.#initial === 'object' && this.#initial !== null)
      return this.#idOf(this.#initial);
    const known = values.indexOf(this.#initial);
    return known >= 0 ? known : values.length + this.#more.push(this.#initial) - 1;
  }

  #idOf(structured: Value): number {
    const text = JSON.stringify(structured);
    const known = this.#structured.get(text);
    if (known !== undefined) return known;
    const id = this.#h.values.length + this.#more.push(structured) - 1;
    this.#structured.set(text, id);
    return id;
  }
}

/** Per value the id of the first that is equal; undefined: none are but by being the same. */
function sameIds(
  values: readonly Value[],
  structured: Map<string, number>,
): Int32Array | undefined {
  let same: Int32Array | undefined;
  for (const [id, value] of values.entries()) {
    if (typeof value !== 'object' || value === null) continue;
    const text = JSON.stringify(value);
    const known = structured.get(text);
    if (known === undefined) structured.set(text, id);
    else (same ??= Int32Array.from(values.keys()))[id] = known;
  }
  return same;
}

/** Dense ids of the values of one key after the other. */
class Ids {
  readonly #values: readonly Value[];
  readonly #more: readonly Value[];
  /** Per value: its id in the key in which it was met last. */
  readonly #latest: Int32Array;
  /** Values by their ids in each key, one key behind the other. */
  readonly #met: Int32Array;
  #from = 0;
  #end = 0;

  constructor(values: readonly Value[], more: readonly Value[], operations: number, keys: number) {
    this.#values = values;
    this.#more = more;
    this.#latest = new Int32Array(values.length + more.length);
    this.#met = new Int32Array(2 * operations + keys + 1);
  }

  /** The next key, whose value with id 0 is this one. */
  begin(initial: number): void {
    this.#from = this.#end;
    this.of(initial);
  }

  of(value: number): number {
    const known = this.#from + (this.#latest[value] as number);
    if (known < this.#end && this.#met[known] === value) return known - this.#from;
    this.#met[this.#end] = value;
    return (this.#latest[value] = this.#end++ - this.#from);
  }

  /** How many there are in this key, and a way to name them. */
  end(): { readonly size: number; readonly values: () => Value[] } {
    const met = this.#met.subarray(this.#from, this.#end);
    const known = this.#values.length;
    const name = (value: number): Value =>
      (value < known ? this.#values[value] : this.#more[value - known]) as Value;
    return { size: met.length, values: () => Array.from(met, name) };
  }
}
