/**
 * The local clock of a replica: whole microseconds, monotonic, never set back. It begins anywhere:
 * only differences mean something. `floor(offset + rate · true time)`: offset and rate are the hooks
 * of clock faults, so that no fault ever touches the machine's clock.
 */
export class Clock {
  readonly #trueUs: () => number;
  #offset: number;
  #rate = 1;
  #last = 0;

  /** @param trueUs true time in microseconds, never a value that the event loop has cached */
  constructor(trueUs: () => number = hrtimeUs, offsetUs = 0) {
    this.#trueUs = trueUs;
    this.#offset = offsetUs;
  }

  /** Local time now, in µs. */
  nowUs(): number {
    const now = Math.floor(this.#offset + this.#rate * this.#trueUs());
    if (now > this.#last) this.#last = now;
    return this.#last;
  }

  /** True milliseconds until the local clock has moved on by `us`. */
  trueMs(us: number): number {
    return us / this.#rate / 1000;
  }

  /** Adds to the clock; what would set it back makes it stand still instead. */
  bump(us: number): void {
    this.#offset += us;
  }

  /** Runs at `rate` times true time from now on (0.5 … 2), without a jump. */
  setRate(rate: number): void {
    const now = this.#trueUs();
    this.#offset += (this.#rate - rate) * now;
    this.#rate = rate;
  }
}

/** `performance.now()` reads the monotonic clock anew at each call (46 ns). */
function hrtimeUs(): number {
  return performance.now() * 1000;
}
