/** Takes a history of transactions event by event and keeps it as columns. */
import { IntList, minusOnes } from '../../base/int-list.ts';
import type { Value } from '../../base/operation.ts';
import { INFO, NIL, OK, READ, type TxnKind, type Txns, UNKNOWN } from './txns.ts';
import { LongestLists } from './longest-lists.ts';

/** Largest whole number that stands for itself. */
export const PLAIN_MAX = 0x7fff_fffe;
/** Keys up to this are found in an array. */
const DIRECT_KEYS = 1 << 20;

/**
 * One transaction after the other: `invoke` when it begins; `begin`, its micro-operations and `complete`
 * when it ends. Who is open belongs to the caller.
 */
export class TxnBuilder {
  readonly kind: TxnKind;
  readonly #type: IntList;
  readonly #lane: IntList;
  readonly #invoked: IntList;
  readonly #completed: IntList;
  readonly #first: IntList;
  readonly #end: IntList;
  readonly #barrierOf: IntList;
  readonly #barrierFirst = new IntList();
  readonly #of: IntList;
  readonly #f: IntList;
  readonly #key: IntList;
  readonly #v: IntList;
  readonly #keyNames: (number | string)[] = [];
  readonly #keyIds = new Map<number | string, number>();
  #direct = minusOnes(1024);
  readonly #lists = new LongestLists();
  readonly #values: Value[] = [];
  readonly #strings = new Map<string, number>();
  readonly #structured = new Map<string, number>();
  /** Room for the list at hand. */
  #room = new Int32Array(64);
  readonly #processes = new Map<number | string, number>();
  /** Completed well since the last barrier. */
  readonly #waiting = new IntList();
  #t = 0;
  #compared = 0;
  #n = 0;

  /** `expected`: about how many transactions. */
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
    this.#of = new IntList(3 * room);
    this.#f = new IntList(3 * room);
    this.#key = new IntList(3 * room);
    this.#v = new IntList(3 * room);
  }

  /** A transaction begins; answers with its number. */
  invoke(process: number | string, event: number): number {
    const t = this.#n++;
    if (this.#waiting.n > 0) this.#closeBarrier(t);
    let lane = this.#processes.get(process);
    if (lane === undefined) this.#processes.set(process, (lane = this.#processes.size));
    this.#lane.push(lane);
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

  /** WRITE or READ, with ids of key and value; of a list what `list` or `listIds` answered. */
  add(f: number, key: number, v: number): void {
    this.#of.push(this.#t);
    this.#f.push(f);
    this.#key.push(key);
    this.#v.push(v);
  }

  /** What is held against the transaction at hand begins: its micro-operations, in order. */
  compare(): void {
    this.#compared = this.#first.a[this.#t] as number;
  }

  /** Is this the next one? A read whatever it saw. */
  isNext(f: number, key: number, v: number): boolean {
    const m = this.#compared++;
    if (m >= this.#f.n || this.#f.a[m] !== f || this.#key.a[m] !== key) return false;
    return f === READ || this.#v.a[m] === v;
  }

  /** All of them were held against something. */
  get compared(): boolean {
    return this.#compared === this.#f.n;
  }

  /** `event`: number of the completion, −1 without one. */
  complete(t: number, type: number, event: number): void {
    this.#end.a[t] = this.#f.n;
    this.#type.a[t] = type;
    this.#completed.a[t] = event;
    if (type === OK) this.#waiting.push(t);
  }

  /** Number of a key. */
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

  /** Number of a value: whole numbers from 0 to 2^31 − 2 stand for themselves. */
  valueId(value: Value): number {
    if (typeof value === 'number' && value >= 0 && value <= PLAIN_MAX && Number.isInteger(value))
      return value;
    if (value === null) return NIL;
    const ids = typeof value === 'string' ? this.#strings : this.#structured;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    let id = ids.get(text);
    if (id === undefined) ids.set(text, (id = -1 - this.#values.push(value)));
    return id;
  }

  /** A list that was read of a key: its length, or −1 − its place among the odd ones. */
  list(key: number, list: readonly Value[]): number {
    if (list.length > this.#room.length) this.#room = new Int32Array(2 * list.length);
    const ids = this.#room;
    for (let i = 0; i < list.length; i++) ids[i] = this.valueId(list[i] as Value);
    return this.listIds(key, ids, list.length);
  }

  /** The same of the first `n` of these ids. They are copied where they are kept. */
  listIds(key: number, ids: Int32Array, n: number): number {
    return this.#lists.read(key, ids, n);
  }

  finish(): Txns {
    const [f, key, v] = [this.#f.view(), this.#key.view(), this.#v.view()];
    this.#lists.relist((m) => f[m] === READ && v[m] !== UNKNOWN, key, v);
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
      f: Uint8Array.from(f),
      key,
      v,
      ...this.#lists.columns(this.#keyNames.length),
      barrierOf: this.#barrierOf.view(),
      barrierFirst: this.#barrierFirst.view(),
      keyNames: this.#keyNames,
      processes: [...this.#processes.keys()],
      nameOf: (value) =>
        value >= 0 ? value : value === NIL ? null : (values[-2 - value] as Value),
    };
  }

  #newKey(name: number | string): number {
    this.#lists.addKey();
    return this.#keyNames.push(name) - 1;
  }

  #closeBarrier(t: number): void {
    const barrier = this.#barrierFirst.push(t);
    for (let i = 0; i < this.#waiting.n; i++)
      this.#barrierOf.a[this.#waiting.a[i] as number] = barrier;
    this.#waiting.n = 0;
  }
}
