/** Numbers in the order of their keys: least key first. */
export class Heap {
  readonly #key: Int32Array;
  #items = new Int32Array(64);
  size = 0;

  /** The keys must not change while a number is in. */
  constructor(key: Int32Array) {
    this.#key = key;
  }

  push(item: number): void {
    if (this.size === this.#items.length) {
      const wider = new Int32Array(2 * this.size);
      wider.set(this.#items);
      this.#items = wider;
    }
    const items = this.#items;
    const key = this.#key;
    const mine = key[item] as number;
    let i = this.size++;
    while (i > 0) {
      const up = (i - 1) >> 1;
      const above = items[up] as number;
      if ((key[above] as number) <= mine) break;
      items[i] = above;
      i = up;
    }
    items[i] = item;
  }

  /** The size must not be 0. */
  pop(): number {
    const items = this.#items;
    const key = this.#key;
    const top = items[0] as number;
    const n = --this.size;
    const last = items[n] as number;
    const mine = key[last] as number;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= n) break;
      const right = child + 1;
      if (
        right < n &&
        (key[items[right] as number] as number) < (key[items[child] as number] as number)
      )
        child = right;
      const below = items[child] as number;
      if ((key[below] as number) >= mine) break;
      items[i] = below;
      i = child;
    }
    items[i] = last;
    return top;
  }
}
