/** Values as dense ids, for readers that meet them as numbers, strings or text of JSON. */
import type { Value } from '../../base/operation.ts';
import { wider } from './wider.ts';

/** Integers below this go through a flat table. */
const SMALL = 1 << 20;

/** Id 0 is null. Equal values have equal ids. */
export class Values {
  readonly all: Value[] = [null];
  #small = new Int32Array(64);
  /** Open addressing for other numbers: key, id; 0 is free. */
  #keys = new Float64Array(64);
  #ids = new Int32Array(64);
  #used = 0;
  readonly #strings = new Map<string, number>();
  readonly #structured = new Map<string, number>();

  number(x: number): number {
    if (x >= 0 && x < SMALL && Number.isInteger(x)) {
      if (x >= this.#small.length) this.#small = wider(this.#small, x);
      const known = this.#small[x] as number;
      if (known !== 0) return known;
      return (this.#small[x] = this.all.push(x) - 1);
    }
    const mask = this.#keys.length - 1;
    let at = hash(x) & mask;
    while (this.#ids[at] !== 0) {
      if (this.#keys[at] === x) return this.#ids[at] as number;
      at = (at + 1) & mask;
    }
    const id = this.all.push(x) - 1;
    this.#keys[at] = x;
    this.#ids[at] = id;
    if (++this.#used * 2 > this.#keys.length) this.#grow();
    return id;
  }

  string(x: string): number {
    const known = this.#strings.get(x);
    if (known !== undefined) return known;
    const id = this.all.push(x) - 1;
    this.#strings.set(x, id);
    return id;
  }

  /** Any value. */
  value(x: Value): number {
    if (x === null) return 0;
    if (typeof x === 'number') return this.number(x);
    if (typeof x === 'string') return this.string(x);
    const text = JSON.stringify(x);
    const known = this.#structured.get(text);
    if (known !== undefined) return known;
    const id = this.all.push(x) - 1;
    this.#structured.set(text, id);
    return id;
  }

  #grow(): void {
    const [keys, ids] = [this.#keys, this.#ids];
    const mask = 2 * keys.length - 1;
    this.#keys = new Float64Array(2 * keys.length);
    this.#ids = new Int32Array(2 * keys.length);
    for (let i = 0; i < keys.length; i++) {
      if (ids[i] === 0) continue;
      let at = hash(keys[i] as number) & mask;
      while (this.#ids[at] !== 0) at = (at + 1) & mask;
      this.#keys[at] = keys[i] as number;
      this.#ids[at] = ids[i] as number;
    }
  }
}

/** Mixes both halves of an integer up to 2^53; fractions fall together with their neighbours. */
function hash(x: number): number {
  const high = Math.imul((x / 0x1_0000_0000) | 0, 0x85ebca6b);
  const mixed = Math.imul((x | 0) ^ high, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
