/**
 * Frontier search: walks the *returns in time order* and keeps, for each, the minimal configurations
 * that explain everything so far.
 *
 * Nothing happens at calls; at the return of x only sequences of uses that end by settling x are looked
 * at (Lowe's just-in-time linearization, 2017). An open operation is *owing* (U: it must still find a
 * place), *free* (since its call there was a moment at which it could have stood without changing
 * anything; it may return at any time, and may still be used for its effect) or *done* (D: used for its
 * effect). Of two configurations with one state, the one that owes no more and has used no more
 * explains whatever the other explains, so only an antichain is kept: reads that happened to be
 * satisfied and writes that were hidden vanish from it.
 *
 * Operations with unknown outcome (*lost*) are open to the end, may be used once and need not be: they
 * have no bits, a configuration holds a multiset of the kinds it has used.
 *
 * Sound: every configuration stands for a legal order of what it used. Complete: any linearization can
 * be rearranged so that an operation takes effect just before the return that needs it.
 */
import { NEVER } from '../../calls.ts';
import { Antichain, DEAD, SETS, STATE, TRAIL, USED } from './antichain.ts';
import { Multisets } from './multisets.ts';
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

class LimitReached extends Error {
  readonly reason: 'budget' | 'memory';
  constructor(reason: 'budget' | 'memory') {
    super(reason);
    this.reason = reason;
  }
}

/** Returns between two checkpoints, and how many are kept. */
const CHECKPOINT_EVERY = 64;
const CHECKPOINTS_MAX = 400;
/** Configurations kept where lost operations are used when needed. */
const NEEDED_BEAM = 128;
const REPORT_EVERY = 1 << 16;

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
  readonly #slot: Int32Array;
  readonly #words: number;
  readonly #stride: number;
  /** Operation in each slot; open operations in the order of their returns. */
  readonly #slotOp: Int32Array;
  readonly #open: Int32Array;
  #openCount = 0;
  /** Called since the last return. */
  readonly #called: number[] = [];
  /** Lost operations: number of each kind among those that count (dense), how many were called. */
  readonly #lostKind: Int32Array;
  readonly #lostKinds: Int32Array;
  readonly #available: Int32Array;
  readonly #multisets: Multisets | undefined;
  readonly #trails: Trails | undefined;
  /** The configurations after the last return. */
  #now: Int32Array;
  #nowEnd = 0;
  readonly #out: Antichain;
  readonly #work: Antichain;
  readonly #last: Antichain;
  /** Sets of the configuration at hand, and of the one being made. */
  readonly #own: Int32Array;
  readonly #made: Int32Array;
  readonly #seenOwing: Int32Array;
  readonly #seenFree: Int32Array;
  #stamp = 0;
  #useLost = false;
  #cut = false;
  #returns = 0;
  /** Per number of a return: may lost operations be used. */
  readonly #allowed: Uint8Array;
  #checkpoints: Checkpoint[] = [];
  #steps = 0;
  #widest = 1;
  /** The operation whose return is looked at, its kind, and where its bit is. */
  #x = 0;
  #kx = 0;
  #xWord = 0;
  #xBit = 0;
  #now0 = 0;

  constructor(task: Task, options: SearchOptions) {
    this.#task = task;
    this.#options = options;
    this.#events = eventsOf(task);
    const { slot, slots } = slotsOf(task, this.#events);
    this.#slot = slot;
    this.#words = Math.max(1, Math.ceil(slots / 32));
    this.#slotOp = new Int32Array(32 * this.#words);
    this.#open = new Int32Array(slots + 1);
    const lost = lostOf(task);
    this.#lostKind = lost.kindOf;
    this.#lostKinds = lost.kinds;
    this.#available = new Int32Array(lost.kinds.length);
    const counted = options.lost === 'when needed' || options.lost === 'once';
    this.#multisets =
      counted && lost.kinds.length > 0
        ? new Multisets(lost.kinds.length, options.comparison)
        : undefined;
    this.#trails = options.trails ? new Trails() : undefined;
    const dead = task.moves.register?.dead ?? -1;
    this.#out = new Antichain(this.#words, this.#multisets, dead);
    this.#work = new Antichain(this.#words, this.#multisets, dead);
    this.#last = new Antichain(this.#words, this.#multisets, dead);
    this.#stride = this.#out.stride;
    this.#now = new Int32Array(this.#stride);
    this.#own = new Int32Array(2 * this.#words);
    this.#made = new Int32Array(2 * this.#words);
    this.#seenOwing = new Int32Array(task.moves.kinds);
    this.#seenFree = new Int32Array(task.moves.kinds);
    this.#allowed = new Uint8Array(options.lost === 'when needed' ? task.n + 1 : 0);
  }

  /** Most configurations that were kept at once. */
  get widest(): number {
    return this.#widest;
  }

  /** Configurations looked at. */
  get steps(): number {
    return this.#steps;
  }

  run(): Searched {
    this.#now[STATE] = this.#task.moves.init;
    this.#now[TRAIL] = -1;
    this.#nowEnd = this.#stride;
    try {
      return this.#walk();
    } catch (error) {
      if (!(error instanceof LimitReached)) throw error;
      return { type: 'gave up', reason: error.reason, at: this.#x, open: this.#openCount };
    }
  }

  #walk(): Searched {
    const { ret } = this.#task;
    /** Per number of a return that could not be passed: how far back lost operations were allowed. */
    const windows = new Map<number, number>();
    for (let rank = 0; rank < this.#events.length; rank++) {
      const code = this.#events[rank] as number;
      if (code < 0) continue;
      const op = code >> 1;
      if ((code & 1) === 0) {
        if (ret[op] === NEVER) this.#lose(op, 1);
        else this.#call(op);
        continue;
      }
      this.#applyCalls();
      if (this.#options.lost === 'when needed') this.#checkpoint(rank);
      this.#useLost = this.#mayUseLost();
      if (this.#return(op, rank)) {
        this.#returns++;
        continue;
      }
      const again = this.#options.lost === 'when needed' && this.#lostKinds.length > 0;
      const tried = windows.get(this.#returns) ?? (this.#useLost ? 0 : -1);
      const window = tried < 0 ? 0 : tried === 0 ? 4 : tried * 4;
      windows.set(this.#returns, window);
      const back = again ? this.#goBack(rank, window) : undefined;
      if (back === undefined) return this.#died(op);
      rank = back;
    }
    return { type: 'survived', path: this.#trails?.path(this.#now[TRAIL] as number) ?? [] };
  }

  #died(at: number): Searched {
    const states = new Set<number>();
    for (let o = 0; o < this.#nowEnd; o += this.#stride) states.add(this.#now[o + STATE] as number);
    return { type: 'died', at, cut: this.#cut, states: [...states] };
  }

  #mayUseLost(): boolean {
    switch (this.#options.lost) {
      case 'never':
        return false;
      case 'when needed':
        return this.#allowed[this.#returns] === 1;
      default:
        return this.#lostKinds.length > 0;
    }
  }

  /** A lost operation was called (or, going back, was not yet). */
  #lose(op: number, by: 1 | -1): void {
    const kind = this.#lostKind[op] as number;
    if (kind !== -1) this.#available[kind] = (this.#available[kind] as number) + by;
  }

  #call(op: number): void {
    this.#slotOp[this.#slot[op] as number] = op;
    this.#insertOpen(op);
    this.#called.push(op);
  }

  #insertOpen(op: number): void {
    const { ret } = this.#task;
    const open = this.#open;
    let at = this.#openCount++;
    const mine = ret[op] as number;
    while (at > 0 && (ret[open[at - 1] as number] as number) > mine) {
      open[at] = open[at - 1] as number;
      at--;
    }
    open[at] = op;
  }

  #removeOpen(op: number): void {
    const open = this.#open;
    let at = 0;
    while (open[at] !== op) at++;
    this.#openCount--;
    for (; at < this.#openCount; at++) open[at] = open[at + 1] as number;
  }

  /** What was called is free where it would change nothing now, and owes elsewhere. */
  #applyCalls(): void {
    const { kind, moves } = this.#task;
    const now = this.#now;
    for (const op of this.#called) {
      const k = kind[op] as number;
      const slot = this.#slot[op] as number;
      const word = SETS + (slot >> 5);
      const bit = 1 << (slot & 31);
      for (let o = 0; o < this.#nowEnd; o += this.#stride) {
        const state = now[o + STATE] as number;
        if (moves.step(state, k) !== state) now[o + word] = (now[o + word] as number) | bit;
      }
    }
    this.#called.length = 0;
  }

  /** Passes the return of x; false: no configuration does. */
  #return(x: number, rank: number): boolean {
    const { kind, moves } = this.#task;
    const slot = this.#slot[x] as number;
    this.#x = x;
    this.#kx = kind[x] as number;
    this.#xWord = slot >> 5;
    this.#xBit = 1 << (slot & 31);
    this.#now0 = rank;
    const wantsNothing = moves.pure[this.#kx] === 1 || this.#makesDead(this.#kx);
    if (!this.#passQuickly(wantsNothing) && !this.#passBySearch()) return false;
    this.#removeOpen(x);
    return true;
  }

  /** Most returns: in every configuration x is done, or free with no effect that anybody will miss. */
  #passQuickly(wantsNothing: boolean): boolean {
    const now = this.#now;
    const u = SETS + this.#xWord;
    const d = u + this.#words;
    const bit = this.#xBit;
    for (let o = 0; o < this.#nowEnd; o += this.#stride) {
      if (((now[o + d] as number) & bit) !== 0) continue;
      if (((now[o + u] as number) & bit) !== 0 || !wantsNothing) return false;
    }
    for (let o = 0; o < this.#nowEnd; o += this.#stride) now[o + d] = (now[o + d] as number) & ~bit;
    return true;
  }

  #passBySearch(): boolean {
    const [out, work, last] = [this.#out, this.#work, this.#last];
    out.clear();
    work.clear();
    last.clear();
    const sets = 2 * this.#words;
    for (let o = 0; o < this.#nowEnd; o += this.#stride) {
      for (let w = 0; w < sets; w++) this.#made[w] = this.#now[o + SETS + w] as number;
      this.#emit(
        this.#now[o + STATE] as number,
        this.#now[o + USED] as number,
        this.#now[o + TRAIL] as number,
        NO_STEP,
      );
    }
    let [w, l] = [0, 0];
    while (w < work.end || l < last.end) {
      if (w < work.end) {
        this.#expand(work, w, false);
        w += this.#stride;
      } else {
        this.#expand(last, l, true);
        l += this.#stride;
      }
    }
    if (out.live === 0) return false;
    if (out.live > this.#widest) this.#widest = out.live;
    this.#keepBest(out);
    if (this.#crowded()) this.#thinOut();
    return true;
  }

  /** Sorts the configuration in `#made` by what it still has to do about x. */
  #emit(state: number, used: number, trail: number, step: number): void {
    const made = this.#made;
    const w = this.#xWord;
    const bit = this.#xBit;
    const owing = made[w] as number;
    const done = made[w + this.#words] as number;
    if ((done & bit) !== 0) {
      made[w + this.#words] = done & ~bit;
      this.#push(this.#out, this.#settled(state), used, trail, step);
      made[w + this.#words] = done;
      return;
    }
    const { pure, reset } = this.#task.moves;
    if ((owing & bit) !== 0) {
      if (reset[this.#kx] === 1) this.#push(this.#last, state, used, trail, step);
      else if (this.#viable(state, used)) this.#push(this.#work, state, used, trail, step);
      return;
    }
    this.#push(this.#out, this.#settled(state), used, trail, step);
    if (pure[this.#kx] === 1 || this.#makesDead(this.#kx)) return;
    // Its last chance to be used for its effect.
    made[w] = owing | bit;
    if (reset[this.#kx] === 1 || this.#viable(state, used))
      this.#push(this.#last, state, used, trail, step);
    made[w] = owing;
  }

  #push(chain: Antichain, state: number, used: number, trail: number, step: number): void {
    const at = chain.add(state, used, this.#made);
    if (at === -1 || this.#trails === undefined) return;
    chain.data[at + TRAIL] = step === NO_STEP ? trail : this.#trails.push(trail, step, this.#now0);
  }

  /** Uses each operation that could help to settle x. `mustUse`: x itself must be the last one used. */
  #expand(from: Antichain, o: number, mustUse: boolean): void {
    const { data } = from;
    if (data[o + DEAD] === 1) return;
    const state = data[o + STATE] as number;
    const used = data[o + USED] as number;
    const trail = data[o + TRAIL] as number;
    const own = this.#own;
    for (let i = 0; i < own.length; i++) own[i] = data[o + SETS + i] as number;
    const { kind, moves } = this.#task;
    const words = this.#words;
    const stamp = ++this.#stamp;
    for (let i = 0; i < this.#openCount; i++) {
      const y = this.#open[i] as number;
      const k = kind[y] as number;
      if (moves.pure[k] === 1) continue;
      const slot = this.#slot[y] as number;
      const w = slot >> 5;
      const bit = 1 << (slot & 31);
      if (((own[words + w] as number) & bit) !== 0) continue;
      const owes = ((own[w] as number) & bit) !== 0;
      // Of interchangeable operations the one that returns first; an owing one stands for free ones too.
      if (this.#seenOwing[k] === stamp || (!owes && this.#seenFree[k] === stamp)) continue;
      if (owes) this.#seenOwing[k] = stamp;
      else this.#seenFree[k] = stamp;
      const after = moves.step(state, k);
      if (after < 0) continue;
      const ends = y === this.#x;
      if (after === state && !(mustUse && ends) && moves.reset[k] === 0) continue;
      this.#countStep();
      const made = this.#made;
      for (let j = 0; j < own.length; j++) made[j] = own[j] as number;
      made[w] = (made[w] as number) & ~bit;
      made[words + w] = (made[words + w] as number) | bit;
      const gain = this.#settle(after, moves.reset[k] === 1, mustUse);
      if (!ends && moves.reset[k] === 1 && !this.#useful(state, after, used, gain)) continue;
      if (!mustUse) this.#emit(after, used, trail, y);
      else if (ends) {
        made[words + w] = (made[words + w] as number) & ~bit;
        this.#push(this.#out, this.#settled(after), used, trail, y);
      } else if (moves.reset[this.#kx] === 1 || this.#viable(after, used))
        this.#push(this.#last, after, used, trail, y);
    }
    if (this.#useLost) this.#expandLost(state, used, trail, mustUse);
  }

  #expandLost(state: number, used: number, trail: number, mustUse: boolean): void {
    const { moves } = this.#task;
    const own = this.#own;
    const multisets = this.#multisets;
    for (let c = 0; c < this.#lostKinds.length; c++) {
      const available = this.#available[c] as number;
      if (available === 0 || (multisets !== undefined && multisets.count(used, c) >= available))
        continue;
      const k = this.#lostKinds[c] as number;
      const after = moves.step(state, k);
      if (after < 0 || (after === state && moves.reset[k] === 0)) continue;
      this.#countStep();
      for (let j = 0; j < own.length; j++) this.#made[j] = own[j] as number;
      const gain = this.#settle(after, moves.reset[k] === 1, mustUse);
      if (moves.reset[k] === 1 && !this.#useful(state, after, used, gain)) continue;
      const more = multisets === undefined ? 0 : multisets.plus(used, c);
      if (!mustUse) this.#emit(after, more, trail, -1 - c);
      else if (moves.reset[this.#kx] === 1 || this.#viable(after, more))
        this.#push(this.#last, after, more, trail, -1 - c);
    }
  }

  /**
   * In `#made`, what owes and could stand here without changing anything becomes free, and, after a
   * reset, what could have stood just before it. Answers bits: 1, something stood here; 2, before.
   */
  #settle(state: number, reset: boolean, mustUse: boolean): number {
    const { kind, moves } = this.#task;
    const made = this.#made;
    let gain = 0;
    for (let w = 0; w < this.#words; w++) {
      let owing = made[w] as number;
      if (mustUse && w === this.#xWord) owing &= ~this.#xBit;
      while (owing !== 0) {
        const bit = owing & -owing;
        owing ^= bit;
        const k = kind[this.#slotOp[(w << 5) + (31 - Math.clz32(bit))] as number] as number;
        if (moves.step(state, k) === state) gain |= 1;
        else if (reset && moves.total[k] === 1) gain |= 2;
        else continue;
        made[w] = (made[w] as number) & ~bit;
      }
    }
    return gain;
  }

  /**
   * Is a reset that does not end the sequence worth using? It must change the state or hide something;
   * on a register the change must make something stand, or a replacement of its value possible.
   */
  #useful(before: number, after: number, used: number, gain: number): boolean {
    if (before === after) return (gain & 2) !== 0;
    const facts = this.#task.moves.register;
    if (facts === undefined || (gain & 1) !== 0) return true;
    const { kind, moves } = this.#task;
    for (let i = 0; i < this.#openCount; i++) {
      const z = this.#open[i] as number;
      const k = kind[z] as number;
      if (facts.needs[k] !== after || moves.pure[k] === 1) continue;
      const slot = this.#slot[z] as number;
      if (((this.#made[this.#words + (slot >> 5)] as number) & (1 << (slot & 31))) === 0)
        return true;
    }
    return this.#useLost && this.#someLost(used, facts.needs, after);
  }

  /** Is there a lost operation to use for which the table holds this value? */
  #someLost(used: number, table: Int32Array, value: number): boolean {
    for (let c = 0; c < this.#lostKinds.length; c++) {
      if (table[this.#lostKinds[c] as number] !== value) continue;
      const available = this.#available[c] as number;
      if (
        available > 0 &&
        (this.#multisets === undefined || this.#multisets.count(used, c) < available)
      )
        return true;
    }
    return false;
  }

  /** May x still become possible? */
  #viable(state: number, used: number): boolean {
    const { kind, moves } = this.#task;
    const facts = moves.register;
    if (facts === undefined) return moves.viable?.(state, this.#kx) ?? true;
    const need = facts.needs[this.#kx] as number;
    if (need === state || need === -1) return true;
    for (let i = 0; i < this.#openCount; i++) {
      const z = this.#open[i] as number;
      if (facts.makes[kind[z] as number] !== need) continue;
      const slot = this.#slot[z] as number;
      if (((this.#made[this.#words + (slot >> 5)] as number) & (1 << (slot & 31))) === 0)
        return true;
    }
    return this.#useLost && this.#someLost(used, facts.makes, need);
  }

  /** Is the effect of this kind one that nobody will look at after the present return? */
  #makesDead(k: number): boolean {
    const facts = this.#task.moves.register;
    if (facts === undefined || facts.dead === -1) return false;
    const value = facts.makes[k] as number;
    if (value === -1 || (facts.lastUse[value] as number) > this.#now0) return false;
    const { kind } = this.#task;
    for (let i = 0; i < this.#openCount; i++)
      if (facts.needs[kind[this.#open[i] as number] as number] === value) return false;
    return true;
  }

  /** A value at which nobody will look any more is as good as any other such value. */
  #settled(state: number): number {
    const facts = this.#task.moves.register;
    if (facts === undefined || facts.dead === -1 || state === facts.dead) return state;
    if ((facts.lastUse[state] as number) > this.#now0) return state;
    const { kind, moves } = this.#task;
    const made = this.#made;
    for (let i = 0; i < this.#openCount; i++) {
      const z = this.#open[i] as number;
      const k = kind[z] as number;
      if (facts.needs[k] !== state || z === this.#x) continue;
      const slot = this.#slot[z] as number;
      const set = (moves.pure[k] === 1 ? 0 : this.#words) + (slot >> 5);
      const has = ((made[set] as number) & (1 << (slot & 31))) !== 0;
      // A read looks while it owes, a replacement while it is not done.
      if (has === (moves.pure[k] === 1)) return state;
    }
    return facts.dead;
  }

  /** Makes the survivors the present configurations; only the best, where there are more than the beam. */
  #keepBest(out: Antichain): void {
    const limit = Math.min(
      this.#options.beam,
      this.#useLost && this.#options.lost === 'when needed' ? NEEDED_BEAM : Infinity,
    );
    const { data } = out;
    let offsets: number[] | undefined;
    if (out.live > limit) {
      offsets = [];
      for (let o = 0; o < out.end; o += this.#stride) if (data[o + DEAD] === 0) offsets.push(o);
      const score = new Map(offsets.map((o) => [o, this.#score(data, o)]));
      offsets.sort((p, q) => (score.get(p) as number) - (score.get(q) as number));
      offsets.length = limit;
      this.#cut = true;
    }
    const count = offsets?.length ?? out.live;
    if (this.#now.length < count * this.#stride)
      this.#now = new Int32Array(2 * count * this.#stride);
    this.#nowEnd = 0;
    const keep = (o: number): void => {
      for (let i = 0; i < this.#stride; i++) this.#now[this.#nowEnd + i] = data[o + i] as number;
      this.#nowEnd += this.#stride;
    };
    if (offsets !== undefined) for (const o of offsets) keep(o);
    else for (let o = 0; o < out.end; o += this.#stride) if (data[o + DEAD] === 0) keep(o);
  }

  /** Fewest lost operations used, then fewest owing, then fewest done, then a live state. */
  #score(data: Int32Array, o: number): number {
    let [owing, done] = [0, 0];
    for (let w = 0; w < this.#words; w++) {
      owing += ones(data[o + SETS + w] as number);
      done += ones(data[o + SETS + this.#words + w] as number);
    }
    const used = this.#multisets?.size(data[o + USED] as number) ?? 0;
    const dead = data[o + STATE] === this.#task.moves.register?.dead ? 1 : 0;
    return ((used * 4096 + owing) * 4096 + done) * 2 + dead;
  }

  #countStep(): void {
    if (++this.#steps > this.#options.steps) throw new LimitReached('budget');
    if (this.#steps % 4096 === 0 && this.#bytes() > this.#options.bytes)
      throw new LimitReached('memory');
    if (this.#steps % REPORT_EVERY === 0) this.#options.onReached?.(this.#x, this.#openCount);
  }

  #bytes(): number {
    return (
      this.#out.data.byteLength +
      this.#work.data.byteLength +
      this.#last.data.byteLength +
      2 * this.#now.byteLength +
      (this.#trails?.bytes ?? 0) +
      (this.#multisets?.bytes ?? 0)
    );
  }

  #checkpoint(rank: number): void {
    if (this.#returns % CHECKPOINT_EVERY !== 0) return;
    if (this.#checkpoints.at(-1)?.number === this.#returns) return;
    const data = this.#now.slice(0, this.#nowEnd);
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
    this.#now = new Int32Array(Math.max(to.data.length, this.#stride));
    this.#now.set(to.data);
    this.#nowEnd = to.data.length;
    this.#returns = to.number;
    return to.rank - 1;
  }

  /** Takes back the events from `to` (not done anew yet) up to before `rank`. */
  #rewind(rank: number, to: number): void {
    for (let r = rank - 1; r >= to; r--) {
      const code = this.#events[r] as number;
      if (code < 0) continue;
      const op = code >> 1;
      if ((code & 1) === 0) {
        if (this.#task.ret[op] === NEVER) this.#lose(op, -1);
        else this.#removeOpen(op);
      } else {
        this.#slotOp[this.#slot[op] as number] = op;
        this.#insertOpen(op);
      }
    }
  }

  #crowded(): boolean {
    return this.#trails?.crowded === true || (this.#multisets?.stored ?? 0) > 4096;
  }

  /** Forgets steps and multisets that no configuration, nor a checkpoint, refers to. */
  #thinOut(): void {
    const all = [this.#now.subarray(0, this.#nowEnd), ...this.#checkpoints.map(({ data }) => data)];
    const fieldOf = (field: number): number[] => {
      const found: number[] = [];
      for (const data of all)
        for (let o = 0; o < data.length; o += this.#stride) found.push(data[o + field] as number);
      return found;
    };
    const rename = (field: number, name: (old: number) => number): void => {
      for (const data of all)
        for (let o = 0; o < data.length; o += this.#stride)
          data[o + field] = name(data[o + field] as number);
    };
    if (this.#trails?.crowded === true) {
      const renamed = this.#trails.keep(fieldOf(TRAIL));
      rename(TRAIL, (old) => (old === -1 ? -1 : (renamed[old] as number)));
    }
    if ((this.#multisets?.stored ?? 0) > 4096) {
      const renamed = (this.#multisets as Multisets).keep(fieldOf(USED));
      rename(USED, (old) => renamed.get(old) as number);
    }
  }
}

/** A configuration that came about without using anything. */
const NO_STEP = 0x7fff_ffff;

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
  for (const code of events) {
    if (code < 0) continue;
    const op = code >> 1;
    if ((code & 1) === 1) free.push(slot[op] as number);
    else if (ret[op] !== NEVER) slot[op] = free.pop() ?? slots++;
  }
  return { slot, slots };
}

/** The kinds of lost operations, numbered. Those that change nothing are left out (-1). */
function lostOf({ n, kind, ret, moves }: Task): { kindOf: Int32Array; kinds: Int32Array } {
  const kindOf = new Int32Array(n).fill(-1);
  const number = new Map<number, number>();
  for (let i = 0; i < n; i++) {
    if (ret[i] !== NEVER) continue;
    const k = kind[i] as number;
    if (moves.pure[k] === 1) continue;
    if (!number.has(k)) number.set(k, number.size);
    kindOf[i] = number.get(k) as number;
  }
  return { kindOf, kinds: Int32Array.from(number.keys()) };
}

function ones(x: number): number {
  let v = x - ((x >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
