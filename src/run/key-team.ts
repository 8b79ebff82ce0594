/**
 * The keys of one history that need a search, judged by several threads where that pays: the first ones here
 * and now; once that has taken its time, and the rest will, the rest is shared. Each key is judged as it
 * would be alone, so the verdict does not depend on how many threads there were.
 */
import { capital } from '../base/figures.ts';
import { setImmediate } from 'node:timers/promises';
import type { PackedCheck } from '../checkers/check-packed.ts';
import type { KeyOutcome } from '../checkers/judge-columns.ts';
import { DEFAULT_BYTES } from '../checkers/linearizability/wgl.ts';
import type { PackedKey } from '../checkers/packed-columns.ts';
import { keyName } from '../checkers/undecided.ts';
import { judgeShared } from './judge-shared.ts';
import { type KeyShare, leaveWord, placeOf, shareKeys, takeBatch } from './key-share.ts';

/** What becomes of shared keys elsewhere. */
export type TeamNews =
  | {
      readonly type: 'outcomes';
      readonly outcomes: readonly { readonly task: number; readonly outcome: KeyOutcome }[];
    }
  /** Nothing is left to take. */
  | { readonly type: 'idle'; readonly thread: number }
  /** It was ended in the midst of it. */
  | {
      readonly type: 'lost';
      readonly thread: number;
      readonly reason: 'memory' | 'crashed-check';
      readonly why: string;
    };

/** Threads that help. */
export interface Helpers {
  /** How many there could be. */
  readonly count: number;
  /** Sets so many of them to work, numbered from 1; each ends as `idle` or `lost`. */
  start(share: KeyShare, count: number, onNews: (news: TeamNews) => void): void;
}

/** Milliseconds that a search has taken, and will take, before it is worth a thread: one takes 50 to start. */
const WORTH_MS = 100;

/** Lets zones judge what they can, and searches the other keys; answers with the number of threads. */
export async function judgeKeys(
  check: PackedCheck,
  helpers?: Helpers,
  worthMs = WORTH_MS,
): Promise<number> {
  const size = (key: number): number => (check.keys[key] as PackedKey).columns.n;
  const keys = check.searches().sort((x, y) => size(y) - size(x));
  if (helpers !== undefined && helpers.count > 0)
    return new KeyTeam(check, keys, helpers, worthMs).judge();
  for (const key of keys) check.take(key, check.search(key));
  return 1;
}

class KeyTeam {
  readonly #check: PackedCheck;
  /** Largest first; tasks are the last of them. */
  readonly #keys: readonly number[];
  readonly #helpers: Helpers;
  readonly #worthMs: number;
  readonly #began = performance.now();
  /** Keys begun before any was shared, and the operations of these and of the others. */
  #begun = 0;
  #behind = 0;
  #before: number;
  #share: KeyShare | undefined;
  readonly #missing = new Set<number>();
  readonly #working = new Set<number>();
  readonly #allIdle = Promise.withResolvers<void>();

  constructor(check: PackedCheck, keys: readonly number[], helpers: Helpers, worthMs: number) {
    this.#worthMs = worthMs;
    this.#check = check;
    this.#keys = keys;
    this.#helpers = helpers;
    this.#before = keys.reduce((sum, key) => sum + this.#key(key).columns.n, 0);
  }

  async judge(): Promise<number> {
    while (this.#share === undefined && this.#begun < this.#keys.length) {
      const key = this.#keys[this.#begun++] as number;
      const { n } = this.#key(key).columns;
      this.#behind += n;
      this.#before -= n;
      this.#check.take(
        key,
        this.#check.search(key, () => this.#shareRest()),
      );
      this.#shareRest();
    }
    return this.#share === undefined ? 1 : this.#judgeShared(this.#share);
  }

  /** Shares what is left, if that pays. */
  #shareRest(): void {
    const took = performance.now() - this.#began;
    const left = (took / this.#behind) * this.#before;
    const rest = this.#keys.slice(this.#begun);
    if (this.#share !== undefined || rest.length === 0) return;
    if (Math.min(took, left) < this.#worthMs) return;
    const count = Math.min(this.#helpers.count, rest.length);
    const ask = this.#check.asks(rest[0] as number);
    const bytes = (ask.limits.bytes ?? DEFAULT_BYTES) / (count + 1);
    const share = shareKeys(
      rest.map((key) => ({ ...this.#key(key), plant: this.#check.asks(key).plant })),
      this.#check.event,
      count + 1,
      {
        ask: { ...ask, limits: { ...ask.limits, bytes } },
        of: this.#check.keys.length,
        done: this.#check.keys.length - rest.length,
      },
    );
    this.#share = share;
    for (const task of rest.keys()) this.#missing.add(task);
    for (let thread = 1; thread <= count; thread++) this.#working.add(thread);
    this.#helpers.start(share, count, (news) => this.#hear(share, news));
  }

  async #judgeShared(share: KeyShare): Promise<number> {
    const threads = 1 + this.#working.size;
    for (let tasks = takeBatch(share); tasks.length > 0; tasks = takeBatch(share)) {
      for (const task of tasks) this.#take(share, task, judgeShared(share, task, 0));
      // What the others have to say is heard between batches.
      // eslint-disable-next-line no-await-in-loop
      await setImmediate();
    }
    await this.#allIdle.promise;
    // What a lost thread had taken and not begun, or what may need the memory of all.
    for (const task of this.#missing) {
      const key = this.#keyOf(task);
      this.#check.take(key, this.#check.search(key));
    }
    return threads;
  }

  #hear(share: KeyShare, news: TeamNews): void {
    if (news.type === 'outcomes') {
      for (const { task, outcome } of news.outcomes) this.#take(share, task, outcome);
      return;
    }
    if (news.type === 'lost') this.#lose(share, news);
    this.#working.delete(news.thread);
    if (this.#working.size === 0) this.#allIdle.resolve();
  }

  #take(share: KeyShare, task: number, outcome: KeyOutcome): void {
    if (outcome.short === true) return;
    this.#missing.delete(task);
    this.#check.take(this.#keyOf(task), outcome);
    if (outcome.answer.type === 'invalid') share.plant.fill(0);
  }

  /** The key at which a thread was when it was ended is not tried again. */
  #lose(share: KeyShare, lost: Extract<TeamNews, { readonly type: 'lost' }>): void {
    const place = placeOf(share, lost.thread);
    if (place === undefined) return;
    const { task, reached } = place;
    const { key } = this.#key(this.#keyOf(task));
    const why = `${capital(keyName(key))}: ${lost.why}`;
    const { reason } = lost;
    leaveWord(share, lost.thread);
    this.#take(share, task, {
      by: 'frontier',
      answer: { type: 'lost', reason, why, ...(reached && { at: reached }) },
    });
  }

  #keyOf(task: number): number {
    return this.#keys[this.#begun + task] as number;
  }

  #key(key: number): PackedKey {
    return this.#check.keys[key] as PackedKey;
  }
}
