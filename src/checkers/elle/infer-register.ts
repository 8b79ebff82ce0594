/**
 * rw-register: a value that was read names its writer (wr); of the order of versions only this is known
 * without an assumption, that the initial one comes first: who read nil comes before every other writer
 * of the key. More is known where the keys are assumed to behave (`version-order.ts`).
 */
import { IntList, minusOnes } from '../../base/int-list.ts';
import { FAIL, NIL, OK, type Txns, UNKNOWN, WRITE } from '../../history/packed/txns.ts';
import { RW, WR, fan } from './edges.ts';
import { type Inference, beginInference, byKey, find, readBefore } from './inference.ts';
import { addVersionOrder } from './version-edges.ts';
import type { KeyAssumption } from './version-order.ts';

/** One pass over the transactions; with assumptions one over each key's versions. */
export function inferRegister(txns: Txns, assume: readonly KeyAssumption[] = []): Inference {
  const inference = beginInference(txns);
  new RegisterReads(inference).infer();
  if (assume.length > 0) addVersionOrder(inference, assume);
  return inference;
}

class RegisterReads {
  readonly #inference: Inference;
  /** Per writing micro-operation, and per key for nil: the first write of who read its value before. */
  readonly #updater: Int32Array;
  readonly #nilUpdater: Int32Array;
  /** Who read nil: keys and transactions; per key: did anybody? */
  readonly #nil = { key: new IntList(1024), t: new IntList(1024) };
  readonly #isNil: Uint8Array;

  constructor(inference: Inference) {
    const { f, keyNames } = inference.txns;
    this.#inference = inference;
    this.#updater = minusOnes(f.length);
    this.#nilUpdater = minusOnes(keyNames.length);
    this.#isNil = new Uint8Array(keyNames.length);
  }

  infer(): void {
    const { n, type, first, end, f, v } = this.#inference.txns;
    for (let t = 0; t < n; t++) {
      if (type[t] !== OK) continue;
      for (let m = first[t] as number; m < (end[t] as number); m++)
        if (f[m] === WRITE) this.#write(t, m);
        else if (v[m] !== UNKNOWN) this.#read(t, m);
    }
    this.#nilFirst();
  }

  #read(t: number, m: number): void {
    const { txns, before, writers, happened, intermediate, edges } = this.#inference;
    const { key, v, of, type } = txns;
    const value = v[m] as number;
    const k = key[m] as number;
    const own = before[m] as number;
    if (own >= 0) {
      if (v[own] === value) return;
      find(this.#inference, 'internal', k, [t], [m, own, value]);
    }
    if (value === NIL) {
      if (own < 0) this.#readNil(t, k);
      return;
    }
    const w = writers.of(k, value);
    if (w < 0) return find(this.#inference, 'garbage-read', k, [t], [m, -1, value]);
    const writer = of[w] as number;
    if (writer === t) {
      if (w > m) find(this.#inference, 'future-read', k, [t], [m, w, value]);
      return;
    }
    if (type[writer] === FAIL) return find(this.#inference, 'G1a', k, [writer, t], [m, w, value]);
    happened[writer] = 1;
    if (intermediate[w] === 1) find(this.#inference, 'G1b', k, [writer, t], [m, w, value]);
    edges.add(writer, t, WR);
  }

  #readNil(t: number, k: number): void {
    this.#isNil[k] = 1;
    this.#nil.key.push(k);
    this.#nil.t.push(t);
  }

  /** Read one version, then wrote: nobody else may have done so from the same one. */
  #write(t: number, m: number): void {
    const { txns, writers } = this.#inference;
    const { key, v, of } = txns;
    const read = readBefore(this.#inference, m);
    if (read < 0 || v[read] === UNKNOWN) return;
    const k = key[m] as number;
    const value = v[read] as number;
    const w = value === NIL ? k : writers.of(k, value);
    if (w < 0) return;
    const table = value === NIL ? this.#nilUpdater : this.#updater;
    const other = table[w] as number;
    if (other < 0) table[w] = m;
    else find(this.#inference, 'lost-update', k, [of[other] as number, t], [read, other, value]);
  }

  /** Who read nil comes before every other writer that is known to have happened. */
  #nilFirst(): void {
    if (this.#nil.t.n === 0) return;
    const { txns, happened, edges } = this.#inference;
    const { n, first, end, f, key, keyNames } = txns;
    const written = { key: new IntList(1024), t: new IntList(1024) };
    for (let t = 0; t < n; t++) {
      if (happened[t] === 0) continue;
      for (let m = first[t] as number; m < (end[t] as number); m++) {
        if (f[m] !== WRITE || this.#isNil[key[m] as number] === 0) continue;
        written.key.push(key[m] as number);
        written.t.push(t);
      }
    }
    const [readers, writers] = [this.#nil, written].map(({ key: keys, t }) =>
      byKey(keyNames.length, { key: keys.view(), t: t.view() }),
    ) as [ReturnType<typeof byKey>, ReturnType<typeof byKey>];
    for (let k = 0; k < keyNames.length; k++)
      if (this.#isNil[k] === 1) fan(edges, RW, readers.of(k), writers.of(k));
  }
}
