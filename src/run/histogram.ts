/**
 * Latencies as they come: 128 buckets per power of two, so that every figure is right to 0.8 %.
 */
const BITS = 7;
const PER_OCTAVE = 2 ** BITS;

export class Histogram {
  readonly #counts: number[] = [];
  count = 0;
  max = 0;

  /** Adds a whole number, 0 or more. */
  add(x: number): void {
    const i = bucket(x);
    this.#counts[i] = (this.#counts[i] ?? 0) + 1;
    this.count += 1;
    if (x > this.max) this.max = x;
  }

  /** The smallest value that so many percent do not exceed; 0 when empty. */
  percentile(percent: number): number {
    let left = Math.ceil((this.count * percent) / 100);
    if (left === 0) return 0;
    for (let i = 0; i < this.#counts.length; i++) {
      left -= this.#counts[i] ?? 0;
      if (left <= 0) return Math.min(this.max, upper(i));
    }
    return this.max;
  }
}

/** Values below 2^7 have a bucket each; above, the exponent and the next seven bits name one. */
function bucket(x: number): number {
  if (x < PER_OCTAVE) return x;
  const exponent = Math.floor(Math.log2(x)) - BITS;
  const mantissa = Math.floor(x / 2 ** exponent) - PER_OCTAVE;
  return (exponent + 1) * PER_OCTAVE + mantissa;
}

/** Largest value of a bucket. */
function upper(i: number): number {
  if (i < PER_OCTAVE) return i;
  const exponent = Math.floor(i / PER_OCTAVE) - 1;
  return (PER_OCTAVE + (i % PER_OCTAVE) + 1) * 2 ** exponent - 1;
}
