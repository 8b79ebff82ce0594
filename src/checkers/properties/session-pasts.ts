/**
 * What is known of each session: how many of its operations lie in a past. A vector with a place for every
 * session there ever was, of which an operation changes few: so it is a tree that shares what did not
 * change, and two are joined by looking only at where they differ. Sessions that ended long ago are mostly
 * shared by all, so a step costs about the logarithm of the number of sessions, however many there were.
 */

/** A leaf counts `WIDTH` sessions, an inner node has as many children; undefined: nothing is known. */
export type Past = Int32Array | readonly Past[] | undefined;

const BITS = 4;
const WIDTH = 1 << BITS;

/** Pasts over so many sessions. They are never changed; every step answers a new one or an old one. */
export class Pasts {
  /** Nodes that were looked at or made, for those who limit what a check may cost. */
  work = 0;
  readonly #levels: number;

  constructor(sessions: number) {
    let levels = 0;
    for (let room = WIDTH; room < sessions; room *= WIDTH) levels++;
    this.#levels = levels;
  }

  count(past: Past, session: number): number {
    let node = past;
    for (let level = this.#levels; level > 0 && node !== undefined; level--)
      node = (node as readonly Past[])[(session >> (BITS * level)) & (WIDTH - 1)];
    return (node as Int32Array | undefined)?.[session & (WIDTH - 1)] ?? 0;
  }

  /** The past in which so many operations of the session are known, if it was less. */
  with(past: Past, session: number, count: number): Past {
    return this.count(past, session) >= count
      ? past
      : this.#with(past, this.#levels, session, count);
  }

  /** All that either knows. Equal parts are those of the second, so that pasts grow together. */
  join(a: Past, b: Past): Past {
    return this.#join(a, b, this.#levels);
  }

  #with(node: Past, level: number, session: number, count: number): Past {
    this.work++;
    if (level === 0) {
      const leaf = node === undefined ? new Int32Array(WIDTH) : (node as Int32Array).slice();
      leaf[session & (WIDTH - 1)] = count;
      return leaf;
    }
    const children = node === undefined ? NOTHING.slice() : (node as readonly Past[]).slice();
    const at = (session >> (BITS * level)) & (WIDTH - 1);
    children[at] = this.#with(children[at], level - 1, session, count);
    return children;
  }

  #join(a: Past, b: Past, level: number): Past {
    if (a === b || b === undefined) return a;
    if (a === undefined) return b;
    this.work++;
    return level === 0
      ? joinLeaves(a as Int32Array, b as Int32Array)
      : this.#joinInner(a as readonly Past[], b as readonly Past[], level);
  }

  #joinInner(a: readonly Past[], b: readonly Past[], level: number): Past {
    let [all, isA, isB] = [undefined as Past[] | undefined, true, true];
    for (let i = 0; i < WIDTH; i++) {
      const [x, y] = [a[i], b[i]];
      if (x === y) continue;
      const both = this.#join(x, y, level - 1);
      isA &&= both === x;
      isB &&= both === y;
      if (both !== y) (all ??= b.slice())[i] = both;
    }
    return isB ? b : isA ? a : all;
  }
}

const NOTHING: readonly Past[] = Array.from({ length: WIDTH }, () => undefined);

function joinLeaves(a: Int32Array, b: Int32Array): Int32Array {
  let [less, more] = [false, false];
  for (let i = 0; i < WIDTH; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    if (x < y) less = true;
    else if (x > y) more = true;
  }
  if (!more) return b;
  return less ? a.map((x, i) => Math.max(x, b[i] as number)) : a;
}
