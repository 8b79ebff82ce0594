/**
 * Pairs events with their invocations and keeps them as columns. Anything out of the ordinary answers
 * false: then the ordinary reader says what is wrong, or reads it.
 */
import type { Value } from '../../base/operation.ts';
import type { FinalSample, HistoryHeader, NemesisEvent } from '../event.ts';
import { type Independent, asKey } from '../independent.ts';
import { OpenOperations } from './open-operations.ts';
import {
  ANSWER,
  CALL,
  END,
  FAIL,
  INFO,
  NAME,
  NEVER_RETURNED,
  OK,
  OPEN,
  type PackedHistory,
  RESULT,
  RET,
  SECOND,
  STRIDE,
  VALUE,
} from './packed-history.ts';
import type { Txns } from './txns.ts';
import { wider } from './wider.ts';
import { Values } from './values.ts';
import { contradicts, isWriting } from '../written.ts';

/** Event numbers beyond this do not fit. */
const INDEX_MAX = 0x7fff_ffff;
/** Integer keys below this go through a flat table. */
const SMALL_KEYS = 1 << 16;

/** Kinds of events. */
export const INVOKE = 4;

/** One event, as a scanner fills it in. Fields that were absent are -1. */
export interface Scanned {
  /** -1: `name` says it. */
  process: number;
  name: string;
  /** `INVOKE`, `OK`, `FAIL`, `INFO`. */
  type: number;
  /** Number of the word. */
  f: number;
  key: number;
  /** Value id of the value; of the first of a pair `[a b]`. */
  value: number;
  /** Of the second of a pair; of `b` in `[a [b c]]`. */
  second: number;
  /** Of `c` in `[a [b c]]`. */
  third: number;
  result: number;
  observed: number;
}

export interface PackerOptions {
  /** Made by another tool. */
  readonly foreign: boolean;
  /** Are keys in the values (`[key value]`)? */
  readonly independent: Independent;
}

export class Packer {
  readonly values = new Values();
  readonly words: string[] = [];
  readonly keys: (number | string)[] = [];
  readonly nemesis: NemesisEvent[] = [];
  readonly final: FinalSample[] = [];
  readonly foreign: boolean;
  /** What the reader has to say. */
  readonly notes: string[] = [];
  header: HistoryHeader | undefined;
  /** Line at which the scanner is. */
  line = 0;
  readonly #keyIds = new Map<number | string, number>();
  /** Numbers of the small whole keys, + 1. */
  #smallKeys = new Int32Array(64);
  readonly #open = new OpenOperations();
  /** Per word: is what such operations say written. */
  readonly #writes: boolean[] = [];
  /** Undefined: the first invocation tells. */
  #split: boolean | undefined;
  #n = 0;
  #key = new Int32Array(128);
  #event = new Int32Array(128);
  #ops = new Int32Array(128 * STRIDE);
  /** Events so far per key, shifted by one: those without a key come first. */
  #ranks = new Int32Array(64);

  constructor({ foreign, independent }: PackerOptions) {
    this.foreign = foreign;
    this.#split = independent === 'auto' ? undefined : independent === 'yes';
  }

  /** Number of a key. */
  key(key: number | string): number {
    const small = typeof key === 'number' && key >= 0 && key < SMALL_KEYS;
    if (small && key >= this.#smallKeys.length) this.#smallKeys = wider(this.#smallKeys, key);
    const known = small ? (this.#smallKeys[key] as number) - 1 : (this.#keyIds.get(key) ?? -1);
    if (known !== -1) return known;
    const id = this.keys.push(key) - 1;
    if (small) this.#smallKeys[key] = id + 1;
    else this.#keyIds.set(key, id);
    return id;
  }

  /** Takes an event with its number; false: it is none that can be packed. */
  add(event: Scanned, index: number): boolean {
    const slot = this.#open.slot(event.process < 0 ? event.name : event.process);
    if (slot < 0 || index > INDEX_MAX) return false;
    const open = this.#open.at(slot);
    if (event.type === INVOKE) {
      if (open >= 0 || event.f < 0) return false;
      if (this.#split !== false && !this.#splitInvocation(event)) return false;
      this.#open.open(slot, this.#invoke(event, index));
      return true;
    }
    if (open < 0) return false;
    if (event.f >= 0 && event.f !== this.#ops[open * STRIDE + NAME]) return false;
    if (this.#split === true) {
      if (event.key >= 0) return false;
      if (event.second >= 0) {
        if (!this.#isKeyOf(open, event.value)) return false;
        unpair(event);
      }
    } else if (event.key >= 0 && event.key !== this.#key[open]) return false;
    if (event.type === OK && !this.#saysTheSame(open, event)) return false;
    this.#open.close(slot);
    this.#complete(open, event);
    return true;
  }

  finish(txns?: Txns): PackedHistory {
    const n = this.#n;
    return {
      header: this.header ?? { hermes: 1 },
      foreign: this.foreign,
      split: this.#split === true && n > 0,
      notes: this.notes,
      n,
      key: this.#key.subarray(0, n),
      event: this.#event.subarray(0, n),
      ops: this.#ops.subarray(0, n * STRIDE),
      words: this.words,
      keys: this.keys,
      values: this.values.all,
      nemesis: this.nemesis,
      final: this.final,
      ...(txns !== undefined && { txns }),
    };
  }

  /**
   * Takes the key out of a pair. Whether the history has its keys there the first invocation tells; one
   * that says otherwise later makes it a history for the ordinary reader, which looks at all of them.
   */
  #splitInvocation(event: Scanned): boolean {
    const pair =
      event.key < 0 &&
      event.second >= 0 &&
      !Array.isArray(this.values.all[event.value]) &&
      this.words[event.f] !== 'txn' &&
      (this.words[event.f] !== 'cas' || event.third >= 0);
    this.#split ??= pair;
    if (!this.#split) return true;
    if (!pair) return false;
    event.key = this.key(asKey(this.values.all[event.value] as Value));
    unpair(event);
    return true;
  }

  #isKeyOf(i: number, value: number): boolean {
    return asKey(this.values.all[value] as Value) === this.keys[this.#key[i] as number];
  }

  /** What is written is the same in the invocation and in the success. */
  #saysTheSame(i: number, event: Scanned): boolean {
    if (event.third >= 0) this.#join(event);
    const at = i * STRIDE;
    const [value, second] = [this.#ops[at + VALUE] as number, this.#ops[at + SECOND] as number];
    if (event.value === value && event.second === second) return true;
    const word = this.#ops[at + NAME] as number;
    const f = this.words[word] as string;
    if (event.value < 0 || !(this.#writes[word] ??= f === 'txn' || isWriting(f))) return true;
    const { all } = this.values;
    const whole = (a: number, b: number): Value =>
      (b < 0 ? all[a] : [all[a] as Value, all[b] as Value]) as Value;
    return !contradicts(f, whole(value, second), whole(event.value, event.second));
  }

  #invoke(event: Scanned, index: number): number {
    const i = this.#n++;
    if (i === this.#key.length) this.#grow();
    if (event.third >= 0) this.#join(event);
    this.#key[i] = event.key;
    this.#event[i] = index;
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
        : this.#pair(value, event.second);
  }

  /** `[a [b c]]` where it is no key with a pair: a pair whose second is one value. */
  #join(event: Scanned): void {
    event.second = this.#pair(event.second, event.third);
    event.third = -1;
  }

  #pair(first: number, second: number): number {
    const { all } = this.values;
    return this.values.value([all[first] as Value, all[second] as Value]);
  }

  #rank(key: number): number {
    const at = key + 1;
    if (at >= this.#ranks.length) this.#ranks = wider(this.#ranks, at);
    const rank = this.#ranks[at] as number;
    this.#ranks[at] = rank + 1;
    return rank;
  }

  #grow(): void {
    this.#key = wider(this.#key);
    this.#event = wider(this.#event);
    this.#ops = wider(this.#ops);
  }
}

/** What stands behind the key. */
function unpair(event: Scanned): void {
  event.value = event.second;
  event.second = event.third;
  event.third = -1;
}
