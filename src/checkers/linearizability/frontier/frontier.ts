/**
 * The minimal configurations that explain everything up to the last return, and how a return is passed.
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
import { Antichain, DEAD, SETS, STATE, TRAIL, USED } from './antichain.ts';
import { Configurations, fieldOf, ones, rename } from './configurations.ts';
import type { LostOperations } from './lost-operations.ts';
import type { OpenOperations } from './open-operations.ts';
import { RegisterRules } from './register-rules.ts';
import type { Moves } from './task.ts';
import type { Trails } from './trails.ts';

export interface FrontierLimits {
  /** Configurations looked at. */
  readonly steps: number;
  readonly bytes: number;
  /** Told now and then at which operation's return it is. */
  readonly onReached?: ((at: number, open: number) => void) | undefined;
}

/** Thrown where a limit is reached. */
export class LimitReached extends Error {
  readonly reason: 'budget' | 'memory';
  constructor(reason: 'budget' | 'memory') {
    super(reason);
    this.reason = reason;
  }
}

const REPORT_EVERY = 1 << 12;

export class Frontier {
  readonly #moves: Moves;
  readonly #rules: RegisterRules | undefined;
  readonly #open: OpenOperations;
  readonly #lost: LostOperations;
  readonly #trails: Trails | undefined;
  readonly #limits: FrontierLimits;
  readonly #kind: Int32Array;
  readonly #slot: Int32Array;
  readonly #words: number;
  readonly #stride: number;
  /** Called since the last return. */
  readonly #called: number[] = [];
  /** After the last return. */
  readonly #now: Configurations;
  readonly #out: Antichain;
  readonly #work: Antichain;
  readonly #last: Antichain;
  /** Sets of the configuration at hand, and of the one being made. */
  readonly #own: Int32Array;
  readonly #made: Int32Array;
  readonly #seenOwing: Int32Array;
  readonly #seenFree: Int32Array;
  #stamp = 0;
  /** The operation whose return is looked at, its kind, where its bit is, and the rank of the return. */
  #x = 0;
  #kx = 0;
  #xWord = 0;
  #xBit = 0;
  #rank = 0;
  /** Configurations looked at. */
  steps = 0;
  /** Most configurations that were kept at once. */
  widest = 1;
  /** Were any thrown away? Then that none is left proves nothing. */
  cut = false;

  constructor(
    moves: Moves,
    open: OpenOperations,
    lost: LostOperations,
    limits: FrontierLimits,
    trails?: Trails,
  ) {
    this.#moves = moves;
    this.#open = open;
    this.#lost = lost;
    this.#limits = limits;
    this.#trails = trails;
    this.#kind = open.of.kind;
    this.#slot = open.of.slot;
    this.#words = open.words;
    const facts = moves.register;
    this.#rules = facts && new RegisterRules(moves, facts, open, lost);
    const dead = facts?.dead ?? -1;
    this.#out = new Antichain(this.#words, lost.multisets, dead);
    this.#work = new Antichain(this.#words, lost.multisets, dead);
    this.#last = new Antichain(this.#words, lost.multisets, dead);
    this.#stride = this.#out.stride;
    this.#now = new Configurations(this.#stride, moves.init);
    this.#own = new Int32Array(2 * this.#words);
    this.#made = new Int32Array(2 * this.#words);
    this.#seenOwing = new Int32Array(moves.kinds);
    this.#seenFree = new Int32Array(moves.kinds);
  }

  /** The operation at whose return it is. */
  get at(): number {
    return this.#x;
  }

  /** The configurations after the last return. */
  get now(): Configurations {
    return this.#now;
  }

  /** Goes on from these instead. What was called since the last return is forgotten. */
  restore(configurations: Int32Array): void {
    this.#called.length = 0;
    this.#now.restore(configurations);
  }

  /** The uses that led to one of the configurations. */
  path(): ReturnType<Trails['path']> {
    return this.#trails?.path(this.#now.data[TRAIL] as number) ?? [];
  }

  call(op: number): void {
    this.#open.add(op);
    this.#called.push(op);
  }

  /** What was called is free where it would change nothing now, and owes elsewhere. */
  applyCalls(): void {
    const moves = this.#moves;
    const { data: now, end } = this.#now;
    for (const op of this.#called) {
      const k = this.#kind[op] as number;
      const slot = this.#slot[op] as number;
      const word = SETS + (slot >> 5);
      const bit = 1 << (slot & 31);
      for (let o = 0; o < end; o += this.#stride) {
        const state = now[o + STATE] as number;
        if (moves.step(state, k) !== state) now[o + word] = (now[o + word] as number) | bit;
      }
    }
    this.#called.length = 0;
  }

  /**
   * Passes the return of x, after `applyCalls`; keeps at most `beam` of the survivors. False: no
   * configuration passes it, and all is as before.
   */
  pass(x: number, rank: number, beam: number): boolean {
    const slot = this.#slot[x] as number;
    this.#x = x;
    this.#kx = this.#kind[x] as number;
    this.#xWord = slot >> 5;
    this.#xBit = 1 << (slot & 31);
    this.#rank = rank;
    const wantsNothing = this.#moves.pure[this.#kx] === 1 || this.#makesDead();
    if (!this.#passQuickly(wantsNothing) && !this.#passBySearch(beam)) return false;
    this.#open.remove(x);
    return true;
  }

  /** Most returns: in every configuration x is done, or free with no effect that anybody will miss. */
  #passQuickly(wantsNothing: boolean): boolean {
    const { data: now, end } = this.#now;
    const u = SETS + this.#xWord;
    const d = u + this.#words;
    const bit = this.#xBit;
    for (let o = 0; o < end; o += this.#stride) {
      if (((now[o + d] as number) & bit) !== 0) continue;
      if (((now[o + u] as number) & bit) !== 0 || !wantsNothing) return false;
    }
    for (let o = 0; o < end; o += this.#stride) now[o + d] = (now[o + d] as number) & ~bit;
    return true;
  }

  #passBySearch(beam: number): boolean {
    const [out, work, last] = [this.#out, this.#work, this.#last];
    out.clear();
    work.clear();
    last.clear();
    const sets = 2 * this.#words;
    const { data: now, end } = this.#now;
    for (let o = 0; o < end; o += this.#stride) {
      for (let w = 0; w < sets; w++) this.#made[w] = now[o + SETS + w] as number;
      this.#emit(
        now[o + STATE] as number,
        now[o + USED] as number,
        now[o + TRAIL] as number,
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
    if (out.live > this.widest) this.widest = out.live;
    if (this.#now.take(out, beam, this.#score)) this.cut = true;
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
    const { pure, reset } = this.#moves;
    if ((owing & bit) !== 0) {
      if (reset[this.#kx] === 1) this.#push(this.#last, state, used, trail, step);
      else if (this.#viable(state, used)) this.#push(this.#work, state, used, trail, step);
      return;
    }
    this.#push(this.#out, this.#settled(state), used, trail, step);
    if (pure[this.#kx] === 1 || this.#makesDead()) return;
    // Its last chance to be used for its effect.
    made[w] = owing | bit;
    if (reset[this.#kx] === 1 || this.#viable(state, used))
      this.#push(this.#last, state, used, trail, step);
    made[w] = owing;
  }

  #push(chain: Antichain, state: number, used: number, trail: number, step: number): void {
    const at = chain.add(state, used, this.#made);
    if (at === -1 || this.#trails === undefined) return;
    chain.data[at + TRAIL] = step === NO_STEP ? trail : this.#trails.push(trail, step, this.#rank);
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
    const moves = this.#moves;
    const { list, count } = this.#open;
    const words = this.#words;
    const stamp = ++this.#stamp;
    for (let i = 0; i < count; i++) {
      const y = list[i] as number;
      const k = this.#kind[y] as number;
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
    if (this.#lost.usable) this.#expandLost(state, used, trail, mustUse);
  }

  #expandLost(state: number, used: number, trail: number, mustUse: boolean): void {
    const moves = this.#moves;
    const own = this.#own;
    const lost = this.#lost;
    for (let c = 0; c < lost.kinds.length; c++) {
      if (!lost.has(c, used)) continue;
      const k = lost.kinds[c] as number;
      const after = moves.step(state, k);
      if (after < 0 || (after === state && moves.reset[k] === 0)) continue;
      this.#countStep();
      for (let j = 0; j < own.length; j++) this.#made[j] = own[j] as number;
      const gain = this.#settle(after, moves.reset[k] === 1, mustUse);
      if (moves.reset[k] === 1 && !this.#useful(state, after, used, gain)) continue;
      const more = lost.plus(used, c);
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
    const moves = this.#moves;
    const made = this.#made;
    const { bySlot } = this.#open;
    let gain = 0;
    for (let w = 0; w < this.#words; w++) {
      let owing = made[w] as number;
      if (mustUse && w === this.#xWord) owing &= ~this.#xBit;
      while (owing !== 0) {
        const bit = owing & -owing;
        owing ^= bit;
        const k = this.#kind[bySlot[(w << 5) + (31 - Math.clz32(bit))] as number] as number;
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
    if (this.#rules === undefined || (gain & 1) !== 0) return true;
    return this.#rules.enables(this.#made, after, used);
  }

  /** May x still become possible? */
  #viable(state: number, used: number): boolean {
    if (this.#rules !== undefined) return this.#rules.viable(this.#made, state, used, this.#kx);
    return this.#moves.viable?.(state, this.#kx) ?? true;
  }

  /** Is the effect of x one that nobody will look at afterwards? */
  #makesDead(): boolean {
    return this.#rules?.makesDead(this.#kx, this.#rank) ?? false;
  }

  #settled(state: number): number {
    return this.#rules?.settled(this.#made, state, this.#x, this.#rank) ?? state;
  }

  /** Fewest lost operations used, then fewest owing, then fewest done, then a live state. */
  readonly #score = (data: Int32Array, o: number): number => {
    let [owing, done] = [0, 0];
    for (let w = 0; w < this.#words; w++) {
      owing += ones(data[o + SETS + w] as number);
      done += ones(data[o + SETS + this.#words + w] as number);
    }
    const used = this.#lost.size(data[o + USED] as number);
    const dead = data[o + STATE] === this.#moves.register?.dead ? 1 : 0;
    return ((used * 4096 + owing) * 4096 + done) * 2 + dead;
  };

  #countStep(): void {
    const { steps, bytes, onReached } = this.#limits;
    if (++this.steps > steps) throw new LimitReached('budget');
    if (this.steps % 4096 === 0 && this.#bytes() > bytes) throw new LimitReached('memory');
    if (this.steps % REPORT_EVERY === 0) onReached?.(this.#x, this.#open.count);
  }

  #bytes(): number {
    return (
      this.#out.data.byteLength +
      this.#work.data.byteLength +
      this.#last.data.byteLength +
      2 * this.#now.data.byteLength +
      (this.#trails?.bytes ?? 0) +
      (this.#lost.multisets?.bytes ?? 0)
    );
  }

  /** Forgets steps and multisets to which neither it nor one of `others` (configurations too) refers, if there are many. */
  thinOut(others: readonly Int32Array[]): void {
    const all = [this.#now.data.subarray(0, this.#now.end), ...others];
    const stride = this.#stride;
    const trails = this.#trails;
    if (trails?.crowded === true) {
      const renamed = trails.keep(fieldOf(all, stride, TRAIL));
      rename(all, stride, TRAIL, (old) => (old === -1 ? -1 : (renamed[old] as number)));
    }
    const { multisets } = this.#lost;
    if (multisets !== undefined && multisets.stored > MULTISETS_MAX) {
      const renamed = multisets.keep(fieldOf(all, stride, USED));
      rename(all, stride, USED, (old) => renamed.get(old) as number);
    }
  }

  get crowded(): boolean {
    return this.#trails?.crowded === true || (this.#lost.multisets?.stored ?? 0) > MULTISETS_MAX;
  }
}

/** A configuration that came about without using anything. */
const NO_STEP = 0x7fff_ffff;

const MULTISETS_MAX = 4096;
