/** The moves of a register: states are value ids, a kind is READ, WRITE, CAS or NOT of some values. */
import { CAS, NOT, READ, WRITE } from '../../columns.ts';
import type { Moves, RegisterFacts } from './task.ts';

export class RegisterMoves implements Moves {
  readonly init = 0;
  readonly kinds: number;
  readonly pure: Uint8Array;
  readonly reset: Uint8Array;
  readonly total: Uint8Array;
  readonly register: RegisterFacts;
  readonly #f: Uint8Array;
  readonly #a: Int32Array;
  readonly #b: Int32Array;

  /** Room for so many kinds; `lastUse` and `dead` as in `RegisterFacts`. */
  constructor(kinds: number, lastUse: Int32Array, dead: number) {
    this.kinds = kinds;
    this.#f = new Uint8Array(kinds);
    this.#a = new Int32Array(kinds);
    this.#b = new Int32Array(kinds);
    this.pure = new Uint8Array(kinds);
    this.reset = new Uint8Array(kinds);
    this.total = this.reset;
    const needs = new Int32Array(kinds);
    const makes = new Int32Array(kinds);
    const refuses = new Int32Array(kinds);
    this.register = { needs, makes, refuses, lastUse, dead };
  }

  /** What kind k is. */
  set(k: number, f: number, a: number, b: number): void {
    this.#f[k] = f;
    this.#a[k] = a;
    this.#b[k] = b;
    this.pure[k] = f === READ || f === NOT ? 1 : 0;
    this.reset[k] = f === WRITE ? 1 : 0;
    this.register.needs[k] = f === READ || f === CAS ? a : -1;
    this.register.makes[k] = f === WRITE ? a : f === CAS ? b : -1;
    this.register.refuses[k] = f === NOT ? a : -1;
  }

  step(state: number, k: number): number {
    const a = this.#a[k] as number;
    switch (this.#f[k]) {
      case WRITE:
        return a;
      case READ:
        return a === state ? state : -1;
      case CAS:
        return a === state ? (this.#b[k] as number) : -1;
      default:
        return a === state ? -1 : state;
    }
  }
}
