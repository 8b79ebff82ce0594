/**
 * A set of tuples of whole numbers below 2^32, flat: what makes a state cost tens of bytes.
 *
 * Tuples lie one behind the other in the order in which they came; open addressing finds them.
 */
export class TupleTable {
  readonly width: number;
  /** Tuple `i` lies at `i * width`. */
  data: Uint32Array;
  count = 0;
  /** Was the tuple of the last `add` new? */
  added = false;
  /** Place + 1; 0: free. A power of two long, at most three quarters full. */
  #slots: Uint32Array;

  constructor(width: number, capacity = 1024) {
    this.width = width;
    this.data = new Uint32Array(capacity * width);
    this.#slots = new Uint32Array(2 * capacity);
  }

  /** Bytes that the table takes. */
  get bytes(): number {
    return this.data.byteLength + this.#slots.byteLength;
  }

  /** Adds the tuple if it is not there; answers with its place. */
  add(tuple: Uint32Array): number {
    const at = this.#slotOf(tuple);
    const slot = this.#slots[at] as number;
    this.added = slot === 0;
    if (slot !== 0) return slot - 1;
    this.#slots[at] = this.count + 1;
    return this.#append(tuple);
  }

  /** Place of a tuple; −1: it is not there. */
  find(tuple: Uint32Array): number {
    return (this.#slots[this.#slotOf(tuple)] as number) - 1;
  }

  /** Where the tuple is, or would be. */
  #slotOf(tuple: Uint32Array): number {
    const { data, width } = this;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = hash(tuple, 0, width) & mask;
    for (let slot = slots[at] as number; slot !== 0; slot = slots[at] as number) {
      const start = (slot - 1) * width;
      let i = 0;
      while (i < width && data[start + i] === tuple[i]) i++;
      if (i === width) return at;
      at = (at + 1) & mask;
    }
    return at;
  }

  /** Copies tuple `place` to `out`. */
  read(place: number, out: Uint32Array): void {
    const start = place * this.width;
    for (let i = 0; i < this.width; i++) out[i] = this.data[start + i] as number;
  }

  #append(tuple: Uint32Array): number {
    const start = this.count * this.width;
    if (start === this.data.length) {
      const wider = new Uint32Array(Math.ceil(start * 1.5));
      wider.set(this.data);
      this.data = wider.subarray(0, wider.length - (wider.length % this.width));
    }
    for (let i = 0; i < this.width; i++) this.data[start + i] = tuple[i] as number;
    this.count++;
    if (this.count * 4 > this.#slots.length * 3) this.#rehash();
    return this.count - 1;
  }

  #rehash(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let place = 0; place < this.count; place++) {
      let at = hash(this.data, place * this.width, this.width) & mask;
      while (slots[at] !== 0) at = (at + 1) & mask;
      slots[at] = place + 1;
    }
    this.#slots = slots;
  }
}

function hash(words: Uint32Array, from: number, width: number): number {
  let h = 0x9e3779b9 | 0;
  for (let i = 0; i < width; i++) {
    h = Math.imul(h ^ (words[from + i] as number), 0x85ebca6b);
    h ^= h >>> 15;
  }
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 13)) >>> 0;
}
