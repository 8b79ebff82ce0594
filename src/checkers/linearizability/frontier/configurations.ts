/**
 * The configurations after a return, one behind the other in one flat array; `STATE`, `USED`, … (see
 * `antichain.ts`) are the fields of each.
 */
import { type Antichain, DEAD, STATE, TRAIL } from './antichain.ts';

export class Configurations {
  readonly stride: number;
  data: Int32Array;
  /** Ints in use. */
  end: number;
  #scores = new Float64Array(0);

  /** One, in which nothing was done. */
  constructor(stride: number, state: number) {
    this.stride = stride;
    this.data = new Int32Array(stride);
    this.data[STATE] = state;
    this.data[TRAIL] = -1;
    this.end = stride;
  }

  /** How many there are. */
  get width(): number {
    return this.end / this.stride;
  }

  copy(): Int32Array {
    return this.data.slice(0, this.end);
  }

  restore(copy: Int32Array): void {
    this.data = copy.slice();
    this.end = copy.length;
  }

  states(): number[] {
    return [...new Set(fieldOf([this.data.subarray(0, this.end)], this.stride, STATE))];
  }

  /**
   * Those of an antichain that are not dominated; of more than `beam` those with the lowest scores, and
   * then the answer is true.
   */
  take(from: Antichain, beam: number, score: (data: Int32Array, o: number) => number): boolean {
    const { data } = from;
    const cut = from.live > beam;
    const count = cut ? beam : from.live;
    if (this.data.length < count * this.stride) this.data = new Int32Array(2 * count * this.stride);
    this.end = 0;
    if (!cut) {
      for (let o = 0; o < from.end; o += this.stride) if (data[o + DEAD] === 0) this.#add(data, o);
      return false;
    }
    const worst = this.#worst(from, beam, score);
    for (const equal of [false, true])
      for (let o = 0; o < from.end && this.end < count * this.stride; o += this.stride)
        if (data[o + DEAD] === 0 && (equal ? score(data, o) === worst : score(data, o) < worst))
          this.#add(data, o);
    return true;
  }

  /** The score of the last one of so many best. */
  #worst(from: Antichain, beam: number, score: (data: Int32Array, o: number) => number): number {
    if (this.#scores.length < from.live) this.#scores = new Float64Array(2 * from.live);
    let n = 0;
    for (let o = 0; o < from.end; o += this.stride)
      if (from.data[o + DEAD] === 0) this.#scores[n++] = score(from.data, o);
    return this.#scores.subarray(0, n).sort()[beam - 1] as number;
  }

  #add(data: Int32Array, o: number): void {
    for (let i = 0; i < this.stride; i++) this.data[this.end + i] = data[o + i] as number;
    this.end += this.stride;
  }
}

/** A field of all configurations in some arrays. */
export function fieldOf(all: readonly Int32Array[], stride: number, field: number): number[] {
  const found: number[] = [];
  for (const data of all)
    for (let o = 0; o < data.length; o += stride) found.push(data[o + field] as number);
  return found;
}

/** Gives a field of all of them another value. */
export function rename(
  all: readonly Int32Array[],
  stride: number,
  field: number,
  name: (old: number) => number,
): void {
  for (const data of all)
    for (let o = 0; o < data.length; o += stride) data[o + field] = name(data[o + field] as number);
}

/** Bits that are set. */
export function ones(x: number): number {
  let v = x - ((x >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
