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
  /** Values that the history has no id for: pairs, and the initial one. */
  readonly #more: Value[] = [];
  /** Ids of lists, by their text. */
  #lists: Map<string, number> | undefined;
  /** All keys one behind the other; values have their ids in the history at first. */
  readonly #f: Uint8Array;
  readonly #a: Int32Array;
  readonly #b: Int32Array;
  readonly #call: Int32Array;
  readonly #ret: Int32Array;
  readonly #row: Int32Array;
  #fits = true;
  /** What the operation at hand is. */
  #f1 = 0;
  #a1 = 0;
  #b1 = 0;

  constructor(history: PackedHistory, initial: Value, reading: Reading) {
    const { n, words } = history;
    this.#h = history;
    this.#initial = initial;
    this.#any = reading.nilRead === 'any';
    this.#observed = reading.failedCas === 'observed';
    this.#code = Uint8Array.from(words, (w) => (NAMES as readonly string[]).indexOf(w));
    this.#f = new Uint8Array(n);
    this.#a = new Int32Array(n);
    this.#b = new Int32Array(n);
    this.#call = new Int32Array(n);
    this.#ret = new Int32Array(n);
    this.#row = new Int32Array(n);
  }

  split(): PackedKey[] | undefined {
    const { keys, values } = this.#h;
    const starts = this.#starts();
    const ends = this.#place(starts);
    if (!this.#fits) return undefined;
    const initial = this.#initialId();
    const ids = new Ids(values, this.#more, this.#h.n, keys.length);
    const found: PackedKey[] = [];
    for (let k = 0; k < ends.length; k++) {
      const [from, end, next] = [starts[k] as number, ends[k] as number, starts[k + 1] as number];
      if (from === next) continue;
      const columns = this.#columns(from, end, ids, initial);
      found.push({ key: k === 0 ? undefined : keys[k - 1], columns, operations: next - from });
    }
    return found;
  }

  /**
   * Puts every operation at the end of its key's stretch; answers with the ends. One loop over plain arrays,
   * since it is run once, over millions, before the compiler has had time for anything finer.
   */
  #place(starts: Int32Array): Int32Array {
    const { n, key, ops } = this.#h;
    const code = this.#code;
    const [f, a, b, call, ret, row] = [this.#f, this.#a, this.#b, this.#call, this.#ret, this.#row];
    /** Per key: behind its last operation. Those without a key come first. */
    const ends = starts.slice(0, -1);
    for (let i = 0, at = 0; i < n; i++, at += STRIDE) {
      const k = (key[i] as number) + 1;
      const place = ends[k] as number;
      const end = ops[at + END] as number;
      const name = code[ops[at + NAME] as number] as number;
      if (end === OK && name === F_READ) {
        const answer = ops[at + ANSWER] as number;
        if (this.#any && answer === 0) continue;
        a[place] = answer;
      } else if (name === F_WRITE && end !== FAIL && (ops[at + SECOND] as number) < 0) {
        f[place] = WRITE;
        a[place] = ops[at + VALUE] as number;
      } else if (this.#understand(i)) {
        f[place] = this.#f1;
        a[place] = this.#a1;
        b[place] = this.#b1;
      } else continue;
      call[place] = ops[at + CALL] as number;
      ret[place] = ops[at + RET] as number;
      row[place] = i;
      ends[k] = place + 1;
    }
    return ends;
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

  /** What operation i is, as `f1`, `a1` and `b1`; false: it says nothing. */
  #understand(i: number): boolean {
    const { ops, values } = this.#h;
    const at = i * STRIDE;
    const end = ops[at + END] as number;
    const answer = ops[at + ANSWER] as number;
    const code = this.#code[ops[at + NAME] as number] as number;
    const value = ops[at + VALUE] as number;
    if (end === FAIL) {
      if (answer >= 0) return this.#is(READ, answer);
      return this.#observed && code === F_CAS && this.#is(NOT, value);
    }
    const result = ops[at + RESULT] as number;
    const unknown = end === OPEN || end === INFO;
    if (code === F_READ)
      return end === OK && !(this.#any && answer === 0) && this.#is(READ, answer);
    if (code === F_WRITE) return this.#is(WRITE, this.#whole(i));
    if (code === F_CAS) {
      const second = ops[at + SECOND] as number;
      return second >= 0 ? this.#replaces(value, second, unknown) : (this.#fits = false);
    }
    if (code === F_GETSET)
      return unknown || result < 0
        ? this.#is(WRITE, this.#whole(i))
        : this.#replaces(result, this.#whole(i), false);
    if (unknown || result < 0) return this.#is(WRITE, 0);
    if (values[result] === 1) return (this.#fits = false);
    return this.#is(READ, 0);
  }

  #replaces(from: number, to: number, unknown: boolean): boolean {
    if (from !== to) return this.#is(CAS, from, to);
    return !unknown && this.#is(READ, from);
  }

  #is(f: number, a: number, b = 0): true {
    this.#f1 = f;
    this.#a1 = a;
    this.#b1 = b;
    return true;
  }

  /** The value asked for; a pair is a list of two. */
  #whole(i: number): number {
    const { ops, values } = this.#h;
    const value = ops[i * STRIDE + VALUE] as number;
    const other = ops[i * STRIDE + SECOND] as number;
    if (other < 0) return value;
    return this.#idOf([values[value] as Value, values[other] as Value]);
  }

  #initialId(): number {
    const { values } = this.#h;
    if (typeof this.#initial === 'object' && this.#initial !== null)
      return this.#idOf(this.#initial);
    const known = values.indexOf(this.#initial);
    return known >= 0 ? known : values.length + this.#more.push(this.#initial) - 1;
  }

  #idOf(list: Value): number {
    const lists = (this.#lists ??= listIds(this.#h.values));
    const text = JSON.stringify(list);
    const known = lists.get(text);
    if (known !== undefined) return known;
    const id = this.#h.values.length + this.#more.push(list) - 1;
    lists.set(text, id);
    return id;
  }
}

/** Ids of lists, by their text. */
function listIds(values: readonly Value[]): Map<string, number> {
  const ids = new Map<string, number>();
  for (let id = 0; id < values.length; id++)
    if (typeof values[id] === 'object' && values[id] !== null)
      ids.set(JSON.stringify(values[id]), id);
  return ids;
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
