/** A growing column of 32-bit integers. */
export class IntList {
  a: Int32Array;
  n = 0;

  constructor(capacity = 16) {
    this.a = new Int32Array(capacity);
  }

  /** Appends; answers with its place. */
  push(x: number): number {
    if (this.n === this.a.length) {
      const wider = new Int32Array(2 * this.n + 16);
      wider.set(this.a);
      this.a = wider;
    }
    this.a[this.n] = x;
    return this.n++;
  }

  /** What was pushed, without a copy; good until the next push. */
  view(): Int32Array {
    return this.a.subarray(0, this.n);
  }
}

/** `n` entries, all −1. */
export function minusOnes(n: number): Int32Array {
  return new Int32Array(n).fill(-1);
}
