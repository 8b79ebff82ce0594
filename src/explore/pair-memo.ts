/** What was worked out for a pair of whole numbers below 2^32: a flat memo with one number each. */
export class PairMemo {
  #count = 0;
  /** Three words an entry: both numbers, and the answer + 1 (0: free). A power of two of entries. */
  #entries: Uint32Array;
  #mask: number;

  constructor(capacity = 1024) {
    this.#entries = new Uint32Array(3 * capacity);
    this.#mask = capacity - 1;
  }

  get bytes(): number {
    return this.#entries.byteLength;
  }

  /** −1: nothing is known of the pair. */
  get(a: number, b: number): number {
    return (this.#entries[this.#find(a, b) + 2] as number) - 1;
  }

  set(a: number, b: number, answer: number): void {
    const at = this.#find(a, b);
    if (this.#entries[at + 2] === 0) this.#count++;
    this.#entries[at] = a;
    this.#entries[at + 1] = b;
    this.#entries[at + 2] = answer + 1;
    if (this.#count * 4 > (this.#mask + 1) * 3) this.#widen();
  }

  #find(a: number, b: number): number {
    const entries = this.#entries;
    let h = Math.imul(a ^ Math.imul(b, 0x85ebca6b), 0x9e3779b1);
    h = Math.imul(h ^ (h >>> 15), 0xc2b2ae35);
    let slot = (h ^ (h >>> 13)) & this.#mask;
    for (;;) {
      const at = 3 * slot;
      if (entries[at + 2] === 0 || (entries[at] === a && entries[at + 1] === b)) return at;
      slot = (slot + 1) & this.#mask;
    }
  }

  #widen(): void {
    const old = this.#entries;
    this.#entries = new Uint32Array(old.length * 2);
    this.#mask = 2 * (this.#mask + 1) - 1;
    for (let at = 0; at < old.length; at += 3) {
      if (old[at + 2] === 0) continue;
      const to = this.#find(old[at] as number, old[at + 1] as number);
      for (let i = 0; i < 3; i++) this.#entries[to + i] = old[at + i] as number;
    }
  }
}
