/**
 * Timers by name, made for thousands of set and cancel in a millisecond: a heap in which what was
 * cancelled or moved stays until it comes to the top or until the dead are the majority. Knows no
 * clock: the host asks what is due.
 */
interface Armed {
  readonly id: string;
  /** When it is due. Later than `at` when the timer was moved back: it is then put in anew. */
  due: number;
  /** Place in the order of the heap. */
  at: number;
  /** Order of arming: decides between equal places. */
  readonly seq: number;
  live: boolean;
}

/** Dead entries that are borne before the heap is swept. */
const SWEEP_FROM = 1024;

export class Timers {
  readonly #byId = new Map<string, Armed>();
  #heap: Armed[] = [];
  #seq = 0;

  get size(): number {
    return this.#byId.size;
  }

  /** Arms a timer, or arms it anew. `due` in the caller's unit. */
  set(id: string, due: number): void {
    const armed = this.#byId.get(id);
    if (armed !== undefined && due >= armed.at) {
      armed.due = due;
      return;
    }
    if (armed !== undefined) armed.live = false;
    const fresh: Armed = { id, due, at: due, seq: ++this.#seq, live: true };
    this.#byId.set(id, fresh);
    this.#push(fresh);
    this.#sweep();
  }

  cancel(id: string): void {
    const armed = this.#byId.get(id);
    if (armed === undefined) return;
    armed.live = false;
    this.#byId.delete(id);
    this.#sweep();
  }

  clear(): void {
    this.#byId.clear();
    this.#heap = [];
  }

  /** A time before which nothing is due; undefined: nothing is armed. Never later than the first. */
  next(): number | undefined {
    this.#settle();
    return this.#heap[0]?.at;
  }

  /** Takes out the earliest timer that is due at `now`. */
  takeDue(now: number): string | undefined {
    this.#settle();
    const first = this.#heap[0];
    if (first === undefined || first.at > now) return undefined;
    this.#pop();
    this.#byId.delete(first.id);
    return first.id;
  }

  /** Brings a live entry, in its true place, to the top. */
  #settle(): void {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || (first.live && first.due === first.at)) return;
      this.#pop();
      if (!first.live) continue;
      first.at = first.due;
      this.#push(first);
    }
  }

  #sweep(): void {
    if (this.#heap.length < SWEEP_FROM || this.#heap.length < 2 * this.#byId.size) return;
    const live = [...this.#byId.values()];
    for (const armed of live) armed.at = armed.due;
    this.#heap = live.toSorted((a, b) => (before(a, b) ? -1 : 1));
  }

  #push(armed: Armed): void {
    const heap = this.#heap;
    let hole = heap.length;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = heap[parent] as Armed;
      if (!before(armed, above)) break;
      heap[hole] = above;
      hole = parent;
    }
    heap[hole] = armed;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Armed;
    if (heap.length === 0) return;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Armed, heap[child] as Armed))
        child++;
      if (!before(heap[child] as Armed, last)) break;
      heap[hole] = heap[child] as Armed;
      hole = child;
    }
    heap[hole] = last;
  }
}

function before(a: Armed, b: Armed): boolean {
  return a.at < b.at || (a.at === b.at && a.seq < b.seq);
}
