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
import { SETS, STATE, TRAIL, USED } from './antichain.ts';
import { Configurations, fieldOf, ones, rename } from './configurations.ts';
import type { Insight } from './insight.ts';
import type { FrontierLimits } from './limits.ts';
import type { LostOperations } from './lost-operations.ts';
import { ModelInsight } from './model-insight.ts';
import type { OpenOperations } from './open-operations.ts';
import { Passage } from './passage.ts';
import { RegisterInsight } from './register-insight.ts';
import type { Moves } from './task.ts';
import type { Trails } from './trails.ts';

/** More multisets than this are thinned out. */
const MULTISETS_MAX = 4096;

export class Frontier {
  readonly #moves: Moves;
  readonly #insight: Insight;
  readonly #open: OpenOperations;
  readonly #lost: LostOperations;
  readonly #trails: Trails | undefined;
  readonly #limits: FrontierLimits;
  /** Made when the first return needs it: where operations seldom overlap none does. */
  #passage: Passage | undefined;
  readonly #words: number;
  readonly #stride: number;
  /** Called since the last return, as a set. */
  readonly #fresh: Int32Array;
  /** After the last return. */
  readonly #now: Configurations;
  #x = 0;
  /** Most configurations that were kept at once. */
  widest = 1;
  /** Were any thrown away at the last return? */
  cut = false;

  constructor(
    moves: Moves,
    open: OpenOperations,
    lost: LostOperations,
    limits: FrontierLimits,
    trails?: Trails,
  ) {
    const { register } = moves;
    this.#moves = moves;
    this.#open = open;
    this.#lost = lost;
    this.#trails = trails;
    this.#words = open.words;
    this.#insight =
      register === undefined
        ? new ModelInsight(moves, open)
        : new RegisterInsight(register, open, lost);
    for (let i = 0; i < open.count; i++) this.#insight.toggle(open.list[i] as number);
    this.#limits = limits;
    this.#stride = SETS + 2 * open.words;
    this.#now = new Configurations(this.#stride, moves.init);
    this.#fresh = new Int32Array(open.words);
  }

  /** The operation at whose return it is. */
  get at(): number {
    return this.#x;
  }

  /** Configurations looked at. */
  get steps(): number {
    return this.#passage?.steps ?? 0;
  }

  /** The configurations after the last return. */
  get now(): Configurations {
    return this.#now;
  }

  /** Goes on from these instead. What was called since the last return is forgotten. */
  restore(configurations: Int32Array): void {
    this.#fresh.fill(0);
    this.#now.restore(configurations);
  }

  /** The uses that led to one of the configurations. */
  path(): ReturnType<Trails['path']> {
    return this.#trails?.path(this.#now.data[TRAIL] as number) ?? [];
  }

  call(op: number): void {
    this.reopen(op);
    const slot = this.#open.of.slot[op] as number;
    this.#fresh[slot >> 5] = (this.#fresh[slot >> 5] as number) | (1 << (slot & 31));
  }

  /** Going back: the return of an operation is undone. */
  reopen(op: number): void {
    this.#open.add(op);
    this.#insight.toggle(op);
  }

  /** It is not open any more; or, going back, not yet. */
  close(op: number): void {
    this.#open.remove(op);
    this.#insight.toggle(op);
  }

  /** What was called is free where it would change nothing now, and owes elsewhere. */
  applyCalls(): void {
    const insight = this.#insight;
    const { data: now, end } = this.#now;
    for (let w = 0; w < this.#words; w++) {
      const fresh = this.#fresh[w] as number;
      if (fresh === 0) continue;
      for (let o = 0; o < end; o += this.#stride) {
        const owing = fresh & ~insight.standing(now[o + STATE] as number, w, fresh);
        now[o + SETS + w] = (now[o + SETS + w] as number) | owing;
      }
      this.#fresh[w] = 0;
    }
  }

  /**
   * Passes the return of x, after `applyCalls`; keeps at most `beam` of the survivors. False: no
   * configuration passes it, and all is as before.
   */
  pass(x: number, rank: number, beam: number): boolean {
    this.#x = x;
    const k = this.#open.of.kind[x] as number;
    this.cut = false;
    const idle = this.#moves.pure[k] === 1 || this.#insight.makesDead(k, rank);
    if (!this.#passQuickly(x, idle) && !this.#passAlone(x, rank)) {
      const passage = (this.#passage ??= this.#newPassage());
      passage.run(this.#now, x, rank, idle);
      const { out } = passage;
      if (out.live === 0) return false;
      if (out.live > this.widest) this.widest = out.live;
      this.cut = this.#now.take(out, beam, this.#score);
    }
    this.close(x);
    return true;
  }

  #newPassage(): Passage {
    return new Passage(
      this.#moves,
      this.#open,
      this.#lost,
      this.#insight,
      this.#limits,
      this.#trails,
    );
  }

  /** Most returns: in every configuration x is done, or free with no effect that anybody will miss. */
  #passQuickly(x: number, idle: boolean): boolean {
    const { data: now, end } = this.#now;
    const slot = this.#open.of.slot[x] as number;
    const u = SETS + (slot >> 5);
    const d = u + this.#words;
    const bit = 1 << (slot & 31);
    for (let o = 0; o < end; o += this.#stride) {
      if (((now[o + d] as number) & bit) !== 0) continue;
      if (((now[o + u] as number) & bit) !== 0 || !idle) return false;
    }
    for (let o = 0; o < end; o += this.#stride) now[o + d] = (now[o + d] as number) & ~bit;
    return true;
  }

  /** Nothing else is open: the only configuration that owes it can but use it. */
  #passAlone(x: number, rank: number): boolean {
    if (this.#open.count !== 1 || this.#lost.usable || this.#now.end !== this.#stride) return false;
    const { kind, slot } = this.#open.of;
    const u = SETS + ((slot[x] as number) >> 5);
    const bit = 1 << ((slot[x] as number) & 31);
    const now = this.#now.data;
    const after = this.#moves.step(now[STATE] as number, kind[x] as number);
    if (((now[u] as number) & bit) === 0 || after < 0) return false;
    now[STATE] = after;
    now[u] = (now[u] as number) & ~bit;
    if (this.#trails !== undefined) now[TRAIL] = this.#trails.push(now[TRAIL] as number, x, rank);
    return true;
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
