/**
 * rw-register: whose turn it can be in a serial order that keeps real time. The order of a register's
 * versions is not known, so the edges alone leave choices; three rules make them: whoever is next reads
 * what is there; nobody overwrites a version that somebody still has to read; and no version comes before
 * one that somebody had seen or written before a last one who saw or wrote this one began.
 */
import { NIL, OK, READ, UNKNOWN } from '../../history/packed/txns.ts';
import type { Inference } from './inference.ts';

const NEVER = 0x7fff_ffff;

export class RegisterTurns {
  readonly #inference: Inference;
  /** Per key the version that is there: the micro-operation that wrote it, −1: none. */
  readonly #now: Int32Array;
  /** Reads of each version that have not had their turn: by micro-operation, then per key those of nil. */
  readonly #waiting: Int32Array;
  /** Per write: the first completion of who wrote or read it, and their last invocation. */
  readonly #done: Int32Array;
  readonly #last: Int32Array;
  /** Per key its versions, by `#done`; and per key the first of them that has not had its turn. */
  readonly #versions: Int32Array;
  readonly #start: Int32Array;
  readonly #next: Int32Array;
  readonly #taken: Uint8Array;

  constructor(inference: Inference) {
    const { f, type, of, keyNames } = inference.txns;
    this.#inference = inference;
    this.#now = new Int32Array(keyNames.length).fill(-1);
    this.#waiting = new Int32Array(f.length + keyNames.length);
    for (let m = 0; m < f.length; m++)
      if (type[of[m] as number] === OK && this.#looks(m)) this.#count(m, 1);
    [this.#done, this.#last] = this.#spans();
    [this.#start, this.#versions] = this.#byKey();
    this.#next = this.#start.slice();
    this.#taken = new Uint8Array(f.length);
  }

  #spans(): readonly [done: Int32Array, last: Int32Array] {
    const { f, type, of, completed, invoked } = this.#inference.txns;
    const [done, last] = [new Int32Array(f.length).fill(NEVER), new Int32Array(f.length).fill(-1)];
    for (let m = 0; m < f.length; m++) {
      const t = of[m] as number;
      const known = f[m] !== READ || (type[t] === OK && this.#looks(m));
      const w = !known ? -1 : f[m] === READ ? this.#versionOf(m) : m;
      if (w < 0) continue;
      if (type[t] === OK) done[w] = Math.min(done[w] as number, completed[t] as number);
      last[w] = Math.max(last[w] as number, invoked[t] as number);
    }
    return [done, last];
  }

  /** What a transaction overwrites itself is no version. */
  #byKey(): readonly [start: Int32Array, versions: Int32Array] {
    const { txns, happened, intermediate } = this.#inference;
    const { f, key, of, keyNames } = txns;
    const is = (m: number): boolean =>
      f[m] !== READ && intermediate[m] === 0 && happened[of[m] as number] === 1;
    const start = new Int32Array(keyNames.length + 1);
    for (let m = 0; m < f.length; m++) if (is(m)) (start[(key[m] as number) + 1] as number)++;
    for (let k = 0; k < keyNames.length; k++) (start[k + 1] as number) += start[k] as number;
    const at = start.slice();
    const versions = new Int32Array(start[keyNames.length] as number);
    for (let m = 0; m < f.length; m++) if (is(m)) versions[(at[key[m] as number] as number)++] = m;
    const done = this.#done;
    for (let k = 0; k < keyNames.length; k++)
      versions
        .subarray(start[k] as number, start[k + 1] as number)
        .sort((a, b) => (done[a] as number) - (done[b] as number));
    return [start, versions];
  }

  /** Must another version that has not had its turn come before this one? */
  #isEarly(write: number, k: number): boolean {
    const end = this.#start[k + 1] as number;
    let at = this.#next[k] as number;
    while (at < end && this.#taken[this.#versions[at] as number] === 1) at++;
    this.#next[k] = at;
    while (
      at < end &&
      (this.#versions[at] === write || this.#taken[this.#versions[at] as number] === 1)
    )
      at++;
    return (
      at < end &&
      (this.#done[this.#versions[at] as number] as number) < (this.#last[write] as number)
    );
  }

  /** Can it be next? */
  may(t: number): boolean {
    const { txns, before, intermediate } = this.#inference;
    for (let m = txns.first[t] as number; m < (txns.end[t] as number); m++) {
      const k = txns.key[m] as number;
      const there = this.#now[k] as number;
      const own = before[m] as number;
      if (txns.f[m] === READ) {
        if (this.#looks(m) && this.#versionOf(m) !== there) return false;
      } else {
        const mine = this.#firstLook(own, m);
        const waiting = this.#waiting[this.#slot(k, there)] as number;
        if (mine >= 0 && waiting > mine) return false;
        if (intermediate[m] === 0 && this.#isEarly(m, k)) return false;
      }
    }
    return true;
  }

  /** It is next. */
  take(t: number): void {
    const { txns } = this.#inference;
    for (let m = txns.first[t] as number; m < (txns.end[t] as number); m++)
      if (txns.f[m] !== READ) {
        this.#now[txns.key[m] as number] = m;
        this.#taken[m] = 1;
      } else if (txns.type[t] === OK && this.#looks(m)) this.#count(m, -1);
  }

  /** How many own reads of the version stand before this first write of the key; −1: it is not the first. */
  #firstLook(own: number, write: number): number {
    const { txns, before } = this.#inference;
    let looks = 0;
    for (let p = own; p >= 0; p = before[p] as number) {
      if (txns.f[p] !== READ) return -1;
      if (txns.type[txns.of[write] as number] === OK && this.#looks(p)) looks++;
    }
    return looks;
  }

  /** Does it read what others left? */
  #looks(m: number): boolean {
    const { txns, before } = this.#inference;
    return txns.f[m] === READ && before[m] === -1 && txns.v[m] !== UNKNOWN;
  }

  #versionOf(read: number): number {
    const { txns, writers } = this.#inference;
    const value = txns.v[read] as number;
    return value === NIL ? -1 : writers.of(txns.key[read] as number, value);
  }

  #count(read: number, by: number): void {
    const { key } = this.#inference.txns;
    const slot = this.#slot(key[read] as number, this.#versionOf(read));
    this.#waiting[slot] = (this.#waiting[slot] as number) + by;
  }

  #slot(key: number, version: number): number {
    return version < 0 ? this.#inference.txns.f.length + key : version;
  }
}
