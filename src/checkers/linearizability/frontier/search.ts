/**
 * Frontier search: walks the *returns in time order* with a `Frontier`. When a return cannot be passed it
 * goes back to a checkpoint, and keeps more configurations, and allows lost operations where they are used
 * only when needed, for a stretch before it.
 */
import { NEVER } from '../../calls.ts';
import { Frontier } from './frontier.ts';
import { Effort } from './effort.ts';
import { LimitReached } from './limits.ts';
import { LostOperations, lostOf } from './lost-operations.ts';
import { Multisets } from './multisets.ts';
import { OpenOperations } from './open-operations.ts';
import type { Task } from './task.ts';
import { timelineOf } from './timeline.ts';
import { Trails } from './trails.ts';

/** How lost operations are used: `never`; `when needed` (only near a return that cannot be passed without); `freely` (any number of times); `once`. */
export type Lost = 'never' | 'when needed' | 'freely' | 'once';

export interface SearchOptions {
  readonly lost: Lost;
  /** Configurations kept after a return (Infinity: all): at first, and where that was not enough. */
  readonly beams: readonly number[];
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
const CHECKPOINT_EVERY = 16;
const CHECKPOINTS_MAX = 400;

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
  readonly #events: Int32Array;
  readonly #open: OpenOperations;
  readonly #lost: LostOperations;
  /** Per lost operation: its number among those that count; -1: it changes nothing. */
  readonly #lostNumber: Int32Array;
  readonly #frontier: Frontier;
  #returns = 0;
  readonly #effort: Effort;
  /** Number of the first return at which configurations were thrown away. */
  #firstCut = Infinity;
  readonly #checkpoints: Checkpoint[] = [];

  constructor(task: Task, options: SearchOptions) {
    this.#task = task;
    this.#options = options;
    const { events, slot, slots } = timelineOf(task);
    this.#events = events;
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
    this.#effort = new Effort(options.beams, task.n);
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
      if (this.#pass(op, rank)) continue;
      const back = this.#goBack(rank);
      if (back === undefined)
        return { type: 'died', at: op, cut: this.#cut, states: frontier.now.states() };
      rank = back;
    }
    return { type: 'survived', path: frontier.path() };
  }

  #pass(op: number, rank: number): boolean {
    const frontier = this.#frontier;
    if (this.#options.beams.length > 1) this.#checkpoint(rank);
    this.#lost.usable = this.#mayUseLost();
    if (!frontier.pass(op, rank, this.#effort.beam(this.#returns))) return false;
    if (frontier.cut && !this.#cut) this.#firstCut = this.#returns;
    this.#returns++;
    if (frontier.crowded) frontier.thinOut(this.#checkpoints.map(({ data }) => data));
    return true;
  }

  /** Were any configurations thrown away? Then that none is left proves nothing. */
  get #cut(): boolean {
    return this.#firstCut !== Infinity;
  }

  #mayUseLost(): boolean {
    switch (this.#options.lost) {
      case 'never':
        return false;
      case 'when needed':
        return this.#effort.level(this.#returns) > 0;
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
    const latest = this.#checkpoints.at(-1)?.number ?? -CHECKPOINT_EVERY;
    if (this.#returns < latest + CHECKPOINT_EVERY) return;
    // One configuration alone is never thrown away: where only that is mended, there is nothing to go back for.
    const narrow = this.#frontier.now.width === 1 && this.#options.lost !== 'when needed';
    if (narrow && latest >= 0) return;
    const data = this.#frontier.now.copy();
    this.#checkpoints.push({ rank, number: this.#returns, data });
    // The first one stays: from there everything can be done anew.
    if (this.#checkpoints.length > CHECKPOINTS_MAX) this.#checkpoints.splice(1, 1);
  }

  /** Tries more before this return: goes back to a checkpoint. Undefined: that proves, or helps, nothing. */
  #goBack(rank: number): number | undefined {
    const whenNeeded = this.#options.lost === 'when needed' && this.#lost.kinds.length > 0;
    if (!whenNeeded && !this.#cut) return undefined;
    const from = this.#effort.raise(this.#returns, this.#firstCut);
    if (from === undefined) return undefined;
    while ((this.#checkpoints.at(-1) as Checkpoint).number > from) this.#checkpoints.pop();
    const to = this.#checkpoints.at(-1) as Checkpoint;
    this.#rewind(rank, to.rank);
    this.#frontier.restore(to.data);
    this.#returns = to.number;
    if (this.#firstCut >= to.number) this.#firstCut = Infinity;
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
