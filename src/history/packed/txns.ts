/**
 * A history of transactions as columns: transactions in the order of their invocations, each with a
 * stretch of micro-operations (Kingsbury and Alvaro, Elle, 2020).
 *
 * A read of a list costs four bytes whatever its length: it is compared with the key's longest list at
 * once, and only its length is kept if it is a prefix of that. The others are kept aside as `odd`.
 * Values that are small whole numbers stand for themselves; others are interned to numbers below `NIL`.
 */
import type { Value } from '../../base/operation.ts';
import { IntList, minusOnes } from '../../base/int-list.ts';

export const OK = 0;
/** Nobody knows whether it happened. */
export const INFO = 1;
/** It did not happen. */
export const FAIL = 2;

/** An append or a write. */
export const WRITE = 0;
export const READ = 1;

/** A register that nobody wrote yet. */
export const NIL = -1;
/** What the read of a transaction that did not end well would have seen. */
export const UNKNOWN = -0x8000_0000;

export const TXN_KINDS = ['list-append', 'rw-register'] as const;
export type TxnKind = (typeof TXN_KINDS)[number];

/** Is it the name of a kind of transactions? */
export function isTxnKind(name: unknown): name is TxnKind {
  return TXN_KINDS.some((kind) => kind === name);
}

export interface Txns {
  readonly kind: TxnKind;
  /** Transactions. */
  readonly n: number;
  /** OK, INFO or FAIL. */
  readonly type: Uint8Array;
  /** Number of its process, as they are first met. */
  readonly lane: Int32Array;
  /** Event numbers of invocation and completion (−1: none). */
  readonly invoked: Int32Array;
  readonly completed: Int32Array;
  /** First micro-operation, and one after the last. */
  readonly first: Int32Array;
  readonly end: Int32Array;
  /** Transaction of a micro-operation. */
  readonly of: Int32Array;
  readonly f: Uint8Array;
  readonly key: Int32Array;
  /** Write: the value. Read of a register: the value. Read of a list: its length, or −1 − its place in `odd`. */
  readonly v: Int32Array;
  /** Per key: the longest list that was read. */
  readonly lists: readonly Int32Array[];
  /** Lists that are no prefix of their key's longest. */
  readonly odd: readonly Int32Array[];
  /** Barrier that closed after the transaction completed well, or −1. */
  readonly barrierOf: Int32Array;
  /** First transaction invoked after a barrier closed; those up to the next barrier's follow. */
  readonly barrierFirst: Int32Array;
  readonly keyNames: readonly (number | string)[];
  nameOf(value: number): Value;
}

/** Largest whole number that stands for itself. */
const PLAIN_MAX = 0x7fff_fffe;
/** Keys up to this are found in an array. */
const DIRECT_KEYS = 1 << 20;

/** Takes a history event by event. */
export class TxnBuilder {
  /** What the micro-operations are. */
  readonly kind: TxnKind;
  readonly #type: IntList;
  readonly #lane: IntList;
  readonly #invoked: IntList;
  readonly #completed: IntList;
  readonly #first: IntList;
  readonly #end: IntList;
  readonly #barrierOf: IntList;
  readonly #barrierFirst = new IntList();
  readonly #of = new IntList(1024);
  readonly #f = new IntList(1024);
  readonly #key = new IntList(1024);
  readonly #v = new IntList(1024);
  readonly #keyNames: (number | string)[] = [];
  readonly #keyIds = new Map<number | string, number>();
  #direct = minusOnes(1024);
  readonly #lists: IntList[] = [];
  readonly #odd: Int32Array[] = [];
  readonly #oddKey: number[] = [];
  readonly #values: Value[] = [];
  readonly #ids = new Map<string, number>();
  /** Room for the list at hand. */
  #room = new Int32Array(64);
  readonly #processes = new Map<number | string, number>();
  /** Completed well since the last barrier. */
  readonly #waiting = new IntList();
  #t = 0;
  #n = 0;

  constructor(kind: TxnKind, expected = 16) {
    this.kind = kind;
    const room = Math.max(16, expected);
    this.#type = new IntList(room);
    this.#lane = new IntList(room);
    this.#invoked = new IntList(room);
    this.#completed = new IntList(room);
    this.#first = new IntList(room);
    this.#end = new IntList(room);
    this.#barrierOf = new IntList(room);
  }

  /** A transaction begins; answers with its number. */
  invoke(process: number | string, event: number): number {
    const t = this.#n++;
    if (this.#waiting.n > 0) this.#closeBarrier(t);
    let id = this.#processes.get(process);
    if (id === undefined) this.#processes.set(process, (id = this.#processes.size));
    this.#lane.push(id);
    this.#type.push(INFO);
    this.#invoked.push(event);
    this.#completed.push(-1);
    this.#first.push(0);
    this.#end.push(0);
    this.#barrierOf.push(-1);
    return t;
  }

  /** What follows are the micro-operations of this transaction. */
  begin(t: number): void {
    this.#t = t;
    this.#first.a[t] = this.#f.n;
  }

  complete(t: number, type: number, event: number): void {
    this.#end.a[t] = this.#f.n;
    this.#type.a[t] = type;
    this.#completed.a[t] = event;
    if (type === OK) this.#waiting.push(t);
  }

  /** One micro-operation, with ids. */
  add(f: number, key: number, v: number): void {
    this.#of.push(this.#t);
    this.#f.push(f);
    this.#key.push(key);
    this.#v.push(v);
  }

  keyId(key: Value): number {
    if (typeof key === 'number' && key >= 0 && key < DIRECT_KEYS && Number.isInteger(key)) {
      if (key >= this.#direct.length) {
        const wider = minusOnes(Math.min(DIRECT_KEYS, 2 * key + 2));
        wider.set(this.#direct);
        this.#direct = wider;
      }
      const known = this.#direct[key] as number;
      return known >= 0 ? known : (this.#direct[key] = this.#newKey(key));
    }
    const name = typeof key === 'number' || typeof key === 'string' ? key : JSON.stringify(key);
    let id = this.#keyIds.get(name);
    if (id === undefined) this.#keyIds.set(name, (id = this.#newKey(name)));
    return id;
  }

  valueId(value: Value): number {
    if (typeof value === 'number' && value >= 0 && value <= PLAIN_MAX && Number.isInteger(value))
      return value;
    if (value === null) return NIL;
    const text = JSON.stringify(value);
    let id = this.#ids.get(text);
    if (id === undefined) this.#ids.set(text, (id = -1 - this.#values.push(value)));
    return id;
  }

  /** A list that was read: its length, or −1 − its place among the odd ones. */
  list(key: number, list: readonly Value[]): number {
    if (list.length > this.#room.length) this.#room = new Int32Array(2 * list.length);
    const ids = this.#room;
    for (let i = 0; i < list.length; i++) ids[i] = this.valueId(list[i] as Value);
    return this.listIds(key, ids, list.length);
  }

  /** The same of the first `n` of these ids. They are copied where they are kept. */
  listIds(key: number, ids: Int32Array, n: number): number {
    const known = this.#lists[key] as IntList;
    const both = Math.min(n, known.n);
    const { a } = known;
    for (let i = 0; i < both; i++)
      if (ids[i] !== a[i]) {
        this.#oddKey.push(key);
        return -this.#odd.push(ids.slice(0, n));
      }
    for (let i = both; i < n; i++) known.push(ids[i] as number);
    return n;
  }

  finish(): Txns {
    this.#relist();
    const values = this.#values;
    return {
      kind: this.kind,
      n: this.#n,
      type: Uint8Array.from(this.#type.view()),
      lane: this.#lane.view(),
      invoked: this.#invoked.view(),
      completed: this.#completed.view(),
      first: this.#first.view(),
      end: this.#end.view(),
      of: this.#of.view(),
      f: Uint8Array.from(this.#f.view()),
      key: this.#key.view(),
      v: this.#v.view(),
      lists: this.#lists.map((list) => list.view()),
      odd: this.#odd,
      barrierOf: this.#barrierOf.view(),
      barrierFirst: this.#barrierFirst.view(),
      keyNames: this.#keyNames,
      nameOf: (value) =>
        value >= 0 ? value : value === NIL ? null : (values[-2 - value] as Value),
    };
  }

  #newKey(name: number | string): number {
    this.#lists.push(new IntList(8));
    return this.#keyNames.push(name) - 1;
  }

  #closeBarrier(t: number): void {
    const barrier = this.#barrierFirst.push(t);
    for (let i = 0; i < this.#waiting.n; i++)
      this.#barrierOf.a[this.#waiting.a[i] as number] = barrier;
    this.#waiting.n = 0;
  }

  /** The longest read decides the order: where an odd list is longer, looks at the key's reads again. */
  #relist(): void {
    const longest = new Map<number, Int32Array>();
    for (const [i, list] of this.#odd.entries()) {
      const key = this.#oddKey[i] as number;
      const best = longest.get(key)?.length ?? (this.#lists[key] as IntList).n;
      if (list.length > best) longest.set(key, list);
    }
    if (longest.size === 0) return;
    const before = new Map([...longest.keys()].map((k) => [k, (this.#lists[k] as IntList).view()]));
    for (const [key, list] of longest) {
      const relisted = new IntList(list.length);
      for (const value of list) relisted.push(value);
      this.#lists[key] = relisted;
    }
    const { n } = this.#f;
    for (let m = 0; m < n; m++) {
      const key = this.#key.a[m] as number;
      const list = longest.get(key);
      const v = this.#v.a[m] as number;
      if (list === undefined || this.#f.a[m] !== READ || v === UNKNOWN) continue;
      const read =
        v >= 0 ? (before.get(key) as Int32Array).subarray(0, v) : (this.#odd[-1 - v] as Int32Array);
      if (isPrefix(read, list)) this.#v.a[m] = read.length;
      else if (v >= 0) this.#v.a[m] = -this.#odd.push(read.slice());
    }
  }
}

/** Is a list the beginning of another one? */
export function isPrefix(list: Int32Array, of: Int32Array): boolean {
  if (list.length > of.length) return false;
  for (let i = 0; i < list.length; i++) if (list[i] !== of[i]) return false;
  return true;
}

/** The list that a read saw. */
export function listOf(txns: Txns, m: number): Int32Array {
  const v = txns.v[m] as number;
  return v >= 0
    ? (txns.lists[txns.key[m] as number] as Int32Array).subarray(0, v)
    : (txns.odd[-1 - v] as Int32Array);
}
