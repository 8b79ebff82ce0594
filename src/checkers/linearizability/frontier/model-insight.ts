/** What is known of open operations whatever the model: each is asked for its move. */
import type { Insight } from './insight.ts';
import type { OpenOperations } from './open-operations.ts';
import type { Moves } from './task.ts';

export class ModelInsight implements Insight {
  readonly total: Int32Array;
  readonly bytes = 0;
  readonly #moves: Moves;
  readonly #open: OpenOperations;
  readonly #effective: Int32Array;

  constructor(moves: Moves, open: OpenOperations) {
    this.#moves = moves;
    this.#open = open;
    this.total = new Int32Array(open.words);
    this.#effective = new Int32Array(open.words);
  }

  toggle(op: number): void {
    const { kind, slot } = this.#open.of;
    const k = kind[op] as number;
    const word = (slot[op] as number) >> 5;
    const bit = 1 << ((slot[op] as number) & 31);
    if (this.#moves.total[k] === 1) this.total[word] = (this.total[word] as number) ^ bit;
    if (this.#moves.pure[k] === 0) this.#effective[word] = (this.#effective[word] as number) ^ bit;
  }

  standing(state: number, word: number, set: number): number {
    const { bySlot, of } = this.#open;
    let standing = 0;
    for (let rest = set; rest !== 0;) {
      const bit = rest & -rest;
      rest ^= bit;
      const k = of.kind[bySlot[(word << 5) + (31 - Math.clz32(bit))] as number] as number;
      if (this.#moves.step(state, k) === state) standing |= bit;
    }
    return standing;
  }

  effective(_: number, word: number): number {
    return this.#effective[word] as number;
  }

  leadsOn(): boolean {
    return true;
  }

  viable(_: Int32Array, state: number, __: number, k: number): boolean {
    return this.#moves.viable?.(state, k) ?? true;
  }

  makesDead(): boolean {
    return false;
  }

  settled(_: Int32Array, state: number): number {
    return state;
  }
}
