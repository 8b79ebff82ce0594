/**
 * What a register allows beyond any object (each exact): values at which nobody will look any more are
 * one, a write must gain something at once, an operation becomes possible only by its value.
 *
 * `made` are the sets of a configuration: U (owing) in the first words, then D (done).
 */
import type { LostOperations } from './lost-operations.ts';
import type { OpenOperations } from './open-operations.ts';
import type { Moves, RegisterFacts } from './task.ts';

export class RegisterRules {
  readonly #facts: RegisterFacts;
  readonly #pure: Uint8Array;
  readonly #open: OpenOperations;
  readonly #lost: LostOperations;

  constructor(moves: Moves, facts: RegisterFacts, open: OpenOperations, lost: LostOperations) {
    this.#facts = facts;
    this.#pure = moves.pure;
    this.#open = open;
    this.#lost = lost;
  }

  /** After a write that changed the value: is there a replacement of the new one? */
  enables(made: Int32Array, after: number, used: number): boolean {
    const { list, count, words, of } = this.#open;
    const { needs } = this.#facts;
    for (let i = 0; i < count; i++) {
      const z = list[i] as number;
      const k = of.kind[z] as number;
      if (needs[k] !== after || this.#pure[k] === 1) continue;
      const slot = of.slot[z] as number;
      if (((made[words + (slot >> 5)] as number) & (1 << (slot & 31))) === 0) return true;
    }
    return this.#lost.usable && this.#lost.some(used, needs, after);
  }

  /** May an operation of kind k still become possible? */
  viable(made: Int32Array, state: number, used: number, k: number): boolean {
    const { needs, makes } = this.#facts;
    const need = needs[k] as number;
    if (need === state || need === -1) return true;
    const { list, count, words, of } = this.#open;
    for (let i = 0; i < count; i++) {
      const z = list[i] as number;
      if (makes[of.kind[z] as number] !== need) continue;
      const slot = of.slot[z] as number;
      if (((made[words + (slot >> 5)] as number) & (1 << (slot & 31))) === 0) return true;
    }
    return this.#lost.usable && this.#lost.some(used, makes, need);
  }

  /** Is the effect of this kind one that nobody will look at after the return at `now`? */
  makesDead(k: number, now: number): boolean {
    const { dead, makes, lastUse, needs } = this.#facts;
    if (dead === -1) return false;
    const value = makes[k] as number;
    if (value === -1 || (lastUse[value] as number) > now) return false;
    const { list, count, of } = this.#open;
    for (let i = 0; i < count; i++)
      if (needs[of.kind[list[i] as number] as number] === value) return false;
    return true;
  }

  /** A value at which nobody but `x` will look after `now` is as good as any other such value. */
  settled(made: Int32Array, state: number, x: number, now: number): number {
    const { dead, lastUse, needs } = this.#facts;
    if (dead === -1 || state === dead || (lastUse[state] as number) > now) return state;
    const { list, count, words, of } = this.#open;
    for (let i = 0; i < count; i++) {
      const z = list[i] as number;
      const k = of.kind[z] as number;
      if (needs[k] !== state || z === x) continue;
      const slot = of.slot[z] as number;
      // A read looks while it owes, a replacement while it is not done.
      const pure = this.#pure[k] === 1;
      const has = ((made[(pure ? 0 : words) + (slot >> 5)] as number) & (1 << (slot & 31))) !== 0;
      if (has === pure) return state;
    }
    return dead;
  }
}
