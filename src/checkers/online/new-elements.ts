/** Is an element new? Said without remembering all: it is larger than all before, or they are few. */
import type { Value } from '../../base/operation.ts';
import { plainValue, type Plain } from './online.ts';

/** Elements that are remembered by default. */
const REMEMBERED = 4096;

export class NewElements {
  readonly #most: number;
  readonly #known = new Set<Plain>();
  #largest = -Infinity;

  constructor(most = REMEMBERED) {
    this.#most = most;
  }

  /** The next element. True: none before was equal to it. */
  take(value: Value): boolean {
    const larger = typeof value === 'number' && value > this.#largest;
    if (larger) this.#largest = value;
    const all = this.#known.size < this.#most;
    const plain = plainValue(value);
    const known = this.#known.has(plain);
    if (all) this.#known.add(plain);
    return larger || (all && !known);
  }
}
