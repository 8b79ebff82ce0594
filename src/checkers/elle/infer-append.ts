/**
 * list-append: the longest list that was read of a key is the order of its versions; who appended what
 * follows gives ww, wr and rw edges (Elle §4). What a committed transaction appended and the longest
 * read does not hold comes after everything in it, since lists only grow.
 */
import { Edges, type Entrant, RW, WR, WW, fan } from './edges.ts';
import { Findings } from './findings.ts';
import type { Inference } from './inference.ts';
import { minusOnes } from '../../base/int-list.ts';
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
import { Writers } from './writers.ts';

/** One pass over the keys and one over the transactions. */
export function inferAppend(txns: Txns): Inference {
  const inference = new AppendInference(txns);
  inference.orderKeys();
  inference.readTransactions();
  inference.addTails();
  return inference.result();
}

/** What a transaction did to a key so far; stamped, so that nothing is cleared between transactions. */
class AppendInference {
  readonly #txns: Txns;
  readonly #writers: Writers;
  readonly #edges: Edges;
  readonly #findings = new Findings();
  readonly #position: Int32Array;
  readonly #happened: Uint8Array;
  /** Per key: where its writers begin in `#chain`. */
  readonly #offset: Int32Array;
  /** Micro-operations that appended the elements of each key's longest list, in order; −1: nobody. */
  readonly #chain: Int32Array;
  /** Per key: place of the first element by a failed transaction; 2^31 − 1: none. */
  readonly #firstFailed: Int32Array;
  readonly #keyOdd: Uint8Array;
  /** Per element read, and one for the empty list: who read exactly up to it, then appended. */
  readonly #updater: Int32Array;
  readonly #oddUpdater = new Map<string, number>();
  readonly #stamp: Int32Array;
  readonly #lastMicro: Int32Array;
  readonly #lastRead: Int32Array;
  readonly #firstRead: Int32Array;
  readonly #appended: Uint8Array;
  /** Per micro-operation: the one before it on the same key in the same transaction, or −1. */
  readonly #before: Int32Array;
  /** Per append: not the transaction's last one to that key. */
  readonly #intermediate: Uint8Array;
  #observed = false;

  constructor(txns: Txns) {
    const micros = txns.f.length;
    const keys = txns.keyNames.length;
    this.#txns = txns;
    this.#writers = new Writers(txns);
    this.#edges = new Edges(txns.n);
    this.#position = new Int32Array(micros);
    this.#happened = new Uint8Array(txns.n);
    this.#offset = txns.listStart;
    this.#chain = minusOnes(this.#offset[keys] as number);
    this.#firstFailed = new Int32Array(keys).fill(0x7fff_ffff);
    this.#keyOdd = new Uint8Array(keys);
    this.#updater = minusOnes((this.#offset[keys] as number) + keys);
    this.#stamp = minusOnes(keys);
    this.#lastMicro = minusOnes(keys);
    this.#lastRead = minusOnes(keys);
    this.#firstRead = minusOnes(keys);
    this.#appended = new Uint8Array(keys);
    this.#before = minusOnes(micros);
    this.#intermediate = new Uint8Array(micros);
  }

  result(): Inference {
    return {
      txns: this.#txns,
      writers: this.#writers,
      edges: this.#edges,
      findings: this.#findings,
      position: this.#position,
      happened: this.#happened,
      observed: this.#observed,
    };
  }

  /** Per key: who wrote each element of the longest list; ww between consecutive writers. */
  orderKeys(): void {
    const { n, type, keyNames, f, of, key } = this.#txns;
    for (let t = 0; t < n; t++) if (type[t] === OK) this.#happened[t] = 1;
    this.#linkMicros();
    for (let m = 0; m < f.length; m++)
      if (f[m] === WRITE && this.#intermediateLater(m)) this.#intermediate[m] = 1;
    for (let k = 0; k < keyNames.length; k++) this.#orderKey(k, longestOf(this.#txns, k));
    for (let m = 0; m < f.length; m++)
      if (f[m] === READ && (this.#txns.v[m] as number) < 0 && this.#txns.v[m] !== UNKNOWN) {
        this.#keyOdd[key[m] as number] = 1;
        if (type[of[m] as number] === OK) this.#readOdd(m);
      }
  }

  /** `#before`, and with it which appends are not the last ones. */
  #linkMicros(): void {
    const { n, first, end, key } = this.#txns;
    for (let t = 0; t < n; t++)
      for (let m = first[t] as number; m < (end[t] as number); m++) {
        const k = key[m] as number;
        if (this.#stamp[k] === t) this.#before[m] = this.#lastMicro[k] as number;
        this.#stamp[k] = t;
        this.#lastMicro[k] = m;
      }
    this.#stamp.fill(-1);
  }

  /** Marks, from an append, those of the same key before it; answers whether it is itself marked. */
  #intermediateLater(m: number): boolean {
    for (let p = this.#before[m] as number; p >= 0; p = this.#before[p] as number) {
      if (this.#intermediate[p] === 1) break;
      if (this.#txns.f[p] === WRITE) this.#intermediate[p] = 1;
    }
    return this.#intermediate[m] === 1;
  }

  #orderKey(k: number, list: Int32Array): void {
    const { type, of } = this.#txns;
    const offset = this.#offset[k] as number;
    let previous = -1;
    let failed = -1;
    let dirty = false;
    for (let i = 0; i < list.length; i++) {
      const w = this.#writers.of(k, list[i] as number);
      this.#chain[offset + i] = w;
      if (w < 0) continue;
      const t = of[w] as number;
      if (this.#position[w] !== 0) continue;
      this.#position[w] = i + 1;
      if (type[t] === FAIL) {
        if (failed < 0) {
          failed = w;
          this.#firstFailed[k] = i + 1;
        }
        continue;
      }
      this.#happened[t] = 1;
      if (failed >= 0 && !dirty && type[t] === OK) {
        dirty = true;
        const txns = [of[failed] as number, t];
        this.#find('dirty-update', k, txns, w, failed, list[i] as number);
      }
      if (previous >= 0) this.#edges.add(of[previous] as number, t, WW);
      previous = w;
    }
  }

  /** What only an odd list shows: who must have happened. Of the order of versions it tells nothing. */
  #readOdd(m: number): void {
    const { type, of, key } = this.#txns;
    for (const value of listOf(this.#txns, m)) {
      const w = this.#writers.of(key[m] as number, value);
      if (w >= 0 && type[of[w] as number] !== FAIL) this.#happened[of[w] as number] = 1;
    }
  }

  /** Per committed transaction: internal consistency, and what each read says of others. */
  readTransactions(): void {
    const { n, type, first, end, f, key } = this.#txns;
    for (let t = 0; t < n; t++) {
      if (type[t] !== OK) continue;
      for (let m = first[t] as number; m < (end[t] as number); m++) {
        const k = key[m] as number;
        const known = this.#stamp[k] === t;
        if (!known) {
          this.#stamp[k] = t;
          this.#lastRead[k] = -1;
          this.#firstRead[k] = -1;
          this.#appended[k] = 0;
        }
        if (f[m] === READ) this.#read(t, m, k, known);
        else this.#append(t, m, k);
      }
    }
  }

  #append(t: number, m: number, k: number): void {
    const lastRead = this.#lastRead[k] as number;
    if (lastRead >= 0 && this.#sees(lastRead, m))
      this.#find('future-read', k, [t], lastRead, m, this.#txns.v[m] as number);
    if (this.#appended[k] === 0) {
      this.#appended[k] = 1;
      if (this.#firstRead[k] !== -1) this.#update(t, m, k, this.#firstRead[k] as number);
    }
  }

  /** Its own appends stand in the order in which it made them, all of them. */
  #ownOrder(t: number, m: number): void {
    const { key, v } = this.#txns;
    const earlier = this.#ownBefore(m);
    if (earlier >= 0 && !inOrder(this.#position[earlier] as number, this.#position[m] as number))
      this.#find('incompatible-order', key[m] as number, [t], m, earlier, v[m] as number);
  }

  /** The transaction's append to the same key before this one, or −1. */
  #ownBefore(m: number): number {
    let p = this.#before[m] as number;
    while (p >= 0 && this.#txns.f[p] === READ) p = this.#before[p] as number;
    return p;
  }

  #sees(read: number, append: number): boolean {
    const v = this.#txns.v[read] as number;
    const position = this.#position[append] as number;
    return v >= 0
      ? position > 0 && position <= v
      : listOf(this.#txns, read).includes(this.#txns.v[append] as number);
  }

  /** Read one version, then wrote: nobody else may have done so from the same one. */
  #update(t: number, m: number, k: number, read: number): void {
    const v = this.#txns.v[read] as number;
    let other: number;
    if (v >= 0) {
      const at = (this.#offset[k] as number) + k + v;
      other = this.#updater[at] as number;
      if (other < 0) this.#updater[at] = m;
    } else {
      const version = `${k}:${listOf(this.#txns, read).join()}`;
      other = this.#oddUpdater.get(version) ?? -1;
      if (other < 0) this.#oddUpdater.set(version, m);
    }
    if (other >= 0) {
      const txns = [this.#txns.of[other] as number, t];
      this.#find('lost-update', k, txns, read, other, this.#txns.v[m] as number);
    }
  }

  #read(t: number, m: number, k: number, known: boolean): void {
    const { v, of, type } = this.#txns;
    if (v[m] === UNKNOWN) return;
    this.#observed = true;
    if (known && !this.#asExpected(m)) {
      const before = this.#before[m] as number;
      this.#find('internal', k, [t], m, before, 0);
    }
    this.#lastRead[k] = m;
    if (this.#firstRead[k] === -1 && this.#appended[k] === 0) this.#firstRead[k] = m;
    const length = v[m] as number;
    if (length < 0) return this.#oddRead(t, m, k);
    const offset = this.#offset[k] as number;
    const failedAt = this.#firstFailed[k] as number;
    if (length >= failedAt) {
      const w = this.#chain[offset + failedAt - 1] as number;
      this.#find('G1a', k, [of[w] as number, t], m, w, this.#txns.v[w] as number);
    }
    if (length > 0) {
      let i = length - 1;
      this.#intermediateRead(t, m, k, this.#chain[offset + i] as number);
      // What it appended itself says nothing of others.
      while (i >= 0 && this.#writerAt(offset + i) === t) i--;
      const w = i < 0 ? -1 : (this.#chain[offset + i] as number);
      if (w >= 0 && type[of[w] as number] !== FAIL) this.#edges.add(of[w] as number, t, WR);
      if (i < length - 1) return;
    }
    const next = this.#nextAppend(k, length);
    if (next >= 0) this.#edges.add(t, of[next] as number, RW);
  }

  #writerAt(at: number): number {
    const w = this.#chain[at] as number;
    return w < 0 ? -1 : (this.#txns.of[w] as number);
  }

  /** Append of the first element after the place that is not a failed transaction's; −1: none. */
  #nextAppend(k: number, place: number): number {
    const { of, type } = this.#txns;
    const end = this.#offset[k + 1] as number;
    for (let at = (this.#offset[k] as number) + place; at < end; at++) {
      const w = this.#chain[at] as number;
      if (w >= 0 && type[of[w] as number] !== FAIL) return w;
    }
    return -1;
  }

  #intermediateRead(t: number, m: number, k: number, w: number): void {
    if (w < 0 || this.#intermediate[w] === 0) return;
    const writer = this.#txns.of[w] as number;
    if (writer !== t) this.#find('G1b', k, [writer, t], m, w, this.#txns.v[w] as number);
  }

  /** A list that is no prefix of the longest: only its elements are trusted. */
  #oddRead(t: number, m: number, k: number): void {
    const { of, type } = this.#txns;
    const list = listOf(this.#txns, m);
    this.#find('incompatible-order', k, [t], m, -1, 0);
    for (const value of list) {
      const w = this.#writers.of(k, value);
      if (w >= 0 && type[of[w] as number] === FAIL) {
        this.#find('G1a', k, [of[w] as number, t], m, w, value);
        break;
      }
    }
    const last = list.length === 0 ? -1 : this.#writers.of(k, list.at(-1) as number);
    if (last < 0) return;
    this.#intermediateRead(t, m, k, last);
    if (type[of[last] as number] === FAIL || of[last] === t) return;
    this.#edges.add(of[last] as number, t, WR);
    const position = this.#position[last] as number;
    const next = position === 0 ? -1 : this.#nextAppend(k, position);
    if (next >= 0 && !list.includes(this.#txns.v[next] as number))
      this.#edges.add(t, of[next] as number, RW);
  }

  /** Does a read show what the transaction itself knows: its last read of the key and its own appends since? */
  #asExpected(m: number): boolean {
    const { f, v } = this.#txns;
    const seen = this.#elements(m);
    let i = seen.length;
    let p = this.#before[m] as number;
    for (; p >= 0 && f[p] === WRITE; p = this.#before[p] as number)
      if (--i < 0 || seen[i] !== v[p]) return false;
    if (p < 0) return true;
    if ((v[p] as number) >= 0 && (v[m] as number) >= 0) return v[p] === i;
    const before = listOf(this.#txns, p);
    return before.length === i && before.every((value, at) => seen[at] === value);
  }

  #elements(m: number): Int32Array {
    return listOf(this.#txns, m);
  }

  /** Duplicates and elements nobody appended, in the lists that were read. */
  #garbage(k: number, list: Int32Array, m: number): void {
    const seen = new Set<number>();
    let twice = false;
    for (const value of list) {
      if (seen.has(value) && !twice) {
        twice = true;
        this.#find('duplicate-elements', k, [this.#txns.of[m] as number], m, -1, value);
      }
      seen.add(value);
      if (this.#writers.of(k, value) < 0)
        this.#find('garbage-read', k, [this.#txns.of[m] as number], m, -1, value);
    }
  }

  /** Appends of transactions that happened which the longest read does not hold; and what is wrong in lists. */
  addTails(): void {
    const { n, keyNames, listStart, type, first, end, f, key, v, of } = this.#txns;
    const unread = new Map<number, number[]>();
    for (let t = 0; t < n; t++) {
      if (this.#happened[t] === 0) continue;
      for (let m = first[t] as number; m < (end[t] as number); m++) {
        const k = key[m] as number;
        if (f[m] === WRITE && this.#position[m] !== 0) this.#ownOrder(t, m);
        if (f[m] !== WRITE || this.#position[m] !== 0 || this.#keyOdd[k] === 1) continue;
        const of = unread.get(k);
        if (of === undefined) unread.set(k, [t]);
        else if (of.at(-1) !== t) of.push(t);
      }
    }
    const entrants = new Map<number, Entrant[]>();
    /** Per key: a read of the longest list. */
    const longest = minusOnes(keyNames.length);
    for (let m = 0; m < f.length; m++) {
      if (f[m] !== READ || type[of[m] as number] !== OK) continue;
      const k = key[m] as number;
      const whole = v[m] === (listStart[k + 1] as number) - (listStart[k] as number);
      if (whole && longest[k] === -1) longest[k] = m;
      if ((v[m] as number) < 0 && v[m] !== UNKNOWN) this.#garbage(k, listOf(this.#txns, m), m);
      if (!whole || !unread.has(k)) continue;
      if (this.#before[m] !== -1 && this.#ownSince(m)) continue;
      const into = entrants.get(k);
      const entrant = { t: of[m] as number, kind: RW };
      if (into === undefined) entrants.set(k, [entrant]);
      else if (into.at(-1)?.t !== entrant.t) into.push(entrant);
    }
    for (let k = 0; k < keyNames.length; k++)
      if (longest[k] !== -1 && this.#suspicious(k))
        this.#garbage(k, longestOf(this.#txns, k), longest[k] as number);
    for (const [k, targets] of unread) {
      if (longest[k] === -1) continue;
      const last = this.#lastWriter(k);
      const into = entrants.get(k) ?? [];
      fan(this.#edges, last < 0 ? into : [{ t: last, kind: WW }, ...into], targets);
    }
  }

  /** Did the transaction append to the key before this read? */
  #ownSince(m: number): boolean {
    for (let p = this.#before[m] as number; p >= 0; p = this.#before[p] as number)
      if (this.#txns.f[p] === WRITE) return true;
    return false;
  }

  /** An element of the longest list has no writer, or stands there twice: then a writer is short of a place. */
  #suspicious(k: number): boolean {
    const end = this.#offset[k + 1] as number;
    const begin = this.#offset[k] as number;
    for (let at = begin; at < end; at++) {
      const w = this.#chain[at] as number;
      if (w < 0 || this.#position[w] !== at - begin + 1) return true;
    }
    return false;
  }

  #lastWriter(k: number): number {
    const { of, type } = this.#txns;
    for (let at = (this.#offset[k + 1] as number) - 1; at >= (this.#offset[k] as number); at--) {
      const w = this.#chain[at] as number;
      if (w >= 0 && type[of[w] as number] !== FAIL) return of[w] as number;
    }
    return -1;
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

function inOrder(earlier: number, later: number): boolean {
  return earlier > 0 && earlier < later;
}
