/**
 * The local clock of a replica: whole microseconds, monotonic, never set back. It begins anywhere:
 * only differences mean something. `floor(offset + rate · true time)`: offset and rate are the hooks
 * of clock faults, so that no fault ever touches the machine's clock. What true time is, its owner says:
 * the host reads the machine's, the simulator its own.
 */
export class Clock {
  readonly #trueUs: () => number;
  readonly #wallMs: () => number;
  /** How far the clock was from true time when it began. */
  readonly #beganUs: number;
  #offset: number;
  #rate = 1;
  #last = 0;
  #skewMs = 0;

  /**
   * @param trueUs true time in microseconds, never a value that the event loop has cached
   * @param wallMs wall clock in ms since 1970
   */
  constructor(trueUs: () => number, offsetUs = 0, wallMs: () => number = () => 0) {
    this.#trueUs = trueUs;
    this.#wallMs = wallMs;
    this.#offset = offsetUs;
    this.#beganUs = offsetUs;
  }

  /** Local time now, in µs. */
  nowUs(): number {
    const now = Math.floor(this.#rawUs());
    if (now > this.#last) this.#last = now;
    return this.#last;
  }

  /** Wall clock of this node, in ms. Only incarnations are made of it. */
  wallMs(): number {
    return this.#wallMs() + this.#skewMs;
  }

  /** True milliseconds until the local clock has moved on by `us`. */
  trueMs(us: number): number {
    const still = Math.max(0, this.#last - this.#rawUs());
    return (us + still) / this.#rate / 1000;
  }

  /** The first true time, in whole µs, at which it shows `us` or more, if it goes on as it does now. */
  trueUsAt(us: number): number {
    let at = Math.floor((us - this.#offset) / this.#rate) - 1;
    while (this.#offset + this.#rate * at < us) at++;
    return at;
  }

  /** How far the clock is ahead of one that began with it and ran true, in µs, as it is read now. */
  errorUs(): number {
    return this.nowUs() - Math.floor(this.#beganUs + this.#trueUs());
  }

  /** Times true time. */
  get rate(): number {
    return this.#rate;
  }

  get skewMs(): number {
    return this.#skewMs;
  }

  /** Adds to the clock; what would set it back makes it stand still until it is caught up with. */
  bump(us: number): void {
    this.nowUs();
    this.#offset += us;
  }

  /** Runs at `rate` times true time from now on (0.5 … 2), without a jump. */
  setRate(rate: number): void {
    const now = this.#trueUs();
    this.#offset += (this.#rate - rate) * now;
    this.#rate = rate;
  }

  /** The wall clock is off by so much from now on, in ms. */
  setSkew(ms: number): void {
    this.#skewMs = ms;
  }

  #rawUs(): number {
    return this.#offset + this.#rate * this.#trueUs();
  }
}
