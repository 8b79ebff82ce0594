/**
 * Linearizability where the state only ever steps on: counters with one step, lists that grow.
 *
 * Every add stands at a *place* 1, 2, 3, … and each place is entered exactly once, whether or not
 * anybody looked. Answers and reads tell places. Places that nobody owns below the highest one known
 * are gaps: only adds with unknown outcome can have filled them. Such an add never returned, so it
 * can only stand too early, never too late; what stands later was called no earlier in any order that
 * works, so filling the gaps in the order of calls works if anything does. Then the order of the
 * parts is forced, and the running maximum of calls tests it. O(operations).
 */
import { NEVER } from '../calls.ts';
import type { Answer, Conflict } from './conflict.ts';

/** Saw that many adds. */
export const SAW = 0;
/** Is the add that made this place. */
export const MADE = 1;
/** An add with unknown outcome and unknown place. */
export const LOST = 2;
/** An add that happened after all places known, and was not told which (lists without answers). */
export const LATER = 3;

/** Operations of one key by their places, in the order of their calls. */
export interface Places {
  n: number;
  /** SAW, MADE, LOST or LATER. */
  readonly kind: Uint8Array;
  /** Whole, from 0 (SAW) or 1 (MADE), up to 2^53. */
  readonly place: Float64Array;
  readonly call: Int32Array;
  readonly ret: Int32Array;
  readonly row: Int32Array;
}

/** Room for that many operations. */
export function emptyPlaces(size: number): Places {
  return {
    n: 0,
    kind: new Uint8Array(size),
    place: new Float64Array(size),
    call: new Int32Array(size),
    ret: new Int32Array(size),
    row: new Int32Array(size),
  };
}

/** Adds one operation. */
export function pushPlace(
  places: Places,
  at: { readonly call: number; readonly ret: number },
  row: number,
  kind: number,
  place = 0,
): void {
  const i = places.n++;
  places.kind[i] = kind;
  places.place[i] = place;
  places.call[i] = at.call;
  places.ret[i] = at.ret;
  places.row[i] = row;
}

/** Judges one key. `wantOrder`: build a linearization too. */
export function judgeChain(places: Places, wantOrder = false): Answer {
  const chain = new Chain(places);
  const conflict = chain.count() ?? chain.seat() ?? chain.walk();
  if (conflict !== undefined) return { type: 'invalid', conflict };
  return { type: 'valid', order: wantOrder ? chain.order() : [] };
}

class Chain {
  readonly #p: Places;
  /** Highest place known, and the operation that knows it. */
  #top = 0;
  #topAt = -1;
  /** Adds with a place; adds without one, in the order of their calls. */
  #made = 0;
  readonly #lost: number[] = [];
  /** Per place: the add, the reads' earliest return and latest call. */
  #add = EMPTY;
  #minRet = EMPTY;
  #maxCall = EMPTY;

  constructor(places: Places) {
    this.#p = places;
  }

  /** Are there enough adds at all? Before anything of the size of a place is allocated. */
  count(): Conflict | undefined {
    const { n, kind, place, row } = this.#p;
    for (let i = 0; i < n; i++) {
      if (kind[i] === LOST) this.#lost.push(i);
      if (kind[i] === MADE) this.#made++;
      if (kind[i] !== LOST && kind[i] !== LATER && (place[i] as number) > this.#top) {
        this.#top = place[i] as number;
        this.#topAt = i;
      }
    }
    const called = this.#made + this.#lost.length;
    if (this.#top <= called) return undefined;
    return { kind: 'too-few', op: row[this.#topAt] as number, needed: this.#top, called };
  }

  seat(): Conflict | undefined {
    const { n, kind, place, call, ret, row } = this.#p;
    this.#add = new Int32Array(this.#top + 1).fill(-1);
    this.#minRet = new Int32Array(this.#top + 1).fill(NEVER);
    this.#maxCall = new Int32Array(this.#top + 1).fill(-1);
    for (let i = 0; i < n; i++) {
      const q = place[i] as number;
      if (kind[i] === MADE) {
        const other = this.#add[q] as number;
        if (other !== -1)
          return { kind: 'same-answer', first: row[other] as number, second: row[i] as number };
        this.#add[q] = i;
      } else if (kind[i] === SAW) {
        this.#minRet[q] = Math.min(this.#minRet[q] as number, ret[i] as number);
        this.#maxCall[q] = Math.max(this.#maxCall[q] as number, call[i] as number);
      }
    }
    return undefined;
  }

  walk(): Conflict | undefined {
    const { call, ret } = this.#p;
    let latest = -1;
    let gap = 0;
    for (let q = 0; q <= this.#top; q++) {
      if (q > 0) {
        let w = this.#add[q] as number;
        if (w === -1) w = this.#add[q] = this.#lost[gap++] as number;
        if (latest > (ret[w] as number)) return this.#conflict(latest, w, q);
        latest = Math.max(latest, call[w] as number);
      }
      if (latest > (this.#minRet[q] as number)) return this.#conflict(latest, this.#readAt(q), q);
      latest = Math.max(latest, this.#maxCall[q] as number);
    }
    return this.#walkLater(latest);
  }

  /** Adds that nobody saw stand after everything seen, in any order among themselves. */
  #walkLater(latest: number): Conflict | undefined {
    const { n, kind, ret } = this.#p;
    for (let i = 0; i < n; i++)
      if (kind[i] === LATER && latest > (ret[i] as number))
        return this.#conflict(latest, i, this.#top + 1);
    return undefined;
  }

  /** Adds in the order of places with the reads between; reads of one place by their calls. */
  order(): Int32Array {
    const { n, kind, place, row } = this.#p;
    const head = new Int32Array(this.#top + 1).fill(-1);
    const next = new Int32Array(n);
    for (let i = n - 1; i >= 0; i--) {
      if (kind[i] !== SAW) continue;
      const q = place[i] as number;
      next[i] = head[q] as number;
      head[q] = i;
    }
    const order = new Int32Array(n);
    let length = 0;
    for (let q = 0; q <= this.#top; q++) {
      if (q > 0) order[length++] = row[this.#add[q] as number] as number;
      for (let i = head[q] as number; i !== -1; i = next[i] as number)
        order[length++] = row[i] as number;
    }
    for (let i = 0; i < n; i++) if (kind[i] === LATER) order[length++] = row[i] as number;
    return order.subarray(0, length);
  }

  #readAt(q: number): number {
    const { n, kind, place, ret } = this.#p;
    for (let i = 0; i < n; i++)
      if (kind[i] === SAW && place[i] === q && ret[i] === this.#minRet[q]) return i;
    return -1;
  }

  /** `after`, at place `q`, returned before an earlier part was called at `latest`. */
  #conflict(latest: number, after: number, q: number): Conflict {
    const { n, kind, call, ret, row } = this.#p;
    const before = call.subarray(0, n).indexOf(latest);
    if (kind[before] !== LOST)
      return {
        kind: 'inverted',
        before: row[before] as number,
        after: row[after] as number,
        links: [],
      };
    // Not an order of two operations: too few adds that can stand that low had been called.
    const end = ret[after] as number;
    let called = 0;
    for (let i = 0; i < n; i++) {
      if ((call[i] as number) > end) continue;
      if (kind[i] === LOST || (kind[i] === MADE && (this.#p.place[i] as number) <= q)) called++;
    }
    return { kind: 'too-few', op: row[after] as number, needed: q, called };
  }
}

const EMPTY = new Int32Array(0);
