/**
 * Who wrote a value of a key: one table of open addressing over typed arrays, at most half full.
 */
import { FAIL, type Txns, WRITE } from '../../history/packed/txns.ts';

export class Writers {
  readonly #txns: Txns;
  readonly #mask: number;
  /** Micro-operation + 1; 0: free. */
  readonly #slots: Int32Array;
  /** Two micro-operations that wrote one value, both of which may have happened: nothing can be inferred. */
  readonly twice: readonly [number, number] | undefined;

  constructor(txns: Txns) {
    this.#txns = txns;
    const { f, type, of } = txns;
    let writes = 0;
    for (let m = 0; m < f.length; m++) if (f[m] === WRITE) writes++;
    let size = 16;
    while (size < 2 * writes) size *= 2;
    this.#mask = size - 1;
    this.#slots = new Int32Array(size);
    for (let m = 0; m < f.length; m++) {
      if (f[m] !== WRITE) continue;
      const slot = this.#slot(txns.key[m] as number, txns.v[m] as number);
      const there = (this.#slots[slot] as number) - 1;
      const failed = type[of[m] as number] === FAIL;
      if (there < 0 || type[of[there] as number] === FAIL) this.#slots[slot] = m + 1;
      else if (!failed) this.twice ??= [there, m];
    }
  }

  /** The micro-operation that wrote the value; −1: none did. */
  of(key: number, value: number): number {
    return (this.#slots[this.#slot(key, value)] as number) - 1;
  }

  #slot(key: number, value: number): number {
    const { key: keys, v } = this.#txns;
    let slot = ((Math.imul(key, 0x9e37_79b1) ^ Math.imul(value, 0x85eb_ca6b)) >>> 7) & this.#mask;
    for (;;) {
      const m = (this.#slots[slot] as number) - 1;
      if (m < 0 || (keys[m] === key && v[m] === value)) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }
}
