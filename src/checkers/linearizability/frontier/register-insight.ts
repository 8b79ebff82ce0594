/**
 * What is known of the open operations of a register, by the values that they need and make; and what a
 * register allows beyond any object (each exact): values at which nobody will look any more are one, a
 * step must gain something at once, an operation becomes possible only by its value.
 */
import type { Insight } from './insight.ts';
import type { LostOperations } from './lost-operations.ts';
import type { OpenOperations } from './open-operations.ts';
import type { RegisterFacts } from './task.ts';

export class RegisterInsight implements Insight {
  /** Writes. */
  readonly total: Int32Array;
  readonly #facts: RegisterFacts;
  readonly #open: OpenOperations;
  readonly #lost: LostOperations;
  readonly #words: number;
  /** Per word: those that say what is not there. */
  readonly #nots: Int32Array;
  /** Values for which the tables have room. */
  #size: number;
  /** Per value and word: reads and writes of it, replacements of it, whatever makes it, and those that say that it is not there. */
  #same: Int32Array;
  #from: Int32Array;
  #to: Int32Array;
  #not: Int32Array;

  constructor(facts: RegisterFacts, open: OpenOperations, lost: LostOperations) {
    this.#facts = facts;
    this.#open = open;
    this.#lost = lost;
    this.#words = open.words;
    this.total = new Int32Array(open.words);
    this.#nots = new Int32Array(open.words);
    this.#size = facts.lastUse.length;
    const length = this.#size * open.words;
    this.#same = new Int32Array(length);
    this.#from = new Int32Array(length);
    this.#to = new Int32Array(length);
    this.#not = new Int32Array(facts.dead === -1 ? length : 0);
  }

  get bytes(): number {
    return 3 * this.#same.byteLength + this.#not.byteLength;
  }

  toggle(op: number): void {
    const { kind, slot } = this.#open.of;
    const k = kind[op] as number;
    const word = (slot[op] as number) >> 5;
    const bit = 1 << ((slot[op] as number) & 31);
    const needs = this.#facts.needs[k] as number;
    const makes = this.#facts.makes[k] as number;
    const refuses = this.#facts.refuses[k] as number;
    if (needs >= this.#size || makes >= this.#size || refuses >= this.#size)
      this.#grow(Math.max(needs, makes, refuses));
    if (needs !== -1) flip(makes === -1 ? this.#same : this.#from, needs * this.#words + word, bit);
    if (makes !== -1) flip(this.#to, makes * this.#words + word, bit);
    if (needs === -1 && makes !== -1) {
      flip(this.#same, makes * this.#words + word, bit);
      flip(this.total, word, bit);
    }
    if (refuses !== -1) {
      flip(this.#not, refuses * this.#words + word, bit);
      flip(this.#nots, word, bit);
    }
  }

  #grow(value: number): void {
    this.#size = Math.max(16, 2 * this.#size, value + 1);
    const grown = (table: Int32Array): Int32Array => {
      const larger = new Int32Array(this.#size * this.#words);
      larger.set(table);
      return larger;
    };
    this.#same = grown(this.#same);
    this.#from = grown(this.#from);
    this.#to = grown(this.#to);
    this.#not = grown(this.#not);
  }

  standing(state: number, word: number, set: number): number {
    const nots = this.#nots[word] as number;
    if (state >= this.#size) return set & nots;
    const at = state * this.#words + word;
    const same = this.#same[at] as number;
    return set & (nots === 0 ? same : same | (nots & ~(this.#not[at] as number)));
  }

  effective(state: number, word: number): number {
    const writes = this.total[word] as number;
    return state < this.#size
      ? writes | (this.#from[state * this.#words + word] as number)
      : writes;
  }

  /** A replacement of the new value. */
  leadsOn(made: Int32Array, after: number, used: number): boolean {
    if (this.#anyToDo(this.#from, made, after)) return true;
    return this.#lost.usable && this.#lost.some(used, this.#facts.needs, after);
  }

  viable(made: Int32Array, state: number, used: number, k: number): boolean {
    const need = this.#facts.needs[k] as number;
    if (need === state || need === -1 || this.#anyToDo(this.#to, made, need)) return true;
    return this.#lost.usable && this.#lost.some(used, this.#facts.makes, need);
  }

  makesDead(k: number, now: number): boolean {
    const { dead, makes, lastUse } = this.#facts;
    if (dead === -1) return false;
    const value = makes[k] as number;
    if (value === -1 || (lastUse[value] as number) > now) return false;
    for (let w = 0; w < this.#words; w++) {
      const at = value * this.#words + w;
      const reads = (this.#same[at] as number) & ~(this.total[w] as number);
      if ((reads | (this.#from[at] as number)) !== 0) return false;
    }
    return true;
  }

  settled(made: Int32Array, state: number, x: number, now: number): number {
    const { dead, lastUse } = this.#facts;
    if (dead === -1 || state === dead || (lastUse[state] as number) > now) return state;
    const slot = this.#open.of.slot[x] as number;
    for (let w = 0; w < this.#words; w++) {
      const at = state * this.#words + w;
      // A read looks while it owes, a replacement while it is not done.
      const reads = (this.#same[at] as number) & ~(this.total[w] as number) & (made[w] as number);
      const replaces = (this.#from[at] as number) & ~(made[this.#words + w] as number);
      const others = slot >> 5 === w ? ~(1 << (slot & 31)) : -1;
      if (((reads | replaces) & others) !== 0) return state;
    }
    return dead;
  }

  /** Is there any in the table for this value that is not done? */
  #anyToDo(table: Int32Array, made: Int32Array, value: number): boolean {
    if (value >= this.#size) return false;
    const words = this.#words;
    for (let w = 0; w < words; w++)
      if (((table[value * words + w] as number) & ~(made[words + w] as number)) !== 0) return true;
    return false;
  }
}

function flip(table: Int32Array, at: number, bit: number): void {
  table[at] = (table[at] as number) ^ bit;
}
