/**
 * The longest list that was read of each key, all in one array: each has a stretch of it, and moves to
 * its end when it outgrows that. A list that is read is compared at once, and need not be kept.
 */
import { IntList } from '../../base/int-list.ts';
import type { Txns } from './txns.ts';

export class LongestLists {
  readonly #start = new IntList(1024);
  readonly #length = new IntList(1024);
  readonly #room = new IntList(1024);
  readonly #items = new IntList(1024);
  readonly #odd: Int32Array[] = [];
  readonly #oddKey: number[] = [];

  /** The next key, with an empty list. */
  addKey(): void {
    this.#start.push(0);
    this.#length.push(0);
    this.#room.push(0);
  }

  /** A list that was read: its length where one of both is a beginning of the other, else −1 − its place among the odd ones. */
  read(key: number, ids: Int32Array, n: number): number {
    const length = this.#length.a[key] as number;
    const start = this.#start.a[key] as number;
    const items = this.#items.a;
    const both = n < length ? n : length;
    for (let i = 0; i < both; i++)
      if (items[start + i] !== ids[i]) {
        this.#oddKey.push(key);
        return -this.#odd.push(ids.slice(0, n));
      }
    if (n > length) this.#extend(key, ids, n);
    return n;
  }

  /** As the columns have them. */
  columns(keys: number): Pick<Txns, 'listStart' | 'listItems' | 'odd'> {
    const listStart = new Int32Array(keys + 1);
    for (let k = 0; k < keys; k++)
      listStart[k + 1] = (listStart[k] as number) + (this.#length.a[k] as number);
    const listItems = new Int32Array(listStart[keys] as number);
    for (let k = 0, to = 0; k < keys; k++) {
      const from = this.#start.a[k] as number;
      const end = from + (this.#length.a[k] as number);
      for (let at = from; at < end; at++) listItems[to++] = this.#items.a[at] as number;
    }
    return { listStart, listItems, odd: this.#odd };
  }

  /**
   * The longest read decides the order: where an odd list is longer (of equal ones the earlier), it
   * becomes the key's, and the key's reads are looked at again. Changes `v` of the micro-operations.
   */
  relist(isRead: (m: number) => boolean, key: Int32Array, v: Int32Array): void {
    const longest = new Map<number, Int32Array>();
    for (const [i, list] of this.#odd.entries()) {
      const k = this.#oddKey[i] as number;
      const best = longest.get(k)?.length ?? (this.#length.a[k] as number);
      if (list.length > best) longest.set(k, list);
    }
    if (longest.size === 0) return;
    const before = new Map([...longest.keys()].map((k) => [k, this.#view(k).slice()]));
    for (const [k, list] of longest) {
      this.#length.a[k] = 0;
      this.#extend(k, list, list.length);
    }
    for (let m = 0; m < v.length; m++) {
      const list = longest.get(key[m] as number);
      if (list === undefined || !isRead(m)) continue;
      const seen = v[m] as number;
      const read =
        seen >= 0
          ? (before.get(key[m] as number) as Int32Array).subarray(0, seen)
          : (this.#odd[-1 - seen] as Int32Array);
      if (isPrefix(read, list)) v[m] = read.length;
      else if (seen >= 0) v[m] = -this.#odd.push(read.slice());
    }
  }

  #view(key: number): Int32Array {
    const start = this.#start.a[key] as number;
    return this.#items.a.subarray(start, start + (this.#length.a[key] as number));
  }

  #extend(key: number, ids: Int32Array, n: number): void {
    const length = this.#length.a[key] as number;
    if (n > (this.#room.a[key] as number)) this.#move(key, Math.max(8, 2 * n));
    const { a } = this.#items;
    const start = this.#start.a[key] as number;
    for (let i = length; i < n; i++) a[start + i] = ids[i] as number;
    this.#length.a[key] = n;
  }

  #move(key: number, room: number): void {
    const from = this.#start.a[key] as number;
    const length = this.#length.a[key] as number;
    const to = this.#items.grow(room);
    this.#items.a.copyWithin(to, from, from + length);
    this.#start.a[key] = to;
    this.#room.a[key] = room;
  }
}

/** Is a list the beginning of another one? */
function isPrefix(list: Int32Array, of: Int32Array): boolean {
  if (list.length > of.length) return false;
  for (let i = 0; i < list.length; i++) if (list[i] !== of[i]) return false;
  return true;
}
