/**
 * Frontier search: walks the *returns in time order* with a `Frontier`. Where lost operations are used
 * only when needed, it goes back to a checkpoint when a return cannot be passed, and allows them for a
 * stretch before it.
 */
import { NEVER } from '../../calls.ts';
import { Frontier } from './frontier.ts';
import { LimitReached } from './limits.ts';
import { LostOperations } from './lost-operations.ts';
import { Multisets } from './multisets.ts';
import { OpenOperations } from './open-operations.ts';
import type { Task } from './task.ts';
import { Trails } from './trails.ts';

/** How lost operations are used: `never`; `when needed` (only near a return that cannot be passed without); `freely` (any number of times); `once`. */
export type Lost = 'never' | 'when needed' | 'freely' | 'once';

export interface SearchOptions {
  readonly lost: Lost;
  /** Configurations kept after each return; Infinity: all. */
  readonly beam: number;
  /** Multisets by content, or only by size. */
  readonly comparison: 'exact' | 'size';
  readonly steps: number;
  readonly bytes: number;
  /** Keep track of how configurations came about. */
  readonly trails: boolean;
  readonly onReached?: ((at: number, open: number) => void) | undefined;
}

export type Searched =
  | { readonly type: 'survived'; readonly path: ReturnType<Trails['path']> }
  /** No configuration passed the return of `at`. `cut`: some had been thrown away before. */
  | {
      readonly type: 'died';
      readonly at: number;
      readonly cut: boolean;
      readonly states: readonly number[];
    }
  | {
      readonly type: 'gave up';
      readonly reason: 'budget' | 'memory';
      readonly at: number;
      readonly open: number;
    };

/** Returns between two checkpoints, and how many are kept. */
const CHECKPOINT_EVERY = 64;
const CHECKPOINTS_MAX = 400;
/** Configurations kept where lost operations are used when needed. */
const NEEDED_BEAM = 128;

interface Checkpoint {
  /** Rank of the return before which it was taken, and its number. */
  readonly rank: number;
  readonly number: number;
  readonly data: Int32Array;
}

/** One walk over the history. */
export class Search {
  readonly #task: Task;
  readonly #options: SearchOptions;
  /** Per rank: operation × 2, + 1 for its return; -1: none. */
  readonly #events: Int32Array;
  readonly #open: OpenOperations;
  readonly #lost: LostOperations;
  /** Per lost operation: its number among those that count; -1: it changes nothing. */
  readonly #lostNumber: Int32Array;
  readonly #frontier: Frontier;
  #returns = 0;
  /** Per number of a return: may lost operations be used. */
  readonly #allowed: Uint8Array;
  readonly #checkpoints: Checkpoint[] = [];

  constructor(task: Task, options: SearchOptions) {
    this.#task = task;
    this.#options = options;
    this.#events = eventsOf(task);
    const { slot, slots } = slotsOf(task, this.#events);
    this.#open = new OpenOperations({ kind: task.kind, ret: task.ret, slot }, slots);
    const { numberOf, kinds } = lostOf(task);
    const counted = options.lost === 'when needed' || options.lost === 'once';
    this.#lostNumber = numberOf;
    this.#lost = new LostOperations(
      kinds,
      counted && kinds.length > 0 ? new Multisets(kinds.length, options.comparison) : undefined,
    );
    const trails = options.trails ? new Trails() : undefined;
    this.#frontier = new Frontier(task.moves, this.#open, this.#lost, options, trails);
    this.#allowed = new Uint8Array(options.lost === 'when needed' ? task.n + 1 : 0);
  }

  /** Most configurations that were kept at once. */
  get widest(): number {
    return this.#frontier.widest;
  }

  /** Configurations looked at. */
  get steps(): number {
    return this.#frontier.steps;
  }

  run(): Searched {
    try {
      return this.#walk();
    } catch (error) {
      if (!(error instanceof LimitReached)) throw error;
      const { reason } = error;
      return { type: 'gave up', reason, at: this.#frontier.at, open: this.#open.count };
    }
  }

  #walk(): Searched {
    const frontier = this.#frontier;
    const { ret } = this.#task;
    const whenNeeded = this.#options.lost === 'when needed';
    /** Per number of a return that could not be passed: how far back lost operations were allowed. */
    const windows = new Map<number, number>();
    for (let rank = 0; rank < this.#events.length; rank++) {
      const code = this.#events[rank] as number;
      if (code < 0) continue;
      const op = code >> 1;
      if ((code & 1) === 0) {
        if (ret[op] === NEVER) this.#lose(op, 1);
        else frontier.call(op);
        continue;
      }
      frontier.applyCalls();
      if (whenNeeded) this.#checkpoint(rank);
      const usable = (this.#lost.usable = this.#mayUseLost());
      const { beam } = this.#options;
      if (frontier.pass(op, rank, whenNeeded && usable ? Math.min(beam, NEEDED_BEAM) : beam)) {
        this.#returns++;
        if (frontier.crowded) frontier.thinOut(this.#checkpoints.map(({ data }) => data));
        continue;
      }
      const tried = windows.get(this.#returns) ?? (usable ? 0 : -1);
      const window = tried < 0 ? 0 : tried === 0 ? 4 : tried * 4;
      windows.set(this.#returns, window);
      const again = whenNeeded && this.#lost.kinds.length > 0;
      const back = again ? this.#goBack(rank, window) : undefined;
      if (back === undefined)
        return { type: 'died', at: op, cut: frontier.cut, states: frontier.now.states() };
      rank = back;
    }
    return { type: 'survived', path: frontier.path() };
  }

  #mayUseLost(): boolean {
    switch (this.#options.lost) {
      case 'never':
        return false;
      case 'when needed':
        return this.#allowed[this.#returns] === 1;
      default:
        return this.#lost.kinds.length > 0;
    }
  }

  /** A lost operation was called (or, going back, was not yet). */
  #lose(op: number, by: 1 | -1): void {
    const number = this.#lostNumber[op] as number;
    if (number !== -1) this.#lost.count(number, by);
  }

  #checkpoint(rank: number): void {
    if (this.#returns % CHECKPOINT_EVERY !== 0) return;
    if (this.#checkpoints.at(-1)?.number === this.#returns) return;
    const data = this.#frontier.now.copy();
    this.#checkpoints.push({ rank, number: this.#returns, data });
    if (this.#checkpoints.length > CHECKPOINTS_MAX) this.#checkpoints.shift();
  }

  /** Allows lost operations from `window` returns before this one on, and goes back to before that. */
  #goBack(rank: number, window: number): number | undefined {
    const first = this.#returns - window;
    if (first < 0 && window > 4 && this.#returns - window / 4 < 0) return undefined;
    const from = Math.max(0, first);
    for (let i = from; i <= this.#returns; i++) this.#allowed[i] = 1;
    while ((this.#checkpoints.at(-1)?.number ?? -1) > from) this.#checkpoints.pop();
    const to = this.#checkpoints.at(-1);
    if (to === undefined) return undefined;
    this.#rewind(rank, to.rank);
    this.#frontier.restore(to.data);
    this.#returns = to.number;
    return to.rank - 1;
  }

  /** Takes back the events from `to` (not done anew yet) up to before `rank`. */
  #rewind(rank: number, to: number): void {
    for (let r = rank - 1; r >= to; r--) {
      const code = this.#events[r] as number;
      if (code < 0) continue;
      const op = code >> 1;
      if ((code & 1) === 1) this.#frontier.reopen(op);
      else if (this.#task.ret[op] === NEVER) this.#lose(op, -1);
      else this.#frontier.close(op);
    }
  }
}

function eventsOf({ n, call, ret }: Task): Int32Array {
  let length = 0;
  for (let i = 0; i < n; i++) {
    if ((call[i] as number) >= length) length = (call[i] as number) + 1;
    if (ret[i] !== NEVER && (ret[i] as number) >= length) length = (ret[i] as number) + 1;
  }
  const events = new Int32Array(length).fill(-1);
  for (let i = 0; i < n; i++) {
    events[call[i] as number] = 2 * i;
    if (ret[i] !== NEVER) events[ret[i] as number] = 2 * i + 1;
  }
  return events;
}

/** A slot for each operation with a known outcome; slots are used again: as many as are ever open at once. */
function slotsOf({ n, ret }: Task, events: Int32Array): { slot: Int32Array; slots: number } {
  const slot = new Int32Array(n).fill(-1);
  const free: number[] = [];
  let slots = 0;
  for (let rank = 0; rank < events.length; rank++) {
    const code = events[rank] as number;
    if (code < 0) continue;
    const op = code >> 1;
    if ((code & 1) === 1) free.push(slot[op] as number);
    else if (ret[op] !== NEVER) slot[op] = free.pop() ?? slots++;
  }
  return { slot, slots };
}

/** The kinds of lost operations, numbered. Those that change nothing are left out (-1). */
function lostOf({ n, kind, ret, moves }: Task): { numberOf: Int32Array; kinds: Int32Array } {
  const numberOf = new Int32Array(n).fill(-1);
  const number = new Map<number, number>();
  for (let i = 0; i < n; i++) {
    if (ret[i] !== NEVER) continue;
    const k = kind[i] as number;
    if (moves.pure[k] === 1) continue;
    if (!number.has(k)) number.set(k, number.size);
    numberOf[i] = number.get(k) as number;
  }
  return { numberOf, kinds: Int32Array.from(number.keys()) };
}
