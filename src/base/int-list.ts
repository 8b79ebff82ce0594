/** A growing column of 32-bit integers. */
export class IntList {
  a: Int32Array;
  n = 0;

  constructor(capacity = 16) {
    this.a = new Int32Array(capacity);
  }

  /** Appends; answers with its place. */
  push(x: number): number {
    if (this.n === this.a.length) this.#widen(this.n + 1);
    this.a[this.n] = x;
    return this.n++;
  }

  /** Appends so many zeros; answers with the place of the first. */
  grow(by: number): number {
    const place = this.n;
    this.n += by;
    if (this.n > this.a.length) this.#widen(this.n);
    return place;
  }

  /** What was pushed, without a copy; good until the next push. */
  view(): Int32Array {
    return this.a.subarray(0, this.n);
  }

  #widen(least: number): void {
    const wider = new Int32Array(Math.max(2 * this.a.length + 16, least));
    wider.set(this.a);
    this.a = wider;
  }
}

/** `n` entries, all −1. */
export function minusOnes(n: number): Int32Array {
  return new Int32Array(n).fill(-1);
}
