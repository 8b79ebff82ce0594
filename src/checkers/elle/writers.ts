/**
 * Who wrote a value of a key: per key a small table of open addressing, at most half full, one behind the
 * other in one array, so that whoever works on a key finds all of it in few lines of the cache.
 */
import { FAIL, type Txns, WRITE } from '../../history/packed/txns.ts';

export class Writers {
  /** Per key, first slot of its table; and one after the last. Sizes are powers of two, or 0. */
  readonly #start: Int32Array;
  /** Two numbers for each slot: the value, and the micro-operation + 1 (0: free). */
  readonly #slots: Int32Array;
  /** Two micro-operations that wrote one value, both of which may have happened: nothing can be inferred. */
  readonly twice: readonly [number, number] | undefined;

  constructor({ f, key, v, type, of, keyNames }: Txns) {
    this.#start = tableStarts(f, key, keyNames.length);
    const slots = new Int32Array(2 * (this.#start[keyNames.length] as number));
    this.#slots = slots;
    for (let m = 0; m < f.length; m++) {
      if (f[m] !== WRITE) continue;
      const slot = this.#slot(key[m] as number, v[m] as number);
      const there = (slots[slot + 1] as number) - 1;
      if (there >= 0 && type[of[there] as number] !== FAIL) {
        if (type[of[m] as number] !== FAIL) this.twice ??= [there, m];
        continue;
      }
      slots[slot] = v[m] as number;
      slots[slot + 1] = m + 1;
    }
  }

  /** The micro-operation that wrote the value; −1: none did. */
  of(key: number, value: number): number {
    return this.#start[key] === this.#start[key + 1]
      ? -1
      : (this.#slots[this.#slot(key, value) + 1] as number) - 1;
  }

  #slot(key: number, value: number): number {
    const slots = this.#slots;
    const start = this.#start[key] as number;
    const mask = (this.#start[key + 1] as number) - start - 1;
    const mixed = Math.imul(value, 0x9e37_79b1);
    for (let i = mixed ^ (mixed >>> 15); ; i++) {
      const at = 2 * (start + (i & mask));
      if (slots[at + 1] === 0 || slots[at] === value) return at;
    }
  }
}

function tableStarts(f: Uint8Array, key: Int32Array, keys: number): Int32Array {
  const start = new Int32Array(keys + 1);
  for (let m = 0; m < f.length; m++)
    if (f[m] === WRITE) (start[(key[m] as number) + 1] as number)++;
  for (let k = 0; k < keys; k++) {
    const writes = start[k + 1] as number;
    const room = writes === 0 ? 0 : 1 << (32 - Math.clz32(2 * writes - 1));
    start[k + 1] = (start[k] as number) + room;
  }
  return start;
}
