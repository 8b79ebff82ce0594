/**
 * The numbers by which the online search knows values and kinds of operations, given out as they are met.
 */
import { CAS, type RegisterOp } from '../../columns.ts';
import { RegisterMoves } from '../frontier/register-moves.ts';
import { plainValue } from './online.ts';

type Plain = ReturnType<typeof plainValue>;

export class OnlineRegister {
  /** Nothing is known of what comes: no value is ever dead. */
  readonly moves: RegisterMoves;
  readonly #values = new Map<Plain, number>();
  readonly #kinds = new Map<string, number>();

  /** There is room for so many kinds. The value that is given its number first is the initial one. */
  constructor(kinds: number) {
    this.moves = new RegisterMoves(kinds, new Int32Array(0), -1);
  }

  /** The number of a value. */
  value(plain: Plain): number {
    let id = this.#values.get(plain);
    if (id === undefined) this.#values.set(plain, (id = this.#values.size));
    return id;
  }

  /** The values by their numbers. */
  named(): readonly Plain[] {
    return [...this.#values.keys()];
  }

  /** The kind of an operation; undefined: there is no room for another one. */
  kind({ f, a, b }: RegisterOp): number | undefined {
    const from = this.value(plainValue(a));
    const to = f === CAS ? this.value(plainValue(b)) : 0;
    const code = `${f},${from},${to}`;
    const known = this.#kinds.get(code);
    if (known !== undefined) return known;
    const k = this.#kinds.size;
    if (k === this.moves.kinds) return undefined;
    this.#kinds.set(code, k);
    this.moves.set(k, f, from, to);
    return k;
  }
}
