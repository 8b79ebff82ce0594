/**
 * Virtual time: a queue of things to come.
 *
 * Whole microseconds since the run began. Things that come at the same moment come in the order in
 * which they were put in, so that a run depends on nothing but its seed.
 */

/** Binary heap over typed arrays: earliest first, ties in order of insertion. */
export class EventQueue<T> {
  #times = new Float64Array(64);
  #orders = new Float64Array(64);
  readonly #items: (T | undefined)[] = [];
  #size = 0;
  #pushed = 0;

  get size(): number {
    return this.#size;
  }

  /** Puts `item` at `atUs`. */
  push(atUs: number, item: T): void {
    if (this.#size === this.#times.length) this.#grow();
    const order = this.#pushed++;
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      // A new item has the latest order, so a parent of the same time stays above it.
      if ((this.#times[parent] as number) <= atUs) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(at, atUs, order, item);
  }

  /** Time of the earliest item; infinite if there is none. */
  nextUs(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#times[0] as number);
  }

  /** Removes and returns the earliest item; undefined if there is none. */
  pop(): T | undefined {
    if (this.#size === 0) return undefined;
    const first = this.#items[0];
    const last = --this.#size;
    const time = this.#times[last] as number;
    const order = this.#orders[last] as number;
    const item = this.#items[last] as T;
    this.#items[last] = undefined;
    if (last > 0) this.#sink(time, order, item);
    return first;
  }

  #sink(time: number, order: number, item: T): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#before(child + 1, child)) child++;
      const childTime = this.#times[child] as number;
      if (childTime > time || (childTime === time && (this.#orders[child] as number) > order))
        break;
      this.#move(child, at);
      at = child;
    }
    this.#put(at, time, order, item);
  }

  #before(a: number, b: number): boolean {
    const difference = (this.#times[a] as number) - (this.#times[b] as number);
    return difference === 0
      ? (this.#orders[a] as number) < (this.#orders[b] as number)
      : difference < 0;
  }

  #move(from: number, to: number): void {
    this.#put(
      to,
      this.#times[from] as number,
      this.#orders[from] as number,
      this.#items[from] as T,
    );
  }

  #put(at: number, time: number, order: number, item: T): void {
    this.#times[at] = time;
    this.#orders[at] = order;
    this.#items[at] = item;
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2);
    const orders = new Float64Array(this.#times.length * 2);
    times.set(this.#times);
    orders.set(this.#orders);
    this.#times = times;
    this.#orders = orders;
  }
}
