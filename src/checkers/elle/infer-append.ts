/**
 * list-append: what each read says of other transactions (Elle §4). Its list is a version of the key: it
 * follows whoever appended the last element (wr), and precedes whoever appended the next one (rw).
 */
import { IntList, minusOnes } from '../../base/int-list.ts';
import {
  FAIL,
  OK,
  READ,
  type Txns,
  UNKNOWN,
  WRITE,
  listOf,
  longestOf,
} from '../../history/packed/txns.ts';
import { RW, WR, WW, fan } from './edges.ts';
import { type Inference, beginInference, byKey, find, readBefore } from './inference.ts';
import { type ListOrder, orderLists } from './list-order.ts';

/** One pass over the keys' lists, and one over the transactions. */
export function inferAppend(txns: Txns): Inference {
  const inference = beginInference(txns);
  new AppendReads(inference, orderLists(inference)).infer();
  return inference;
}

class AppendReads {
  readonly #inference: Inference;
  readonly #order: ListOrder;
  /** Per element read, and one for the empty list: the first append of who read exactly up to it. */
  readonly #updater: Int32Array;
  readonly #oddUpdater = new Map<string, number>();
  /** Per key, the last micro-operations of each kind: of the transaction at hand if they are among its own. */
  readonly #lastRead: Int32Array;
  readonly #lastAppend: Int32Array;
  /** Per key: a read of the longest list. */
  readonly #longestRead: Int32Array;
  /** Who read the longest list of a key with late appends: keys and transactions. */
  readonly #early = { key: new IntList(1024), t: new IntList(1024) };

  constructor(inference: Inference, order: ListOrder) {
    const { keyNames, listItems } = inference.txns;
    this.#inference = inference;
    this.#order = order;
    this.#updater = minusOnes(listItems.length + keyNames.length);
    this.#lastRead = minusOnes(keyNames.length);
    this.#lastAppend = minusOnes(keyNames.length);
    this.#longestRead = minusOnes(keyNames.length);
  }

  infer(): void {
    const { n, type, first, end, f, v } = this.#inference.txns;
    for (let t = 0; t < n; t++) {
      if (type[t] !== OK) continue;
      for (let m = first[t] as number; m < (end[t] as number); m++)
        if (f[m] === WRITE) this.#append(t, m);
        else if (v[m] !== UNKNOWN) this.#read(t, m);
    }
    this.#lateFollow();
    for (const [k, is] of this.#order.suspicious.entries())
      if (is === 1 && (this.#longestRead[k] as number) >= 0)
        this.#garbage(k, longestOf(this.#inference.txns, k), this.#longestRead[k] as number);
  }

  #append(t: number, m: number): void {
    const { key, first, v } = this.#inference.txns;
    const k = key[m] as number;
    this.#lastAppend[k] = m;
    const read = this.#lastRead[k] as number;
    if (read < (first[t] as number) || read > m) return;
    if (this.#sees(read, m))
      find(this.#inference, 'future-read', k, [t], [read, m, v[m] as number]);
    const begin = readBefore(this.#inference, m);
    if (begin >= 0) this.#update(t, m, begin);
  }

  #sees(read: number, append: number): boolean {
    const { txns, position } = this.#inference;
    const v = txns.v[read] as number;
    if (v < 0) return listOf(txns, read).includes(txns.v[append] as number);
    const place = position[append] as number;
    return place > 0 && place <= v;
  }

  /** Read one version, then wrote: nobody else may have done so from the same one. */
  #update(t: number, m: number, read: number): void {
    const { txns } = this.#inference;
    const k = txns.key[m] as number;
    const v = txns.v[read] as number;
    let other: number;
    if (v >= 0) {
      const at = (txns.listStart[k] as number) + k + v;
      other = this.#updater[at] as number;
      if (other < 0) this.#updater[at] = m;
    } else {
      const version = `${k}:${listOf(txns, read).join()}`;
      other = this.#oddUpdater.get(version) ?? -1;
      if (other < 0) this.#oddUpdater.set(version, m);
    }
    if (other < 0) return;
    const both = [txns.of[other] as number, t];
    find(this.#inference, 'lost-update', k, both, [read, other, txns.v[m] as number]);
  }

  #read(t: number, m: number): void {
    const { txns, before, edges, intermediate } = this.#inference;
    const { key, v, of, type, listStart } = txns;
    const { chain, firstFailed, isLate } = this.#order;
    const k = key[m] as number;
    const own = before[m] as number;
    if (own >= 0 && !this.#asExpected(m, own))
      find(this.#inference, 'internal', k, [t], [m, own, 0]);
    this.#lastRead[k] = m;
    const length = v[m] as number;
    if (length < 0) return this.#oddRead(t, m);
    const start = listStart[k] as number;
    const end = listStart[k + 1] as number;
    if (length >= (firstFailed[k] as number)) {
      const w = chain[start + (firstFailed[k] as number) - 1] as number;
      find(this.#inference, 'G1a', k, [of[w] as number, t], [m, w, v[w] as number]);
    }
    if (start + length === end) this.#whole(t, m, k, isLate[k] === 1);
    let at = start + length - 1;
    if (at >= start) {
      const last = chain[at] as number;
      if (last >= 0 && intermediate[last] === 1) this.#intermediateRead(t, m, last);
      // What it appended itself says nothing of others.
      let w = last;
      while (w >= 0 && of[w] === t) w = --at < start ? -1 : (chain[at] as number);
      if (w >= 0 && type[of[w] as number] !== FAIL) edges.add(of[w] as number, t, WR);
      if (w !== last) return;
    }
    for (at = start + length; at < end; at++) {
      const w = chain[at] as number;
      if (w < 0 || type[of[w] as number] === FAIL) continue;
      edges.add(t, of[w] as number, RW);
      return;
    }
  }

  /** A read of all that was ever read of the key. */
  #whole(t: number, m: number, k: number, late: boolean): void {
    if ((this.#longestRead[k] as number) < 0) this.#longestRead[k] = m;
    if (!late) return;
    const own = this.#lastAppend[k] as number;
    if (own >= (this.#inference.txns.first[t] as number) && own < m) return;
    this.#early.key.push(k);
    this.#early.t.push(t);
  }

  #intermediateRead(t: number, m: number, w: number): void {
    const { of, key, v } = this.#inference.txns;
    const writer = of[w] as number;
    if (writer !== t)
      find(this.#inference, 'G1b', key[m] as number, [writer, t], [m, w, v[w] as number]);
  }

  /** A list that is no prefix of the longest: only its elements are trusted. */
  #oddRead(t: number, m: number): void {
    const { txns, writers, edges, position, intermediate } = this.#inference;
    const { of, type, key, v } = txns;
    const k = key[m] as number;
    const list = listOf(txns, m);
    find(this.#inference, 'incompatible-order', k, [t], [m, -1, 0]);
    this.#garbage(k, list, m);
    const failed = list.find((value) => {
      const w = writers.of(k, value);
      return w >= 0 && type[of[w] as number] === FAIL;
    });
    if (failed !== undefined) {
      const w = writers.of(k, failed);
      find(this.#inference, 'G1a', k, [of[w] as number, t], [m, w, failed]);
    }
    const last = list.length === 0 ? -1 : writers.of(k, list.at(-1) as number);
    if (last < 0) return;
    if (intermediate[last] === 1) this.#intermediateRead(t, m, last);
    if (type[of[last] as number] === FAIL || of[last] === t) return;
    edges.add(of[last] as number, t, WR);
    const next = this.#nextAfter(k, position[last] as number);
    if (next >= 0 && !list.includes(v[next] as number)) edges.add(t, of[next] as number, RW);
  }

  /** Append of the first element after a place (0: none) that is not a failed transaction's; −1: none. */
  #nextAfter(k: number, place: number): number {
    const { of, type, listStart } = this.#inference.txns;
    const end = place === 0 ? 0 : (listStart[k + 1] as number);
    for (let at = (listStart[k] as number) + place; at < end; at++) {
      const w = this.#order.chain[at] as number;
      if (w >= 0 && type[of[w] as number] !== FAIL) return w;
    }
    return -1;
  }

  /** Does a read show what the transaction itself knows: its last read of the key and its own appends since? */
  #asExpected(m: number, own: number): boolean {
    const { txns, before } = this.#inference;
    const { f, v } = txns;
    if (f[own] === READ && (v[own] as number) >= 0) return v[own] === v[m];
    const seen = listOf(txns, m);
    let i = seen.length;
    let p = own;
    for (; p >= 0 && f[p] === WRITE; p = before[p] as number)
      if (--i < 0 || seen[i] !== v[p]) return false;
    if (p < 0) return true;
    if ((v[p] as number) >= 0 && (v[m] as number) >= 0) return v[p] === i;
    const earlier = listOf(txns, p);
    return earlier.length === i && earlier.every((value, at) => seen[at] === value);
  }

  /** Late appends come after the last one that was read, and after everybody who saw all of it. */
  #lateFollow(): void {
    const { edges, txns } = this.#inference;
    const { isLate, late } = this.#order;
    const early = byKey(txns.keyNames.length, {
      key: this.#early.key.view(),
      t: this.#early.t.view(),
    });
    for (let k = 0; k < isLate.length; k++) {
      if (isLate[k] === 0) continue;
      const last = this.#lastWriter(k);
      if (last >= 0) fan(edges, WW, [last], late.of(k));
      fan(edges, RW, early.of(k), late.of(k));
    }
  }

  #lastWriter(k: number): number {
    const { of, type, listStart } = this.#inference.txns;
    for (let at = (listStart[k + 1] as number) - 1; at >= (listStart[k] as number); at--) {
      const w = this.#order.chain[at] as number;
      if (w >= 0 && type[of[w] as number] !== FAIL) return of[w] as number;
    }
    return -1;
  }

  /** Duplicates and elements nobody appended, in a list that was read. */
  #garbage(k: number, list: Int32Array, m: number): void {
    const t = this.#inference.txns.of[m] as number;
    const seen = new Set<number>();
    let twice = false;
    for (const value of list) {
      if (seen.has(value) && !twice) {
        twice = true;
        find(this.#inference, 'duplicate-elements', k, [t], [m, -1, value]);
      }
      seen.add(value);
      if (this.#inference.writers.of(k, value) < 0)
        find(this.#inference, 'garbage-read', k, [t], [m, -1, value]);
    }
  }
}
