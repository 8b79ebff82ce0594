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

  /** Room for so many kinds; `lastUse` and `dead` as in `RegisterFacts`. */
  constructor(kinds: number, lastUse: Int32Array, dead: number) {
    this.kinds = kinds;
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
    this.pure[k] = f === READ || f === NOT ? 1 : 0;
    this.reset[k] = f === WRITE ? 1 : 0;
    this.register.needs[k] = f === READ || f === CAS ? a : -1;
    this.register.makes[k] = f === WRITE ? a : f === CAS ? b : -1;
    this.register.refuses[k] = f === NOT ? a : -1;
  }

  step(state: number, k: number): number {
    const { needs, makes, refuses } = this.register;
    const need = needs[k] as number;
    if (need !== -1 && need !== state) return -1;
    const made = makes[k] as number;
    if (made !== -1) return made;
    return refuses[k] === state ? -1 : state;
  }
}
