/**
 * Faults inside a replica, for tests: `HERMES FAULT …`, open only with `--fault-points`. Each answers
 * with what was measured.
 *
 * | words | what they do |
 * | --- | --- |
 * | CLOCK OFFSET ms | the monotonic clock jumps; backward it stands still until it is caught up with |
 * | CLOCK RATE ppm | it runs so many millionths faster or slower than true time |
 * | CLOCK STROBE ms period | forward and back again, each period (ms) |
 * | CLOCK SKEW ms | the wall clock is off |
 * | DISK FULL, EIO WRITE or SYNC, SLOW ms, LOSE, TORN | see `faulty-disk.ts`; with NOW behind them the log writes something at once |
 * | CLEAR, CLEAR CLOCK, CLEAR DISK | ends them: jumps are taken back, what a rate has added stays |
 */
import type { Reply } from '../wire/resp.ts';
import { replyOf } from '../wire/resp-write.ts';
import type { Clock } from '../base/clock.ts';
import { FaultyDisk, type DiskFault } from './faulty-disk.ts';
import { openLogFile } from './storage.ts';

export interface FaultPointsOptions {
  readonly clock: Clock;
  /** The clock was changed: timers have to be looked at. */
  readonly onClock: () => void;
  /** Makes the log write and sync something. */
  readonly probe: () => Promise<void>;
}

const USAGE =
  'HERMES FAULT CLOCK OFFSET ms|RATE ppm|STROBE ms period|SKEW ms, DISK FULL|EIO WRITE|EIO SYNC|SLOW ms|LOSE|TORN [NOW], CLEAR [CLOCK|DISK]';
const ANSWER_MS = 10;
const MAX_PPM = 500_000;
const MAX_MS = 7 * 86_400_000;

export class FaultPoints {
  readonly disk = new FaultyDisk(openLogFile);
  readonly #options: FaultPointsOptions;
  #strobe: NodeJS.Timeout | undefined;
  /** What jumps have added that is to be taken back, in µs. */
  #jumpedUs = 0;
  /** How far off the clock was before it was disturbed. */
  #beforeUs: number | undefined;

  constructor(options: FaultPointsOptions) {
    this.#options = options;
  }

  /** Answers the words behind `HERMES FAULT`. */
  async answer(words: readonly string[]): Promise<Reply> {
    const [what = '', kind = '', ...rest] = words.map((word) => word.toLowerCase());
    const done =
      what === 'clock'
        ? this.#clock(kind, rest.map(Number))
        : what === 'disk'
          ? this.#disk(kind, rest)
          : what === 'clear' && rest.length === 0
            ? await this.#clear(kind)
            : undefined;
    return done === undefined
      ? { type: 'error', code: 'ERR', message: USAGE }
      : replyOf(JSON.stringify(done));
  }

  /** No timer is left. */
  close(): void {
    clearInterval(this.#strobe);
  }

  #clock(kind: string, [x, y]: readonly number[]): object | undefined {
    const { clock } = this.#options;
    const beforeUs = clock.errorUs();
    this.#beforeUs ??= beforeUs;
    if (x === undefined || !Number.isFinite(x) || Math.abs(x) > MAX_MS) return undefined;
    if (kind === 'offset') this.#jump(x * 1000);
    else if (kind === 'rate' && Math.abs(x) <= MAX_PPM) clock.setRate(1 + x / 1e6);
    else if (kind === 'skew') clock.setSkew(x);
    else if (kind === 'strobe' && y !== undefined && y >= 1) this.#strobeBy(x * 1000, y);
    else return undefined;
    this.#options.onClock();
    return this.#measured(beforeUs);
  }

  #measured(beforeUs: number): object {
    const { clock } = this.#options;
    const errorUs = clock.errorUs();
    return {
      errorUs,
      movedUs: errorUs - beforeUs,
      ratePpm: Math.round((clock.rate - 1) * 1e6),
      skewMs: clock.skewMs,
    };
  }

  #jump(us: number): void {
    this.#options.clock.bump(us);
    this.#jumpedUs += us;
  }

  #strobeBy(us: number, periodMs: number): void {
    clearInterval(this.#strobe);
    let ahead = false;
    const swing = (): void => {
      this.#jump(ahead ? -us : us);
      ahead = !ahead;
      this.#options.onClock();
    };
    swing();
    this.#strobe = setInterval(swing, periodMs / 2);
  }

  #disk(kind: string, words: readonly string[]): object | undefined {
    const now = words.at(-1) === 'now';
    const fault = diskFaultOf(kind, now ? words.slice(0, -1) : words);
    if (fault === undefined) return undefined;
    this.disk.begin(fault);
    // Behind the answer: the process may end of it.
    if (now) setTimeout(() => void this.#options.probe(), ANSWER_MS);
    return { ...this.disk.counters };
  }

  async #clear(kind: string): Promise<object | undefined> {
    if (kind !== '' && kind !== 'clock' && kind !== 'disk') return undefined;
    return {
      ...(kind !== 'disk' && this.#clearClock()),
      ...(kind !== 'clock' && (await this.#clearDisk())),
    };
  }

  #clearClock(): object {
    const { clock } = this.#options;
    const beforeUs = clock.errorUs();
    const strayed = { strayedUs: beforeUs - (this.#beforeUs ?? beforeUs), strayedMs: clock.skewMs };
    this.#beforeUs = undefined;
    clearInterval(this.#strobe);
    clock.setRate(1);
    clock.setSkew(0);
    clock.bump(-this.#jumpedUs);
    this.#jumpedUs = 0;
    this.#options.onClock();
    return { ...this.#measured(beforeUs), ...strayed };
  }

  /** A fault that met no write so far meets one now: it never ends without having been felt. */
  async #clearDisk(): Promise<object> {
    const { fault, counters } = this.disk;
    const felt = counters.writesFailed + counters.syncsFailed + counters.syncsDelayed > 0;
    if (fault !== undefined && !felt) await this.#options.probe();
    // A disk that failed ends the process: this answer never comes.
    if (this.disk.failed) await new Promise(() => {});
    const said = { ...this.disk.counters };
    this.disk.end();
    return said;
  }
}

function diskFaultOf(kind: string, [word, ...more]: readonly string[]): DiskFault | undefined {
  if (more.length > 0) return undefined;
  if (kind === 'eio' && (word === 'write' || word === 'sync')) return { kind, on: word };
  const ms = Number(word);
  if (kind === 'slow' && word !== undefined && ms >= 0 && ms <= 60_000) return { kind, ms };
  if (word !== undefined) return undefined;
  return kind === 'full' || kind === 'lose' || kind === 'torn' ? { kind } : undefined;
}
