/**
 * rw-register: in a serial order each version of a key is a block: who wrote it, then all who read it, then
 * the next one. So of two versions of a key one comes before the other as a whole. Here the versions of
 * every key, and for each the bounds of its block.
 */
import { minusOnes } from '../../base/int-list.ts';
import { NIL, OK, READ, UNKNOWN } from '../../history/packed/txns.ts';
import type { Inference } from './inference.ts';
import type { Precedence } from './precedence.ts';

/** A version is the micro-operation that wrote it: the last one of its transaction on the key. */
export class RegisterBlocks {
  /** Per micro-operation, the version of others that it read or the one that it wrote; −1: none, or nil. */
  readonly versionOf: Int32Array;
  /** Per version its place in `versions`; those of key k are at `start[k]` to `start[k + 1]`. */
  readonly place: Int32Array;
  readonly versions: Int32Array;
  readonly start: Int32Array;
  /** Per version the first of its readers; those of the next follow. */
  readonly firstReader: Int32Array;
  readonly readers: Int32Array;
  readonly #inference: Inference;
  readonly #graph: Precedence;

  constructor(inference: Inference, graph: Precedence) {
    const { f, of, key, keyNames } = inference.txns;
    this.#inference = inference;
    this.#graph = graph;
    this.versionOf = minusOnes(f.length);
    const readers = new Int32Array(f.length + 1);
    this.start = new Int32Array(keyNames.length + 1);
    for (let m = 0; m < f.length; m++) {
      const w = this.#versionAt(m);
      this.versionOf[m] = w;
      if (w < 0) continue;
      if (w === m) (this.start[(key[m] as number) + 1] as number)++;
      else (readers[w + 1] as number)++;
    }
    for (let m = 0; m < f.length; m++) (readers[m + 1] as number) += readers[m] as number;
    for (let k = 0; k < keyNames.length; k++)
      (this.start[k + 1] as number) += this.start[k] as number;
    this.firstReader = readers;
    this.readers = new Int32Array(readers[f.length] as number);
    this.versions = new Int32Array(this.start[keyNames.length] as number);
    this.place = minusOnes(f.length);
    const at = readers.slice(0, f.length);
    const free = this.start.slice();
    for (let m = 0; m < f.length; m++) {
      const w = this.versionOf[m] as number;
      if (w < 0) continue;
      if (w !== m) this.readers[(at[w] as number)++] = of[m] as number;
      else this.versions[(free[key[m] as number] as number)++] = m;
    }
  }

  #versionAt(m: number): number {
    const { txns, writers, before, intermediate, happened } = this.#inference;
    const t = txns.of[m] as number;
    if (txns.f[m] !== READ) return intermediate[m] === 0 && happened[t] === 1 ? m : -1;
    const value = txns.v[m] as number;
    if (txns.type[t] !== OK || before[m] !== -1 || value === UNKNOWN || value === NIL) return -1;
    return writers.of(txns.key[m] as number, value);
  }

  writer(version: number): number {
    return this.#inference.txns.of[version] as number;
  }

  /** The block begins before this event. */
  first(version: number): number {
    return this.#graph.late[this.writer(version)] as number;
  }

  /** It begins after this event. */
  begins(version: number): number {
    return this.#graph.early[this.writer(version)] as number;
  }

  /** It is not over before this event. */
  last(version: number): number {
    const { early } = this.#graph;
    let last = this.begins(version);
    for (let i = this.firstReader[version] as number; i < this.#end(version); i++)
      last = Math.max(last, early[this.readers[i] as number] as number);
    return last;
  }

  /** It is over before this event. */
  over(version: number): number {
    const { late } = this.#graph;
    let over = this.first(version);
    for (let i = this.firstReader[version] as number; i < this.#end(version); i++)
      over = Math.max(over, late[this.readers[i] as number] as number);
    return over;
  }

  /** The moments of all in it are before an event. */
  lower(version: number, event: number): void {
    for (let i = this.firstReader[version] as number; i < this.#end(version); i++)
      this.#graph.lower(this.readers[i] as number, event);
    this.#graph.lower(this.writer(version), event);
  }

  #end(version: number): number {
    return this.firstReader[version + 1] as number;
  }
}
