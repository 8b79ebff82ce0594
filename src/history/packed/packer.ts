/**
 * Pairs events with their invocations and keeps them as columns. Anything out of the ordinary answers
 * false: then the ordinary reader says what is wrong, or reads it.
 */
import type { FinalSample, HistoryHeader, NemesisEvent } from '../event.ts';
import { FAIL, INFO, NEVER_RETURNED, OK, OPEN, type PackedHistory } from './packed-history.ts';
import { Values } from './values.ts';

/** Processes numbered beyond this are not packed. */
const PROCESS_MAX = 1 << 23;

/** Kinds of events. */
export const INVOKE = 4;

/** One event, as a scanner fills it in. Fields that were absent are -1. */
export interface Scanned {
  process: number;
  /** `INVOKE`, `OK`, `FAIL`, `INFO`. */
  type: number;
  /** Number of the word. */
  f: number;
  key: number;
  value: number;
  second: number;
  result: number;
  observed: number;
}

export class Packer {
  readonly values = new Values();
  readonly words: string[] = [];
  readonly keys: (number | string)[] = [];
  readonly nemesis: NemesisEvent[] = [];
  readonly final: FinalSample[] = [];
  header: HistoryHeader = { hermes: 1 };
  /** Line at which the scanner is. */
  line = 0;
  readonly #keyIds = new Map<number | string, number>();
  readonly #smallKeys = new Int32Array(1 << 16).fill(-1);
  #n = 0;
  #f = new Uint8Array(1024);
  #key = new Int32Array(1024);
  #value = new Int32Array(1024);
  #second = new Int32Array(1024);
  #end = new Uint8Array(1024);
  #answer = new Int32Array(1024);
  #told = new Int32Array(1024);
  #call = new Int32Array(1024);
  #ret = new Int32Array(1024);
  #line = new Int32Array(1024);
  /** Per process, its open operation, + 1. */
  #openOf = new Int32Array(1024);
  /** Events so far per key, shifted by one: those without a key come first. */
  #ranks = new Int32Array(1024);

  /** Number of a key. */
  key(key: number | string): number {
    const small = typeof key === 'number' && key >= 0 && key < this.#smallKeys.length;
    const known = small ? (this.#smallKeys[key] as number) : (this.#keyIds.get(key) ?? -1);
    if (known !== -1) return known;
    const id = this.keys.push(key) - 1;
    if (small) this.#smallKeys[key] = id;
    else this.#keyIds.set(key, id);
    return id;
  }

  /** Takes an event; false: it is none that can be packed. */
  add(event: Scanned): boolean {
    const { process, type } = event;
    if (process < 0 || process >= PROCESS_MAX || type < 0) return false;
    if (process >= this.#openOf.length) this.#growOpen(process);
    const open = (this.#openOf[process] as number) - 1;
    if (type === INVOKE) {
      if (open >= 0 || event.f < 0) return false;
      this.#openOf[process] = this.#invoke(event) + 1;
      return true;
    }
    if (open < 0) return false;
    if (event.f >= 0 && event.f !== this.#f[open]) return false;
    if (event.key >= 0 && event.key !== this.#key[open]) return false;
    this.#openOf[process] = 0;
    this.#complete(open, event);
    return true;
  }

  finish(): PackedHistory {
    const n = this.#n;
    return {
      header: this.header,
      n,
      f: this.#f.subarray(0, n),
      key: this.#key.subarray(0, n),
      value: this.#value.subarray(0, n),
      second: this.#second.subarray(0, n),
      end: this.#end.subarray(0, n),
      answer: this.#answer.subarray(0, n),
      told: this.#told.subarray(0, n),
      call: this.#call.subarray(0, n),
      ret: this.#ret.subarray(0, n),
      line: this.#line.subarray(0, n),
      words: this.words,
      keys: this.keys,
      values: this.values.all,
      nemesis: this.nemesis,
      final: this.final,
    };
  }

  #invoke(event: Scanned): number {
    const i = this.#n++;
    if (i === this.#f.length) this.#grow();
    this.#f[i] = event.f;
    this.#key[i] = event.key;
    this.#value[i] = event.value < 0 ? 0 : event.value;
    this.#second[i] = event.second;
    this.#end[i] = OPEN;
    this.#answer[i] = 0;
    this.#told[i] = -1;
    this.#call[i] = this.#rank(event.key);
    this.#ret[i] = NEVER_RETURNED;
    this.#line[i] = this.line;
    return i;
  }

  #complete(i: number, event: Scanned): void {
    this.#end[i] = event.type;
    if (event.type === INFO) return;
    this.#ret[i] = this.#rank(this.#key[i] as number);
    this.#told[i] = event.type === FAIL ? event.observed : event.result;
    if (event.type !== OK) return;
    const value = event.value < 0 ? 0 : event.value;
    // Only a read's answer matters; elsewhere a pair says again what was asked for.
    this.#answer[i] =
      event.second < 0 || (this.#second[i] as number) >= 0
        ? value
        : this.values.value([
            this.values.all[value] ?? null,
            this.values.all[event.second] ?? null,
          ]);
  }

  #rank(key: number): number {
    const at = key + 1;
    if (at >= this.#ranks.length) {
      const grown = new Int32Array(Math.max(2 * this.#ranks.length, at + 1));
      grown.set(this.#ranks);
      this.#ranks = grown;
    }
    const rank = this.#ranks[at] as number;
    this.#ranks[at] = rank + 1;
    return rank;
  }

  #growOpen(process: number): void {
    const grown = new Int32Array(Math.max(2 * this.#openOf.length, process + 1));
    grown.set(this.#openOf);
    this.#openOf = grown;
  }

  #grow(): void {
    this.#f = twice(this.#f);
    this.#key = twice(this.#key);
    this.#value = twice(this.#value);
    this.#second = twice(this.#second);
    this.#end = twice(this.#end);
    this.#answer = twice(this.#answer);
    this.#told = twice(this.#told);
    this.#call = twice(this.#call);
    this.#ret = twice(this.#ret);
    this.#line = twice(this.#line);
  }
}

function twice<T extends Uint8Array | Int32Array>(column: T): T {
  const grown = (
    column instanceof Uint8Array
      ? new Uint8Array(2 * column.length)
      : new Int32Array(2 * column.length)
  ) as T;
  grown.set(column);
  return grown;
}
