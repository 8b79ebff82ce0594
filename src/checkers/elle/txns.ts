/**
 * A history of transactions as columns: transactions in the order of their invocations, each with a
 * stretch of micro-operations (Kingsbury and Alvaro, Elle, 2020).
 *
 * A read of a list costs four bytes whatever its length: it is compared with the key's longest list at
 * once, and only its length is kept if it is a prefix of that. The others are kept aside as `odd`.
 * Values that are small whole numbers stand for themselves; others are interned to numbers below `NIL`.
 */
import type { Value } from '../../base/operation.ts';
import type { HistoryEvent } from '../../history/event.ts';
import { MalformedHistory } from '../calls.ts';
import { IntList, minusOnes } from './int-list.ts';

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

/** A micro-operation as histories write it. */
export type MicroOp = readonly [f: string, key: Value, value: Value];

/** Which kind of transactions a history holds, by its micro-operations; undefined: of neither kind. */
export function txnKind(events: readonly HistoryEvent[]): TxnKind | undefined {
  let reads: TxnKind | undefined;
  for (const { type, f, value } of events) {
    if (f !== 'txn' || !Array.isArray(value)) continue;
    for (const micro of value as readonly MicroOp[]) {
      if (!Array.isArray(micro)) return undefined;
      if (micro[0] === 'append') return 'list-append';
      if (micro[0] === 'w') return 'rw-register';
      if (micro[0] === 'r' && type === 'ok')
        reads ??= Array.isArray(micro[2]) ? 'list-append' : 'rw-register';
    }
  }
  return reads;
}

/**
 * Columns of a history. Operations on one key count as transactions of one micro-operation: `append`
 * and `read`, `write` and `read`. Throws `MalformedHistory` at what is no such history.
 */
export function columnsOf(events: readonly HistoryEvent[], kind: TxnKind): Txns {
  const builder = new TxnBuilder(kind, events.length >> 1);
  const open = new Map<number | string, { t: number; invoke: HistoryEvent }>();
  for (const event of events) {
    const of = open.get(event.process);
    if (event.type === 'invoke') {
      if (of !== undefined) throw malformed(event, 'has a transaction open already');
      open.set(event.process, { t: builder.invoke(event.process, event.index), invoke: event });
      continue;
    }
    if (of === undefined) throw malformed(event, 'has no transaction open');
    open.delete(event.process);
    const type = event.type === 'ok' ? OK : event.type === 'fail' ? FAIL : INFO;
    builder.begin(of.t);
    addMicroOps(builder, type === OK ? event : of.invoke, of.invoke, type === OK);
    builder.complete(of.t, type, event.index);
  }
  for (const { t, invoke } of open.values()) {
    builder.begin(t);
    addMicroOps(builder, invoke, invoke, false);
    builder.complete(t, INFO, -1);
  }
  return builder.finish();
}

function malformed(event: HistoryEvent, why: string): MalformedHistory {
  return new MalformedHistory(
    `event ${event.index}: an "${event.type}" for process ${event.process}, which ${why}.`,
  );
}

function addMicroOps(
  builder: TxnBuilder,
  event: HistoryEvent,
  invoke: HistoryEvent,
  known: boolean,
): void {
  const { value } = event;
  if (invoke.f !== 'txn') return addPlain(builder, event, invoke, known);
  if (value === null) return;
  if (!Array.isArray(value)) throw noTransaction(event);
  for (const micro of value as readonly MicroOp[]) {
    if (!Array.isArray(micro)) throw noTransaction(event);
    builder.micro(micro[0], micro[1] ?? null, micro[2] ?? null, known, event);
  }
}

const PLAIN: Readonly<Record<string, string>> = { read: 'r', append: 'append', write: 'w' };

function addPlain(
  builder: TxnBuilder,
  event: HistoryEvent,
  invoke: HistoryEvent,
  known: boolean,
): void {
  const f = PLAIN[invoke.f];
  if (f === undefined) throw noTransaction(invoke);
  const value = f === 'r' ? event.value : invoke.value;
  builder.micro(f, invoke.key ?? 0, value, known, event);
}

function noTransaction(event: HistoryEvent): MalformedHistory {
  return new MalformedHistory(
    `event ${event.index}: "${event.f}" of ${JSON.stringify(event.value)?.slice(0, 60)} is no transaction; expected "txn" with a list of micro-operations like ["r", key, null], ["append", key, element] or ["w", key, value].`,
  );
}

/** Largest whole number that stands for itself. */
const PLAIN_MAX = 0x7fff_fffe;
/** Keys up to this are found in an array. */
const DIRECT_KEYS = 1 << 20;

/** Takes a history event by event. */
export class TxnBuilder {
  readonly #kind: TxnKind;
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
  readonly #processes = new Map<number | string, number>();
  /** Completed well since the last barrier. */
  readonly #waiting = new IntList();
  #t = 0;
  #n = 0;

  constructor(kind: TxnKind, expected = 16) {
    this.#kind = kind;
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

  /** One micro-operation. `known`: what a read saw is known. Throws `MalformedHistory`. */
  micro(f: unknown, key: Value, value: Value, known: boolean, event: HistoryEvent): void {
    const read = f === 'r';
    if (!read && f !== (this.#kind === 'list-append' ? 'append' : 'w'))
      throw new MalformedHistory(
        `event ${event.index}: a micro-operation ${JSON.stringify(f)} in a history of ${this.#kind}.`,
      );
    const k = this.keyId(key);
    let v: number;
    if (!read) v = this.valueId(value);
    else if (!known) v = UNKNOWN;
    else if (this.#kind === 'rw-register') v = this.valueId(value);
    else if (value === null) v = this.list(k, []);
    else if (Array.isArray(value)) v = this.list(k, value as readonly Value[]);
    else
      throw new MalformedHistory(
        `event ${event.index}: a read of a list saw ${JSON.stringify(value)}, which is no list.`,
      );
    this.add(read ? READ : WRITE, k, v);
  }

  /** The same with ids. */
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
    const known = this.#lists[key] as IntList;
    const { a, n } = known;
    const both = Math.min(n, list.length);
    for (let i = 0; i < both; i++) {
      const value = list[i] as Value;
      if (value !== a[i] && this.valueId(value) !== a[i]) return this.#oddList(key, list);
    }
    for (let i = n; i < list.length; i++) known.push(this.valueId(list[i] as Value));
    return list.length;
  }

  finish(): Txns {
    this.#relist();
    const values = this.#values;
    return {
      kind: this.#kind,
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

  #oddList(key: number, list: readonly Value[]): number {
    this.#oddKey.push(key);
    return -this.#odd.push(Int32Array.from(list, (value) => this.valueId(value)));
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
