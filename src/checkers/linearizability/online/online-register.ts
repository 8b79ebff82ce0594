/**
 * The numbers by which the online search knows values and kinds of operations: given out as they are met,
 * taken back when nothing refers to them any more.
 */
import { CAS, NOT, READ, type RegisterOp, WRITE } from '../../columns.ts';
import type { Moves, RegisterFacts } from '../frontier/task.ts';
import { plainValue } from './online.ts';

type Plain = ReturnType<typeof plainValue>;

/** A register whose kinds of operations come one by one, up to a capacity. */
export class OnlineRegister implements Moves {
  /** The value that is given its number first. */
  readonly init = 0;
  /** Kinds there is room for. */
  readonly kinds: number;
  readonly pure: Uint8Array;
  readonly reset: Uint8Array;
  readonly total: Uint8Array;
  /** Nothing is known of what comes: no value is ever dead. */
  readonly register: RegisterFacts;
  readonly #f: Uint8Array;
  readonly #a: Int32Array;
  readonly #b: Int32Array;
  readonly #values = new Map<Plain, number>();
  readonly #kindOf = new Map<string, number>();

  constructor(capacity: number) {
    this.kinds = capacity;
    this.#f = new Uint8Array(capacity);
    this.#a = new Int32Array(capacity);
    this.#b = new Int32Array(capacity);
    this.pure = new Uint8Array(capacity);
    this.reset = new Uint8Array(capacity);
    this.total = this.reset;
    const needs = new Int32Array(capacity).fill(-1);
    const makes = new Int32Array(capacity).fill(-1);
    this.register = { needs, makes, lastUse: new Int32Array(0), dead: -1 };
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
    const known = this.#kindOf.get(code);
    if (known !== undefined) return known;
    const k = this.#kindOf.size;
    if (k === this.kinds) return undefined;
    this.#kindOf.set(code, k);
    this.#f[k] = f;
    this.#a[k] = from;
    this.#b[k] = to;
    this.pure[k] = f === READ || f === NOT ? 1 : 0;
    this.reset[k] = f === WRITE ? 1 : 0;
    this.register.needs[k] = f === READ || f === CAS ? from : -1;
    this.register.makes[k] = f === WRITE ? from : f === CAS ? to : -1;
    return k;
  }
}
