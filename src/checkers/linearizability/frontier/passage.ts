/**
 * How configurations pass the return of an operation x that some of them still owe: by every sequence of
 * uses that ends by settling x. Those that arrive are in `out`.
 *
 * Configurations wait in two chains: in `work` those in which x may still come to stand by itself, in
 * `last` those in which x must be used for its effect, as the end of the sequence.
 */
import { Antichain, DEAD, SETS, STATE, TRAIL, USED } from './antichain.ts';
import type { Configurations } from './configurations.ts';
import type { Insight } from './insight.ts';
import { type FrontierLimits, LimitReached } from './limits.ts';
import type { LostOperations } from './lost-operations.ts';
import type { OpenOperations } from './open-operations.ts';
import type { Moves } from './task.ts';
import type { Trails } from './trails.ts';

/** What was settled by a step: something stands in the new state, something stood just before a reset. */
const STANDS = 1;
const HIDDEN = 2;

/** A configuration that came about without using anything. */
const NO_STEP = 0x7fff_ffff;

/** Steps between two looks at the memory in use. */
const LOOK_EVERY = 1 << 12;

/** Where configurations wait, and those that have passed. */
export interface Chains {
  readonly work: Antichain;
  readonly last: Antichain;
  readonly out: Antichain;
}

export class Passage {
  #chains: Chains;
  readonly #moves: Moves;
  readonly #open: OpenOperations;
  readonly #lost: LostOperations;
  readonly #insight: Insight;
  readonly #limits: FrontierLimits;
  readonly #trails: Trails | undefined;
  readonly #words: number;
  /** Sets of the configuration at hand, what it may use, and the sets of the one being made. */
  readonly #own: Int32Array;
  readonly #usable: Int32Array;
  readonly #made: Int32Array;
  /** Per kind: the last look in which one that owes, one that is free, was met. */
  readonly #seenOwing: Int32Array;
  readonly #seenFree: Int32Array;
  #looks = 0;
  /** The operation, its kind, where its bit is, the rank of the return. */
  #x = 0;
  #kx = 0;
  #xWord = 0;
  #xBit = 0;
  #rank = 0;
  /** Its effect is nothing that anybody will miss. */
  #idle = false;
  /** Configurations looked at. */
  steps = 0;

  constructor(
    moves: Moves,
    open: OpenOperations,
    lost: LostOperations,
    insight: Insight,
    limits: FrontierLimits,
    trails: Trails | undefined,
  ) {
    this.#moves = moves;
    this.#open = open;
    this.#lost = lost;
    this.#insight = insight;
    this.#limits = limits;
    this.#trails = trails;
    this.#words = open.words;
    this.#chains = this.newChains();
    this.#own = new Int32Array(2 * open.words);
    this.#usable = new Int32Array(open.words);
    this.#made = new Int32Array(2 * open.words);
    this.#seenOwing = new Int32Array(moves.kinds);
    this.#seenFree = new Int32Array(moves.kinds);
  }

  get bytes(): number {
    const { work, last, out } = this.#chains;
    return work.bytes + last.bytes + out.bytes;
  }

  get out(): Antichain {
    return this.#chains.out;
  }

  /** Empty ones; `room` for so many at first. */
  newChains(room?: number): Chains {
    const chain = (): Antichain =>
      new Antichain(this.#words, this.#lost.multisets, this.#moves.register?.dead ?? -1, room);
    return { work: chain(), last: chain(), out: chain() };
  }

  /** From these configurations past the return of x; `idle`: it has no effect that anybody will miss. */
  run(from: Configurations, x: number, rank: number, idle: boolean): void {
    const { work, last, out } = this.#chains;
    work.clear();
    last.clear();
    out.clear();
    this.aim(x, rank, idle);
    this.begin(from);
    const { stride } = out;
    for (let o = 0; o < work.end; o += stride) this.expand(work.data, o, false);
    for (let o = 0; o < last.end; o += stride) this.expand(last.data, o, true);
  }

  /** What follows is about the return of x; `chains`: and goes there. */
  aim(x: number, rank: number, idle: boolean, chains: Chains = this.#chains): void {
    const slot = this.#open.of.slot[x] as number;
    this.#x = x;
    this.#kx = this.#open.of.kind[x] as number;
    this.#xWord = slot >> 5;
    this.#xBit = 1 << (slot & 31);
    this.#rank = rank;
    this.#idle = idle;
    this.#chains = chains;
  }

  /** Lets configurations in, as they are when x returns. */
  begin({ data, end }: Configurations): void {
    const made = this.#made;
    for (let o = 0; o < end; o += SETS + made.length) {
      for (let i = 0; i < made.length; i++) made[i] = data[o + SETS + i] as number;
      const state = data[o + STATE] as number;
      this.#emit(state, data[o + USED] as number, data[o + TRAIL] as number, NO_STEP);
    }
  }

  /** Sorts the configuration in `#made` by what it still has to do about x. */
  #emit(state: number, used: number, trail: number, step: number): void {
    const made = this.#made;
    const u = this.#xWord;
    const d = u + this.#words;
    const bit = this.#xBit;
    const owing = made[u] as number;
    const done = made[d] as number;
    if ((done & bit) !== 0) {
      made[d] = done & ~bit;
      this.#arrive(state, used, trail, step);
      return;
    }
    const reset = this.#moves.reset[this.#kx] === 1;
    if ((owing & bit) !== 0) {
      if (reset) this.#push(this.#chains.last, state, used, trail, step);
      else if (this.#viable(state, used)) this.#push(this.#chains.work, state, used, trail, step);
      return;
    }
    this.#arrive(state, used, trail, step);
    if (this.#idle) return;
    // Its last chance to be used for its effect.
    made[u] = owing | bit;
    if (reset || this.#viable(state, used)) this.#push(this.#chains.last, state, used, trail, step);
  }

  /** Uses each operation that could help to settle x. `mustUse`: x itself must be the last one used. */
  expand(data: Int32Array, o: number, mustUse: boolean): void {
    if (data[o + DEAD] === 1) return;
    const state = data[o + STATE] as number;
    const used = data[o + USED] as number;
    const trail = data[o + TRAIL] as number;
    const own = this.#own;
    for (let i = 0; i < own.length; i++) own[i] = data[o + SETS + i] as number;
    const usable = this.#usable;
    for (let w = 0; w < usable.length; w++)
      usable[w] = this.#insight.effective(state, w) & ~(own[w + this.#words] as number);
    const look = ++this.#looks;
    const { list, count, of } = this.#open;
    for (let i = 0; i < count; i++) {
      const y = list[i] as number;
      const slot = of.slot[y] as number;
      const bit = 1 << (slot & 31);
      if (((usable[slot >> 5] as number) & bit) === 0) continue;
      const k = of.kind[y] as number;
      const owes = ((own[slot >> 5] as number) & bit) !== 0;
      // Of interchangeable operations the one that returns first; an owing one stands for free ones too.
      if (this.#seenOwing[k] === look || (!owes && this.#seenFree[k] === look)) continue;
      if (owes) this.#seenOwing[k] = look;
      else this.#seenFree[k] = look;
      this.#use(y, owes, state, used, trail, mustUse);
    }
    if (this.#lost.usable) this.#expandLost(state, used, trail, mustUse);
  }

  /** Uses an open operation from the configuration whose sets are in `#own`. */
  #use(
    y: number,
    owes: boolean,
    state: number,
    used: number,
    trail: number,
    mustUse: boolean,
  ): void {
    const { kind, slot } = this.#open.of;
    const k = kind[y] as number;
    const after = this.#moves.step(state, k);
    const reset = this.#moves.reset[k] === 1;
    const ends = y === this.#x;
    if (after < 0 || (after === state && !reset && !(mustUse && ends))) return;
    this.#countStep();
    const made = this.#made;
    const own = this.#own;
    for (let i = 0; i < own.length; i++) made[i] = own[i] as number;
    const u = (slot[y] as number) >> 5;
    const d = u + this.#words;
    const bit = 1 << ((slot[y] as number) & 31);
    made[u] = (made[u] as number) & ~bit;
    made[d] = (made[d] as number) | bit;
    const gain = this.#settle(after, reset, mustUse);
    if (!ends && !this.#useful(state, after, used, gain, reset, owes)) return;
    if (!mustUse) this.#emit(after, used, trail, y);
    else if (ends) {
      made[d] = (made[d] as number) & ~bit;
      this.#arrive(after, used, trail, y);
    } else this.#wait(after, used, trail, y);
  }

  #expandLost(state: number, used: number, trail: number, mustUse: boolean): void {
    const moves = this.#moves;
    const lost = this.#lost;
    for (let c = 0; c < lost.kinds.length; c++) {
      if (!lost.has(c, used)) continue;
      const k = lost.kinds[c] as number;
      const after = moves.step(state, k);
      const reset = moves.reset[k] === 1;
      if (after < 0 || (after === state && !reset)) continue;
      this.#countStep();
      for (let i = 0; i < this.#own.length; i++) this.#made[i] = this.#own[i] as number;
      const gain = this.#settle(after, reset, mustUse);
      if (!this.#useful(state, after, used, gain, reset, false)) continue;
      const more = lost.plus(used, c);
      if (mustUse) this.#wait(after, more, trail, -1 - c);
      else this.#emit(after, more, trail, -1 - c);
    }
  }

  /**
   * In `#made`, what owes and could stand here without changing anything becomes free, and, after a
   * reset, what could have stood just before it. Answers which of the two happened.
   */
  #settle(state: number, reset: boolean, mustUse: boolean): number {
    const made = this.#made;
    const insight = this.#insight;
    let gain = 0;
    for (let w = 0; w < this.#words; w++) {
      let owing = made[w] as number;
      if (mustUse && w === this.#xWord) owing &= ~this.#xBit;
      if (owing === 0) continue;
      const standing = insight.standing(state, w, owing);
      const hidden = reset ? owing & ~standing & (insight.total[w] as number) : 0;
      if (standing !== 0) gain |= STANDS;
      if (hidden !== 0) gain |= HIDDEN;
      made[w] = (made[w] as number) & ~(standing | hidden);
    }
    return gain;
  }

  /**
   * Is a step that does not end the sequence worth taking? One that changes nothing must hide something;
   * one that pays no debt, or could be taken at any later time, must have a reason at once.
   */
  #useful(
    before: number,
    after: number,
    used: number,
    gain: number,
    reset: boolean,
    owes: boolean,
  ): boolean {
    if (before === after) return (gain & HIDDEN) !== 0;
    if ((gain & STANDS) !== 0 || (owes && !reset)) return true;
    return this.#insight.leadsOn(this.#made, after, used);
  }

  /** May x still become possible? */
  #viable(state: number, used: number): boolean {
    return this.#insight.viable(this.#made, state, used, this.#kx);
  }

  /** The configuration in `#made` has settled x. */
  #arrive(state: number, used: number, trail: number, step: number): void {
    const settled = this.#insight.settled(this.#made, state, this.#x, this.#rank);
    this.#push(this.#chains.out, settled, used, trail, step);
  }

  /** It has to use x yet. */
  #wait(state: number, used: number, trail: number, step: number): void {
    if (this.#moves.reset[this.#kx] === 1 || this.#viable(state, used))
      this.#push(this.#chains.last, state, used, trail, step);
  }

  #push(chain: Antichain, state: number, used: number, trail: number, step: number): void {
    const at = chain.add(state, used, this.#made);
    if (at === -1 || this.#trails === undefined) return;
    chain.data[at + TRAIL] = step === NO_STEP ? trail : this.#trails.push(trail, step, this.#rank);
  }

  #countStep(): void {
    if (++this.steps > this.#limits.steps) throw new LimitReached('budget');
    if (this.steps % LOOK_EVERY !== 0) return;
    this.#limits.onReached?.(this.#x, this.#open.count);
    const more =
      (this.#trails?.bytes ?? 0) + (this.#lost.multisets?.bytes ?? 0) + this.#insight.bytes;
    if (2 * this.bytes + more > this.#limits.bytes) throw new LimitReached('memory');
  }
}
