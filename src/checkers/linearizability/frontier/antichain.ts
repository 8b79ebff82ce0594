/**
 * Configurations of which none makes another one superfluous, in one flat array.
 *
 * A configuration is (state, multiset of lost operations used, U owing, D done). It dominates another
 * of the same state if it owes no more, has used no more, and the other way round for what is left:
 * whatever explains the rest from the other one explains it from this one too. The dead state of a
 * register is dominated from every state.
 */
import type { Multisets } from './multisets.ts';

/** Fields of a configuration before its bit sets. */
export const STATE = 0;
export const USED = 1;
const NEXT = 2;
export const DEAD = 3;
export const TRAIL = 4;
export const SETS = 5;

/** Room for so many at first; there are twice as many buckets, and again when half of them are in use. */
const ROOM = 16;

const NOTHING = new Int32Array(0);

export class Antichain {
  readonly words: number;
  readonly stride: number;
  data: Int32Array;
  /** Ints in use; entries that were dominated later are marked `DEAD` and stay. */
  end = 0;
  /** Entries not dominated. */
  live = 0;
  #head: Int32Array;
  /** Buckets in use. */
  #used = 0;
  readonly #multisets: Multisets | undefined;
  readonly #deadState: number;

  constructor(words: number, multisets: Multisets | undefined, deadState: number, room = ROOM) {
    this.words = words;
    this.stride = SETS + 2 * words;
    this.data = room === 0 ? NOTHING : new Int32Array(room * this.stride);
    this.#head = room === 0 ? NOTHING : new Int32Array(2 * room).fill(-1);
    this.#multisets = multisets;
    this.#deadState = deadState;
  }

  get bytes(): number {
    return this.data.byteLength + this.#head.byteLength;
  }

  clear(): void {
    const { data } = this;
    const head = this.#head;
    for (let o = 0; o < this.end; o += this.stride)
      head[this.#bucket(data[o + STATE] as number)] = -1;
    this.#used = 0;
    this.end = 0;
    this.live = 0;
  }

  /** Adds a configuration whose sets lie in `sets` (U words, then D words). Its offset, or -1: dominated. */
  add(state: number, used: number, sets: Int32Array): number {
    if (2 * this.#used >= this.#head.length) this.#spread();
    const bucket = this.#bucket(state);
    const first = this.#head[bucket] as number;
    if (state === this.#deadState) {
      for (let o = 0; o < this.end; o += this.stride)
        if (this.data[o + DEAD] === 0 && (this.#compare(o, used, sets) & 1) === 1) return -1;
    } else if (!this.#place(first, state, used, sets)) return -1;
    if (this.#deadState !== -1 && this.live > 0) this.#killDead(used, sets);
    return this.#append(bucket, first, state, used, sets);
  }

  #bucket(state: number): number {
    return (Math.imul(state, 0x9e3779b1) >>> 15) & (this.#head.length - 1);
  }

  /** Twice as many buckets. */
  #spread(): void {
    this.#head = new Int32Array(Math.max(2, 2 * this.#head.length)).fill(-1);
    this.#used = 0;
    const { data } = this;
    for (let o = 0; o < this.end; o += this.stride) {
      const bucket = this.#bucket(data[o + STATE] as number);
      const first = this.#head[bucket] as number;
      data[o + NEXT] = first;
      if (first === -1) this.#used++;
      this.#head[bucket] = o;
    }
  }

  /** Is there room for it among those of its state? Marks those that it dominates. */
  #place(first: number, state: number, used: number, sets: Int32Array): boolean {
    const { data } = this;
    for (let o = first; o !== -1; o = data[o + NEXT] as number) {
      if (data[o + STATE] !== state || data[o + DEAD] === 1) continue;
      const relation = this.#compare(o, used, sets);
      if ((relation & 1) === 1) return false;
      if (relation === 2) {
        data[o + DEAD] = 1;
        this.live--;
      }
    }
    return true;
  }

  #killDead(used: number, sets: Int32Array): void {
    const { data } = this;
    const state = this.#deadState;
    const bucket = this.#bucket(state);
    for (let o = this.#head[bucket] as number; o !== -1; o = data[o + NEXT] as number) {
      if (data[o + STATE] !== state || data[o + DEAD] === 1) continue;
      if ((this.#compare(o, used, sets) & 2) === 0) continue;
      data[o + DEAD] = 1;
      this.live--;
    }
  }

  /** Bit 1: the entry at `o` dominates; bit 2: it is dominated. */
  #compare(o: number, used: number, sets: Int32Array): number {
    const { data } = this;
    let more = 0;
    let less = 0;
    for (let w = 0, at = o + SETS; w < sets.length; w++, at++) {
      const x = data[at] as number;
      const y = sets[w] as number;
      more |= x & ~y;
      less |= y & ~x;
      if (more !== 0 && less !== 0) return 0;
    }
    const relation = (more === 0 ? 1 : 0) | (less === 0 ? 2 : 0);
    const other = data[o + USED] as number;
    if (other === used || this.#multisets === undefined) return relation;
    return relation & this.#compareUsed(this.#multisets, other, used);
  }

  #compareUsed(multisets: Multisets, other: number, used: number): number {
    return (multisets.within(other, used) ? 1 : 0) | (multisets.within(used, other) ? 2 : 0);
  }

  #append(bucket: number, first: number, state: number, used: number, sets: Int32Array): number {
    const o = this.end;
    this.end += this.stride;
    if (this.end > this.data.length) {
      const grown = new Int32Array(Math.max(this.stride, 2 * this.data.length));
      grown.set(this.data);
      this.data = grown;
    }
    const { data } = this;
    data[o + STATE] = state;
    data[o + USED] = used;
    data[o + NEXT] = first;
    data[o + DEAD] = 0;
    data[o + TRAIL] = -1;
    for (let w = 0; w < sets.length; w++) data[o + SETS + w] = sets[w] as number;
    if (first === -1) this.#used++;
    this.#head[bucket] = o;
    this.live++;
    return o;
  }
}
