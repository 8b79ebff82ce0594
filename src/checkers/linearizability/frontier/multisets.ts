/**
 * Which operations with unknown outcome a configuration has used: counts per kind, each different
 * vector of counts stored once. Those of one kind are interchangeable, so counts suffice.
 */

/** How two are compared: by what they contain (exact), or only by size (throws configurations away). */
export type Comparison = 'exact' | 'size';

export class Multisets {
  /** Kinds that are counted. */
  readonly kinds: number;
  comparison: Comparison;
  #counts: Int32Array;
  #size: number[] = [0];
  #hash: number[] = [0];
  readonly #weight: Int32Array;
  #byHash = new Map<number, number[]>();
  #moves = new Map<number, number>();

  constructor(kinds: number, comparison: Comparison) {
    this.kinds = kinds;
    this.comparison = comparison;
    this.#counts = new Int32Array(64 * kinds);
    this.#weight = new Int32Array(kinds);
    // Multiples of an odd constant: sums of few of them seldom collide; a collision costs a comparison.
    for (let c = 0; c < kinds; c++)
      this.#weight[c] = Math.imul(Math.imul(c + 1, 0x9e3779b1) ^ ((c + 1) << 13), 0x85ebca6b);
    this.#byHash.set(0, [0]);
  }

  /** Vectors stored. 0 is the empty one. */
  get stored(): number {
    return this.#size.length;
  }

  get bytes(): number {
    return this.#counts.byteLength + 80 * this.stored;
  }

  count(id: number, kind: number): number {
    return this.#counts[id * this.kinds + kind] as number;
  }

  size(id: number): number {
    return this.#size[id] as number;
  }

  /** The multiset with one more of a kind. */
  plus(id: number, kind: number): number {
    const move = id * this.kinds + kind;
    const known = this.#moves.get(move);
    if (known !== undefined) return known;
    const hash = ((this.#hash[id] as number) + (this.#weight[kind] as number)) | 0;
    const after = this.#find(id, kind, hash) ?? this.#store(id, kind, hash);
    this.#moves.set(move, after);
    return after;
  }

  /** Does the first use no more than the second? */
  within(x: number, y: number): boolean {
    if (this.size(x) > this.size(y)) return false;
    if (this.comparison === 'size' || x === y) return true;
    const { kinds } = this;
    for (let c = 0; c < kinds; c++)
      if ((this.#counts[x * kinds + c] as number) > (this.#counts[y * kinds + c] as number))
        return false;
    return true;
  }

  /** Forgets all but these; answers the new ids of those kept. */
  keep(ids: Iterable<number>): ReadonlyMap<number, number> {
    const renamed = new Map<number, number>([[0, 0]]);
    const { kinds } = this;
    const [counts, size, hash] = [this.#counts, this.#size, this.#hash];
    const kept = [...new Set(ids)].filter((id) => id !== 0).toSorted((a, b) => a - b);
    this.#counts = new Int32Array(Math.max(64, 2 * (kept.length + 1)) * kinds);
    this.#size = [0];
    this.#hash = [0];
    this.#byHash = new Map([[0, [0]]]);
    this.#moves = new Map();
    for (const id of kept) {
      const fresh = this.#size.length;
      this.#counts.set(counts.subarray(id * kinds, (id + 1) * kinds), fresh * kinds);
      this.#register(size[id] as number, hash[id] as number);
      renamed.set(id, fresh);
    }
    return renamed;
  }

  #find(id: number, kind: number, hash: number): number | undefined {
    const { kinds } = this;
    return this.#byHash.get(hash)?.find((other) => {
      for (let c = 0; c < kinds; c++) {
        const more = c === kind ? 1 : 0;
        if (this.#counts[other * kinds + c] !== (this.#counts[id * kinds + c] as number) + more)
          return false;
      }
      return true;
    });
  }

  #store(id: number, kind: number, hash: number): number {
    const { kinds } = this;
    const fresh = this.#size.length;
    if ((fresh + 1) * kinds > this.#counts.length) {
      const grown = new Int32Array(2 * this.#counts.length);
      grown.set(this.#counts);
      this.#counts = grown;
    }
    this.#counts.copyWithin(fresh * kinds, id * kinds, (id + 1) * kinds);
    const at = fresh * kinds + kind;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#register(this.size(id) + 1, hash);
    return fresh;
  }

  #register(size: number, hash: number): void {
    const id = this.#size.push(size) - 1;
    this.#hash.push(hash);
    const same = this.#byHash.get(hash);
    if (same === undefined) this.#byHash.set(hash, [id]);
    else same.push(id);
  }
}
