/**
 * Plays a serial order through: every committed transaction stands there once, no failed one does, nobody
 * stands before one that had completed before it was invoked, and each sees exactly what those before it
 * left. Knows nothing of edges.
 */
import { FAIL, NIL, OK, READ, type Txns, UNKNOWN } from '../../history/packed/txns.ts';

/** What is wrong with the order (numbers of transactions), or undefined. */
export function verifySerialOrder(txns: Txns, order: Int32Array): string | undefined {
  const { n, type, invoked, completed } = txns;
  const state = txns.kind === 'list-append' ? new Lists(txns) : new Registers(txns);
  const placed = new Uint8Array(n);
  let latest = -1;
  for (const t of order) {
    const named = `the transaction of event ${invoked[t]}`;
    if (!(t >= 0 && t < n)) return `there is no transaction ${t}`;
    if (placed[t] === 1) return `${named} stands there twice`;
    placed[t] = 1;
    if (type[t] === FAIL) return `${named} failed`;
    if (type[t] === OK && (completed[t] as number) < latest)
      return `${named} had completed before another one was invoked that stands before it`;
    latest = Math.max(latest, invoked[t] as number);
    for (let m = txns.first[t] as number; m < (txns.end[t] as number); m++)
      if (!state.play(m))
        return `${named} does not see key ${txns.keyNames[txns.key[m] as number]} as those before it left it`;
  }
  const missing = type.findIndex((end, t) => end === OK && placed[t] === 0);
  return missing < 0
    ? undefined
    : `the committed transaction of event ${invoked[missing]} is missing`;
}

class Registers {
  readonly #txns: Txns;
  readonly #value: Int32Array;

  constructor(txns: Txns) {
    this.#txns = txns;
    this.#value = new Int32Array(txns.keyNames.length).fill(NIL);
  }

  play(m: number): boolean {
    const { f, key, v } = this.#txns;
    const k = key[m] as number;
    if (f[m] === READ) return v[m] === UNKNOWN || v[m] === this.#value[k];
    this.#value[k] = v[m] as number;
    return true;
  }
}

/** A list is known by its length as long as it is a beginning of the longest one that was read. */
class Lists {
  readonly #txns: Txns;
  readonly #length: Int32Array;
  /** Something else was appended than the longest list shows: from then on no read can be right. */
  readonly #strayed: Uint8Array;

  constructor(txns: Txns) {
    this.#txns = txns;
    this.#length = new Int32Array(txns.keyNames.length);
    this.#strayed = new Uint8Array(txns.keyNames.length);
  }

  play(m: number): boolean {
    const { f, key, v, listStart, listItems } = this.#txns;
    const k = key[m] as number;
    const length = this.#length[k] as number;
    if (f[m] === READ) return v[m] === UNKNOWN || (v[m] === length && this.#strayed[k] === 0);
    const at = (listStart[k] as number) + length;
    if (at >= (listStart[k + 1] as number) || listItems[at] !== v[m]) this.#strayed[k] = 1;
    this.#length[k] = length + 1;
    return true;
  }
}
