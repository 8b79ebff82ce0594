/**
 * rw-register: a value that was read names its writer (wr); of the order of versions only this is known
 * without an assumption, that the initial one comes first: who read nil comes before every other writer
 * of the key. More is known where the keys are assumed to behave (`version-order.ts`).
 */
import { Edges, RW, WR, WW, fan } from './edges.ts';
import { Findings } from './findings.ts';
import type { Inference } from './inference.ts';
import { minusOnes } from '../../base/int-list.ts';
import { FAIL, NIL, OK, READ, type Txns, UNKNOWN, WRITE } from '../../history/packed/txns.ts';
import { type KeyAssumption, type VersionOrder, orderVersions } from './version-order.ts';
import { Writers } from './writers.ts';

/** One pass over the transactions; with assumptions one over each key's versions. */
export function inferRegister(txns: Txns, assume: readonly KeyAssumption[] = []): Inference {
  return new RegisterInference(txns).infer(assume);
}

class RegisterInference {
  readonly #txns: Txns;
  readonly #writers: Writers;
  readonly #edges: Edges;
  readonly #findings = new Findings();
  readonly #happened: Uint8Array;
  readonly #intermediate: Uint8Array;
  /** Per micro-operation: the one before it on the same key in the same transaction, or −1. */
  readonly #before: Int32Array;
  readonly #nilReaders = new Map<number, number[]>();
  /** Per writing micro-operation, and per key for nil: who read its value, then wrote. */
  readonly #updater: Int32Array;
  readonly #nilUpdater: Int32Array;
  #observed = false;

  constructor(txns: Txns) {
    const micros = txns.f.length;
    this.#txns = txns;
    this.#writers = new Writers(txns);
    this.#edges = new Edges(txns.n);
    this.#happened = new Uint8Array(txns.n);
    this.#intermediate = new Uint8Array(micros);
    this.#before = minusOnes(micros);
    this.#updater = minusOnes(micros);
    this.#nilUpdater = minusOnes(txns.keyNames.length);
  }

  infer(assume: readonly KeyAssumption[]): Inference {
    const { n, type, first, end, f } = this.#txns;
    this.#linkMicros();
    for (let t = 0; t < n; t++) {
      if (type[t] !== OK) continue;
      this.#happened[t] = 1;
      for (let m = first[t] as number; m < (end[t] as number); m++)
        if (f[m] === READ) this.#read(t, m);
        else this.#write(t, m);
    }
    this.#nilFirst();
    const versions = assume.length === 0 ? undefined : this.#order(assume);
    return {
      txns: this.#txns,
      writers: this.#writers,
      edges: this.#edges,
      findings: this.#findings,
      position: new Int32Array(0),
      happened: this.#happened,
      ...(versions !== undefined && { versions }),
      observed: this.#observed,
    };
  }

  #linkMicros(): void {
    const { n, first, end, key, f, keyNames } = this.#txns;
    const last = minusOnes(keyNames.length);
    const lastWrite = minusOnes(keyNames.length);
    for (let t = 0; t < n; t++)
      for (let m = first[t] as number; m < (end[t] as number); m++) {
        const k = key[m] as number;
        // What stands before this transaction's first micro-operation belongs to another one.
        if ((last[k] as number) >= (first[t] as number) && (last[k] as number) < m)
          this.#before[m] = last[k] as number;
        last[k] = m;
        if (f[m] !== WRITE) continue;
        const earlier = lastWrite[k] as number;
        if (earlier >= (first[t] as number) && earlier < m) this.#intermediate[earlier] = 1;
        lastWrite[k] = m;
      }
  }

  #read(t: number, m: number): void {
    const { key, v, of, type } = this.#txns;
    const value = v[m] as number;
    if (value === UNKNOWN) return;
    const k = key[m] as number;
    this.#observed = true;
    const before = this.#before[m] as number;
    if (before >= 0) {
      if (v[before] === value) return;
      this.#find('internal', k, [t], m, before, value);
    }
    if (value === NIL) {
      const readers = this.#nilReaders.get(k);
      if (before >= 0) return;
      if (readers === undefined) this.#nilReaders.set(k, [t]);
      else readers.push(t);
      return;
    }
    const w = this.#writers.of(k, value);
    if (w < 0) return this.#find('garbage-read', k, [t], m, -1, value);
    const writer = of[w] as number;
    if (writer === t) {
      if (w > m) this.#find('future-read', k, [t], m, w, value);
      return;
    }
    if (type[writer] === FAIL) return this.#find('G1a', k, [writer, t], m, w, value);
    this.#happened[writer] = 1;
    if (this.#intermediate[w] === 1) this.#find('G1b', k, [writer, t], m, w, value);
    this.#edges.add(writer, t, WR);
  }

  /** Read one version, then wrote: nobody else may have done so from the same one. */
  #write(t: number, m: number): void {
    const { f, key, v } = this.#txns;
    const read = this.#firstOf(m);
    if (read < 0 || f[read] !== READ || v[read] === UNKNOWN) return;
    const k = key[m] as number;
    const value = v[read] as number;
    const w = value === NIL ? k : this.#writers.of(k, value);
    if (w < 0) return;
    const table = value === NIL ? this.#nilUpdater : this.#updater;
    const other = table[w] as number;
    if (other < 0) table[w] = m;
    else this.#find('lost-update', k, [this.#txns.of[other] as number, t], read, other, value);
  }

  /** The transaction's first micro-operation on the key, where this write is its first write; else −1. */
  #firstOf(m: number): number {
    let first = -1;
    for (let p = this.#before[m] as number; p >= 0; p = this.#before[p] as number) {
      if (this.#txns.f[p] === WRITE) return -1;
      first = p;
    }
    return first;
  }

  /** Who read nil comes before every other writer that is known to have happened. */
  #nilFirst(): void {
    if (this.#nilReaders.size === 0) return;
    const { n, first, end, f, key } = this.#txns;
    const writers = new Map<number, number[]>();
    for (let t = 0; t < n; t++) {
      if (this.#happened[t] === 0) continue;
      for (let m = first[t] as number; m < (end[t] as number); m++) {
        const k = key[m] as number;
        if (f[m] !== WRITE || !this.#nilReaders.has(k)) continue;
        const those = writers.get(k);
        if (those === undefined) writers.set(k, [t]);
        else if (those.at(-1) !== t) those.push(t);
      }
    }
    for (const [k, readers] of this.#nilReaders)
      fan(
        this.#edges,
        [...new Set(readers)].map((t) => ({ t, kind: RW })),
        writers.get(k) ?? [],
      );
  }

  /** Edges from the order of versions that the assumptions give; keys where it is cyclic are left out. */
  #order(assume: readonly KeyAssumption[]): VersionOrder {
    const txns = this.#txns;
    const order = orderVersions(txns, this.#happened, assume);
    for (const { key, cycle } of order.cyclic)
      this.#find('cyclic-versions', key, this.#touching(key, cycle), -1, -1, cycle[0] as number);
    const readers = this.#readersByVersion();
    for (const { key, from, to } of order.edges) {
      const next = to === NIL ? -1 : this.#writers.of(key, to);
      if (next < 0 || txns.type[txns.of[next] as number] === FAIL) continue;
      const writer = txns.of[next] as number;
      const previous = from === NIL ? -1 : this.#writers.of(key, from);
      if (previous >= 0 && txns.type[txns.of[previous] as number] !== FAIL)
        this.#edges.add(txns.of[previous] as number, writer, WW);
      // Who read nil precedes all writers already.
      if (previous >= 0)
        for (const reader of readers.get(previous) ?? []) this.#edges.add(reader, writer, RW);
    }
    return order;
  }

  /** Committed readers of what each micro-operation wrote, by that micro-operation. */
  #readersByVersion(): Map<number, number[]> {
    const { n, type, first, end, f, key, v } = this.#txns;
    const readers = new Map<number, number[]>();
    for (let t = 0; t < n; t++) {
      if (type[t] !== OK) continue;
      for (let m = first[t] as number; m < (end[t] as number); m++) {
        if (f[m] !== READ || (v[m] as number) === NIL || this.#before[m] !== -1) continue;
        const w = this.#writers.of(key[m] as number, v[m] as number);
        if (w < 0) continue;
        const those = readers.get(w);
        if (those === undefined) readers.set(w, [t]);
        else those.push(t);
      }
    }
    return readers;
  }

  /** Committed transactions that show the versions of a cycle. */
  #touching(key: number, cycle: readonly number[]): number[] {
    const { n, type, first, end, key: keys, v } = this.#txns;
    const found: number[] = [];
    for (let t = 0; t < n && found.length < 8; t++) {
      if (type[t] !== OK) continue;
      for (let m = first[t] as number; m < (end[t] as number); m++)
        if (keys[m] === key && cycle.includes(v[m] as number)) {
          found.push(t);
          break;
        }
    }
    return found;
  }

  #find(
    type: string,
    key: number,
    txns: readonly number[],
    micro: number,
    other: number,
    value: number,
  ): void {
    this.#findings.add({ type, key, txns, micro, other, value });
  }
}
