/**
 * Pairs events with their invocations and keeps them as columns. Anything out of the ordinary answers
 * false: then the ordinary reader says what is wrong, or reads it.
 */
import type { FinalSample, HistoryHeader, NemesisEvent } from '../event.ts';
import {
  ANSWER,
  CALL,
  END,
  FAIL,
  INFO,
  NAME,
  NEVER_RETURNED,
  OPEN,
  type PackedHistory,
  RESULT,
  RET,
  SECOND,
  STRIDE,
  VALUE,
} from './packed-history.ts';
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
  #key = new Int32Array(1024);
  #line = new Int32Array(1024);
  #ops = new Int32Array(1024 * STRIDE);
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
    if (event.f >= 0 && event.f !== this.#ops[open * STRIDE + NAME]) return false;
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
      key: this.#key.subarray(0, n),
      line: this.#line.subarray(0, n),
      ops: this.#ops.subarray(0, n * STRIDE),
      words: this.words,
      keys: this.keys,
      values: this.values.all,
      nemesis: this.nemesis,
      final: this.final,
    };
  }

  #invoke(event: Scanned): number {
    const i = this.#n++;
    if (i === this.#key.length) this.#grow();
    this.#key[i] = event.key;
    this.#line[i] = this.line;
    const ops = this.#ops;
    const at = i * STRIDE;
    ops[at + NAME] = event.f;
    ops[at + END] = OPEN;
    ops[at + CALL] = this.#rank(event.key);
    ops[at + RET] = NEVER_RETURNED;
    ops[at + VALUE] = event.value < 0 ? 0 : event.value;
    ops[at + SECOND] = event.second;
    ops[at + ANSWER] = -1;
    ops[at + RESULT] = -1;
    return i;
  }

  #complete(i: number, event: Scanned): void {
    const ops = this.#ops;
    const at = i * STRIDE;
    ops[at + END] = event.type;
    if (event.type === INFO) return;
    ops[at + RET] = this.#rank(this.#key[i] as number);
    if (event.type === FAIL) {
      ops[at + ANSWER] = event.observed;
      return;
    }
    ops[at + RESULT] = event.result;
    const value = event.value < 0 ? 0 : event.value;
    // Only a read's answer matters; elsewhere a pair says again what was asked for.
    ops[at + ANSWER] =
      event.second < 0 || (ops[at + SECOND] as number) >= 0
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
    this.#key = twice(this.#key);
    this.#line = twice(this.#line);
    this.#ops = twice(this.#ops);
  }
}

function twice(column: Int32Array): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(2 * column.length);
  grown.set(column);
  return grown;
}
