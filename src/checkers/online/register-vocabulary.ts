/** Values and operations of a register, for the online search. */
import { CAS, type RegisterOp } from '../columns.ts';
import { RegisterMoves } from '../linearizability/frontier/register-moves.ts';
import { type Plain, plainValue } from './online.ts';
import type { Vocabulary } from './vocabulary.ts';

export class RegisterVocabulary implements Vocabulary<RegisterOp> {
  /** Nothing is known of what comes: no value is ever dead. */
  readonly moves: RegisterMoves;
  readonly #values = new Map<Plain, number>();
  readonly #names: Plain[] = [];
  readonly #kinds = new Map<string, number>();

  constructor(kinds = 0) {
    this.moves = new RegisterMoves(kinds, new Int32Array(0), -1);
  }

  get size(): number {
    return this.#names.length;
  }

  kind({ f, a, b }: RegisterOp): number | undefined {
    const from = this.number(plainValue(a));
    const to = f === CAS ? this.number(plainValue(b)) : 0;
    const code = `${f},${from},${to}`;
    const known = this.#kinds.get(code);
    if (known !== undefined) return known;
    const k = this.#kinds.size;
    if (k === this.moves.kinds) return undefined;
    this.#kinds.set(code, k);
    this.moves.set(k, f, from, to);
    return k;
  }

  isIdle(): boolean {
    return false;
  }

  renewed(kinds: number): RegisterVocabulary {
    return new RegisterVocabulary(kinds);
  }

  state(number: number): Plain {
    return this.#names[number] as Plain;
  }

  number(plain: Plain): number {
    let id = this.#values.get(plain);
    if (id === undefined) this.#values.set(plain, (id = this.#names.push(plain) - 1));
    return id;
  }
}
