/**
 * How each configuration came about: a tree of steps, each with the one before it. Only the branches
 * that lead to configurations still alive are kept.
 */

/** Parent, operation (or -1 - kind of a lost one), number of the return at which it was used. */
const STEP = 3;

export class Trails {
  #steps = new Int32Array(STEP * 1024);
  #count = 0;
  /** Thin out when there are so many. */
  #next = 1 << 20;

  get bytes(): number {
    return this.#steps.byteLength;
  }

  get crowded(): boolean {
    return this.#count > this.#next;
  }

  /** A step after `parent` (-1: the first one). */
  push(parent: number, operation: number, at: number): number {
    const id = this.#count++;
    if (this.#count * STEP > this.#steps.length) {
      const grown = new Int32Array(2 * this.#steps.length);
      grown.set(this.#steps);
      this.#steps = grown;
    }
    this.#steps[id * STEP] = parent;
    this.#steps[id * STEP + 1] = operation;
    this.#steps[id * STEP + 2] = at;
    return id;
  }

  /** Operations and the returns at which they were used, first to last. */
  path(id: number): { readonly operation: number; readonly at: number }[] {
    const path = [];
    for (let step = id; step !== -1; step = this.#steps[step * STEP] as number)
      path.push({
        operation: this.#steps[step * STEP + 1] as number,
        at: this.#steps[step * STEP + 2] as number,
      });
    return path.toReversed();
  }

  /** Forgets the steps that lead to none of these; answers the new id of each old one (-1: gone). */
  keep(ids: Iterable<number>): Int32Array {
    const renamed = new Int32Array(this.#count).fill(-1);
    for (const id of ids)
      for (let step = id; step !== -1 && renamed[step] === -1;) {
        renamed[step] = 0;
        step = this.#steps[step * STEP] as number;
      }
    let fresh = 0;
    for (let step = 0; step < this.#count; step++) {
      if (renamed[step] === -1) continue;
      const parent = this.#steps[step * STEP] as number;
      this.#steps[fresh * STEP] = parent === -1 ? -1 : (renamed[parent] as number);
      this.#steps[fresh * STEP + 1] = this.#steps[step * STEP + 1] as number;
      this.#steps[fresh * STEP + 2] = this.#steps[step * STEP + 2] as number;
      renamed[step] = fresh++;
    }
    this.#count = fresh;
    this.#next = Math.max(1 << 20, 2 * fresh);
    return renamed;
  }
}
