/**
 * What the scanners of both notations share: events as numbers, without an object or a string per event.
 * What a scanner does not expect it hands to the full parser of its notation, event by event; what cannot
 * be packed at all it refuses, and the ordinary reader says what is wrong.
 */
import type { Value } from '../../base/operation.ts';
import type { FinalSample, HistoryHeader, NemesisEvent } from '../event.ts';
import { isValue } from '../history-parser.ts';
import { NEWLINE, OPEN_LIST } from './characters.ts';
import { FAIL, INFO, OK } from './packed-history.ts';
import type { EventPicker } from './event-picker.ts';
import { INVOKE, type Packer, type Scanned } from './packer.ts';
import { MicroScanner } from './micro-scanner.ts';
import { valueEnd } from './token-scanner.ts';
import { DRY, SEEN, type TxnIntake } from './txn-intake.ts';
import type { TxnKind } from './txns.ts';

/** Names of operations: more are no history of a few kinds of operations. */
const WORDS_MAX = 256;
/** By their numbers. */
const TYPES = ['', 'ok', 'fail', 'info', 'invoke'];
const TYPE_BYTES = TYPES.map((type) => Buffer.from(type));

export abstract class EventScanner extends MicroScanner {
  readonly packer: Packer;
  /** The event at hand. */
  protected readonly event: Scanned = {
    process: -1,
    name: '',
    type: -1,
    f: -1,
    key: -1,
    value: -1,
    second: -1,
    third: -1,
    result: -1,
    observed: -1,
  };
  /** NaN: it has none. */
  protected time = Number.NaN;
  /** −1: it has none. */
  protected index = -1;
  /** Where the value of a transaction begins, if it was not taken yet; −1: there is none. */
  protected micros = -1;
  /** Micro-operations of the event at hand are in the columns. */
  protected begun = false;
  /** The form of micro-operations that wait was looked at. */
  #looked = false;
  /** Events that begin before this place are whole. */
  #wholeTo = 0;
  /** What the value read last was: ids of `a`, `[a b]` or `[a [b c]]`. */
  #first = -1;
  #second = -1;
  #third = -1;
  readonly #picker: EventPicker | undefined;
  /** Where the event at hand begins. */
  protected from = 0;
  /** The event at hand, where the full parser read it. */
  #record: Record<string, unknown> | undefined;
  #lastIndex = -1;
  #lastTime = 0;
  #lifted = 0;
  #lastWord = 0;
  readonly #wordBytes: Uint8Array[] = [];

  /** `kind`: it is a history of such transactions. `picker`: takes a few of the events, and nothing else is kept. */
  constructor(packer: Packer, kind: TxnKind | undefined, picker?: EventPicker) {
    super(kind);
    this.packer = packer;
    this.#picker = picker;
  }

  /**
   * Takes what is whole of these bytes and answers how many they were; −1: refused. `last`: nothing
   * follows; an event that is not whole then is a torn end.
   */
  scan(bytes: Buffer, last: boolean): number {
    this.bytes = bytes;
    this.at = 0;
    this.#wholeTo = last ? bytes.length : this.wholeBefore(bytes);
    const taken = this.events(last);
    if (taken < 0) return -1;
    this.txns?.keep(bytes);
    if (last && this.#lifted > 0)
      this.packer.notes.push(
        `${this.#lifted} times go back and were lifted; the order of the lines is the order of events`,
      );
    return taken;
  }

  protected abstract events(last: boolean): number;

  /** Most events that begin before this place are whole: by the last end of a line. */
  protected wholeBefore(bytes: Buffer): number {
    return bytes.lastIndexOf(NEWLINE);
  }

  /** The event between these places, by the full parser; undefined: it is none. */
  protected abstract full(from: number, to: number): Record<string, unknown> | undefined;

  protected torn(line: number): void {
    this.packer.notes.push(
      `line ${line} is torn (the recorder was stopped while writing it) and was left out`,
    );
  }

  protected reset(): void {
    const e = this.event;
    e.process = e.type = e.f = e.key = e.value = e.second = e.third = e.result = e.observed = -1;
    this.time = Number.NaN;
    this.index = this.micros = -1;
    this.#record = undefined;
    this.begun = false;
  }

  /** The event at hand is complete; false: it cannot be packed. */
  protected take(): boolean {
    if (!this.#stamp()) return false;
    const { event, txns } = this;
    if (this.#picker !== undefined) return this.#pick(this.#picker);
    if (txns === undefined) return this.packer.add(event, this.#lastIndex);
    const named = event.f >= 0 || event.type === INVOKE;
    if (named && this.packer.words[event.f] !== 'txn') return false;
    if (event.key >= 0) return false;
    if (event.value > 0 || !this.#wellFormed(txns)) return false;
    return txns.add(event, this.#lastIndex, this.micros, this.bytes);
  }

  /** What was passed over before it was known that it is no success. */
  #wellFormed({ columns }: TxnIntake): boolean {
    if (this.micros < 0 || this.event.type === OK || this.#looked) return true;
    const here = this.at;
    this.at = this.micros;
    const fine = this.microOps(columns, DRY);
    this.at = here;
    return fine;
  }

  #pick(picker: EventPicker): boolean {
    if (!picker.wants(this.event, this.#lastIndex)) return true;
    const record = this.#record ?? this.full(this.from, this.at);
    if (record !== undefined)
      picker.take(record, this.#lastIndex, this.#lastTime, this.packer.line);
    return record !== undefined;
  }

  /** Number and time, as the ordinary reader takes them. */
  #stamp(): boolean {
    const { foreign } = this.packer;
    if (this.index > this.#lastIndex) this.#lastIndex = this.index;
    else if (this.index === -1 || foreign) this.#lastIndex++;
    else return false;
    if (this.time >= this.#lastTime) this.#lastTime = this.time;
    else if (!Number.isNaN(this.time)) {
      if (!foreign) return false;
      this.#lifted++;
    }
    return true;
  }

  /**
   * The value of a transaction: at once if it is that of a success, else only where it stands. What may
   * not be whole in these bytes waits too, since nothing can be taken back from the columns.
   */
  #transaction(txns: TxnIntake): boolean {
    const { process, type } = this.event;
    if (type === OK && process >= 0 && this.at < this.#wholeTo) {
      this.begun = true;
      return txns.begin(process) && this.microOps(txns.columns, SEEN);
    }
    this.micros = this.at;
    this.#looked = type >= 0 && type !== OK;
    if (this.#looked) return this.microOps(txns.columns, DRY);
    this.at = valueEnd(this.bytes, this.at);
    return this.at < this.bytes.length;
  }

  /** Reads a value into `first`, `second` and `third`; false: it has another form. */
  protected value(): boolean {
    this.#second = this.#third = -1;
    if (this.bytes[this.at] !== OPEN_LIST) return (this.#first = this.#id()) >= 0;
    this.enter();
    const first = this.#id();
    if (first < 0 || this.more() !== 1) return false;
    if (this.bytes[this.at] === OPEN_LIST) {
      this.enter();
      this.#second = this.#id();
      if (this.#second < 0 || this.more() !== 1) return false;
      this.#third = this.#id();
      if (this.#third < 0 || this.more() !== 0) return false;
    } else this.#second = this.#id();
    this.#first = first;
    return this.#second >= 0 && this.more() === 0;
  }

  #id(): number {
    const x = this.natural();
    if (x >= 0) return this.packer.values.number(x);
    const value = this.scalar();
    return value === undefined ? -1 : this.packer.values.value(value);
  }

  protected eventValue(): boolean {
    if (this.#picker !== undefined) return this.skipValue();
    if (this.txns !== undefined && this.bytes[this.at] === OPEN_LIST)
      return this.#transaction(this.txns);
    if (!this.value()) return false;
    const e = this.event;
    e.value = this.#first;
    e.second = this.#second;
    e.third = this.#third;
    return true;
  }

  /** The type of the event stands there; false: it is none. */
  protected typeAt(start: number, end: number): boolean {
    const length = end - start;
    const type =
      length === 6 ? INVOKE : length === 2 ? OK : this.bytes[start] === 0x66 ? FAIL : INFO;
    this.event.type = type;
    return this.isAt(TYPE_BYTES[type] as Uint8Array, start, end);
  }

  #isWord(id: number, start: number, end: number): boolean {
    const word = this.#wordBytes[id];
    return word !== undefined && this.isAt(word, start, end);
  }

  /** The name of the operation stands there; false: there are too many of them. */
  protected wordAt(start: number, end: number): boolean {
    let id = this.#lastWord;
    if (!this.#isWord(id, start, end)) {
      id = 0;
      while (id < this.#wordBytes.length && !this.#isWord(id, start, end)) id++;
      if (id === WORDS_MAX || start === end) return false;
      if (id === this.#wordBytes.length) {
        this.#wordBytes.push(Uint8Array.prototype.slice.call(this.bytes, start, end));
        this.packer.words.push(this.bytes.toString('utf8', start, end));
      }
    }
    this.#lastWord = id;
    this.event.f = id;
    return true;
  }

  /** The value read last as one id. */
  protected whole(): number {
    const { values } = this.packer;
    const { all } = values;
    if (this.#second === -1) return this.#first;
    const second = all[this.#second] as Value;
    const tail = this.#third === -1 ? second : [second, all[this.#third] as Value];
    return values.value([all[this.#first] as Value, tail]);
  }

  /** An event that the full parser read; false: it cannot be packed. */
  protected record(json: Record<string, unknown>): boolean {
    this.reset();
    this.#record = json;
    const { index, time, process, type, f, key } = json;
    if (!this.#numbered(index, time)) return false;
    if (process === 'nemesis' || process === 'final') return this.#other(json);
    const e = this.event;
    if (typeof process === 'string') e.name = process;
    else if (Number.isSafeInteger(process) && (process as number) >= 0)
      e.process = process as number;
    else return false;
    e.type = TYPES.indexOf(type as string);
    if (e.type < 1) return false;
    if (typeof f === 'string' && f !== '') {
      const bytes = Buffer.from(f);
      const before = this.bytes;
      this.bytes = bytes;
      const known = this.wordAt(0, bytes.length);
      this.bytes = before;
      if (!known) return false;
    } else if (f !== undefined && f !== null) return false;
    if (typeof key === 'number' ? Number.isSafeInteger(key) : typeof key === 'string')
      e.key = this.packer.key(key as number | string);
    else if (key !== undefined && key !== null) return false;
    return this.#recordValues(json) && this.take();
  }

  #recordValues(json: Record<string, unknown>): boolean {
    const { value = null, result, observed } = json;
    if (this.#picker !== undefined) return true;
    if (![value, result ?? null, observed ?? null].every((x) => isValue(x))) return false;
    const { values } = this.packer;
    const e = this.event;
    if (result !== undefined) e.result = values.value(result as Value);
    if (observed !== undefined) e.observed = values.value(observed as Value);
    // A transaction that only the full parser can read is one for the ordinary reader.
    if (this.txns !== undefined) return value === null;
    const pair = asPair(value);
    const inner = pair && asPair(pair[1]);
    e.value = values.value(pair === undefined ? (value as Value) : (pair[0] as Value));
    if (pair !== undefined) e.second = values.value((inner?.[0] ?? pair[1]) as Value);
    return true;
  }

  #numbered(index: unknown, time: unknown): boolean {
    const { foreign } = this.packer;
    const whole = Number.isSafeInteger(index) && (index as number) >= 0;
    const finite = typeof time === 'number' && Number.isFinite(time);
    if (!foreign && !(whole || index === undefined)) return false;
    if (!foreign && !(finite || time === undefined)) return false;
    this.index = whole ? (index as number) : -1;
    this.time = finite ? (time as number) : Number.NaN;
    return true;
  }

  /** What the nemesis did, or what a replica held at the end. */
  #other(json: Record<string, unknown>): boolean {
    if (!this.#stamp()) return false;
    const [index, time] = [this.#lastIndex, this.#lastTime];
    const { type, f, node, key, value = null } = json;
    if (json['process'] === 'nemesis') {
      const { id, nodes, links } = (value ?? {}) as Record<string, unknown>;
      const ours = typeof id === 'number' && Array.isArray(nodes) && Array.isArray(links);
      if (typeof f !== 'string' || !(ours || this.packer.foreign)) return false;
      const what = ours ? value : { id: 0, nodes: [], links: [] };
      const event = { ...json, type: 'info', value: what, index, time };
      this.packer.nemesis.push(event as unknown as NemesisEvent);
      return true;
    }
    if (typeof node !== 'string' || (typeof key !== 'string' && !Number.isSafeInteger(key)))
      return false;
    if ((type !== 'ok' && type !== 'fail') || !isValue(value)) return false;
    this.packer.final.push({ ...json, value, f: 'peek', index, time } as unknown as FinalSample);
    return true;
  }

  /** The first line of a file of ours; false: it is no such line, or stands elsewhere. */
  protected header(json: Record<string, unknown>): boolean {
    if (this.packer.line !== 1 || json['hermes'] !== 1) return false;
    if ('initial' in json && !isValue(json['initial'])) return false;
    this.packer.header = json as unknown as HistoryHeader;
    return true;
  }
}

function asPair(x: unknown): readonly [unknown, unknown] | undefined {
  return Array.isArray(x) && x.length === 2 ? (x as unknown as [unknown, unknown]) : undefined;
}
