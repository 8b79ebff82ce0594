/**
 * Scans JSON lines as bytes, without an object or a string per event. What it does not expect it hands
 * to `JSON.parse`, line by line; what cannot be packed at all it refuses.
 */
import type { Value } from '../../base/operation.ts';
import type { FinalSample, HistoryHeader, NemesisEvent } from '../event.ts';
import { isValue } from '../history-parser.ts';
import { FAIL, INFO, OK } from './packed-history.ts';
import { INVOKE, type Packer, type Scanned } from './packer.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_MAP = 0x7b;
const CLOSE_MAP = 0x7d;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const NEWLINE = 0x0a;

/** A number too long to be added up digit by digit without loss. */
const DIGITS_MAX = 15;

export class JsonlScanner {
  readonly #packer: Packer;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #index = -1;
  #time = 0;
  /** Of the line at hand. */
  readonly #event: Scanned = {
    process: -1,
    type: -1,
    f: -1,
    key: -1,
    value: -1,
    second: -1,
    result: -1,
    observed: -1,
  };
  #lineIndex = -1;
  #lineTime = -1;
  /** What the value read last was: ids of it, or of both of a pair. */
  #id = -1;
  #second = -1;
  #lastWord = 0;
  readonly #wordBytes: Uint8Array[] = [];

  constructor(packer: Packer) {
    this.#packer = packer;
  }

  /** Whole lines, the last one with its line break (or the end of the file). False: refused. */
  scan(bytes: Buffer): boolean {
    this.#bytes = bytes;
    this.#at = 0;
    while (this.#at < bytes.length) {
      const start = this.#at;
      this.#packer.line++;
      if (this.#fast()) {
        if (!this.#take()) return false;
        continue;
      }
      const next = bytes.indexOf(NEWLINE, start);
      const end = next < 0 ? bytes.length : next;
      if (!this.#slow(bytes.toString('utf8', start, end))) return false;
      this.#at = end + 1;
    }
    return true;
  }

  #take(): boolean {
    if (this.#lineIndex !== -1) {
      if (this.#lineIndex <= this.#index) return false;
      this.#index = this.#lineIndex;
    } else this.#index++;
    if (this.#lineTime !== -1) {
      if (this.#lineTime < this.#time) return false;
      this.#time = this.#lineTime;
    }
    return this.#packer.add(this.#event);
  }

  #reset(): void {
    const e = this.#event;
    e.process = e.type = e.f = e.key = e.value = e.second = e.result = e.observed = -1;
    this.#lineIndex = this.#lineTime = -1;
  }

  /** One line of the usual form; false: it has another one (and `#at` is anywhere). */
  #fast(): boolean {
    const b = this.#bytes;
    this.#reset();
    if (b[this.#at++] !== OPEN_MAP) return false;
    for (;;) {
      if (b[this.#at++] !== QUOTE) return false;
      const name = this.#at;
      let p = name;
      while (b[p] !== QUOTE) if (p++ >= b.length) return false;
      if (b[p + 1] !== COLON) return false;
      this.#at = p + 2;
      if (!this.#field(name, p - name)) return false;
      const c = b[this.#at++];
      if (c === COMMA) continue;
      if (c !== CLOSE_MAP) return false;
      if (this.#at < b.length && b[this.#at++] !== NEWLINE) return false;
      return this.#event.process >= 0 && this.#event.type >= 0;
    }
  }

  /** A field by the length and first letters of its name. */
  #field(name: number, length: number): boolean {
    const b = this.#bytes;
    const e = this.#event;
    switch (length) {
      case 1:
        return b[name] === 0x66 && this.#word();
      case 3:
        return b[name] === 0x6b && b[name + 1] === 0x65 && this.#keyField();
      case 4:
        if (b[name] === 0x74 && b[name + 1] === 0x79) return this.#type();
        if (b[name] === 0x74) return (this.#lineTime = this.#integer()) >= 0;
        return b[name] === 0x6e && this.#skipString();
      case 5:
        if (b[name] === 0x76) {
          if (!this.#value()) return false;
          e.value = this.#id;
          e.second = this.#second;
          return true;
        }
        if (b[name] === 0x69) return (this.#lineIndex = this.#integer()) >= 0;
        return b[name] === 0x65 && this.#skipString();
      case 6:
        return b[name] === 0x72 && this.#value() && (e.result = this.#whole()) >= 0;
      case 7:
        return b[name] === 0x70 && (e.process = this.#integer()) >= 0;
      case 8:
        return b[name] === 0x6f && this.#value() && (e.observed = this.#whole()) >= 0;
      default:
        return false;
    }
  }

  /** A natural number of at most 15 digits; -1: it is none. */
  #integer(): number {
    const b = this.#bytes;
    let p = this.#at;
    let x = 0;
    let c = (b[p] as number) - ZERO;
    if (!(c >= 0 && c <= 9)) return -1;
    while (c >= 0 && c <= 9) {
      x = x * 10 + c;
      c = (b[++p] as number) - ZERO;
    }
    if (p - this.#at > DIGITS_MAX || b[p] === 0x2e || b[p] === 0x65 || b[p] === 0x45) return -1;
    this.#at = p;
    return x;
  }

  #type(): boolean {
    const b = this.#bytes;
    if (b[this.#at] !== QUOTE) return false;
    const p = this.#at + 1;
    const [c, d, third] = [b[p], b[p + 1], b[p + 2]];
    const e = this.#event;
    let length = 0;
    if (c === 0x69 && d === 0x6e && third === 0x76) [e.type, length] = [INVOKE, 6];
    else if (c === 0x6f && d === 0x6b) [e.type, length] = [OK, 2];
    else if (c === 0x66) [e.type, length] = [FAIL, 4];
    else if (c === 0x69 && d === 0x6e && third === 0x66) [e.type, length] = [INFO, 4];
    if (length === 0 || b[p + length] !== QUOTE) return false;
    this.#at = p + length + 1;
    return true;
  }

  #word(): boolean {
    const b = this.#bytes;
    if (b[this.#at] !== QUOTE) return false;
    const start = this.#at + 1;
    let p = start;
    while (b[p] !== QUOTE) if (b[p] === BACKSLASH || p++ >= b.length) return false;
    this.#at = p + 1;
    let id = this.#lastWord;
    if (!this.#isWord(id, start, p)) {
      id = 0;
      while (id < this.#wordBytes.length && !this.#isWord(id, start, p)) id++;
      if (id === 256) return false;
      if (id === this.#wordBytes.length) {
        this.#wordBytes.push(Uint8Array.prototype.slice.call(b, start, p));
        this.#packer.words.push(b.toString('utf8', start, p));
      }
    }
    this.#lastWord = id;
    this.#event.f = id;
    return true;
  }

  #isWord(id: number, start: number, end: number): boolean {
    const word = this.#wordBytes[id];
    if (word === undefined || word.length !== end - start) return false;
    for (let i = 0; i < word.length; i++) if (word[i] !== this.#bytes[start + i]) return false;
    return true;
  }

  #keyField(): boolean {
    if (this.#bytes[this.#at] === QUOTE) {
      const text = this.#string();
      if (text === undefined) return false;
      this.#event.key = this.#packer.key(text);
      return true;
    }
    const key = this.#integer();
    if (key < 0) return false;
    this.#event.key = this.#packer.key(key);
    return true;
  }

  #skipString(): boolean {
    const b = this.#bytes;
    if (b[this.#at] !== QUOTE) return false;
    let p = this.#at + 1;
    while (b[p] !== QUOTE) {
      if (b[p] === BACKSLASH) p++;
      if (p++ >= b.length) return false;
    }
    this.#at = p + 1;
    return true;
  }

  /** A string without escapes; undefined: it has some. */
  #string(): string | undefined {
    const b = this.#bytes;
    const start = this.#at + 1;
    let p = start;
    while (b[p] !== QUOTE) if (b[p] === BACKSLASH || p++ >= b.length) return undefined;
    this.#at = p + 1;
    return b.toString('utf8', start, p);
  }

  /** A value into `#id` and `#second`: null, an integer, a string, or a list of two of these. */
  #value(): boolean {
    this.#second = -1;
    if (this.#bytes[this.#at] !== OPEN_LIST) return (this.#id = this.#scalar()) >= 0;
    this.#at++;
    const first = this.#scalar();
    if (first < 0 || this.#bytes[this.#at++] !== COMMA) return false;
    const second = this.#scalar();
    if (second < 0 || this.#bytes[this.#at++] !== CLOSE_LIST) return false;
    this.#id = first;
    this.#second = second;
    return true;
  }

  /** The value read last as one id. */
  #whole(): number {
    if (this.#second === -1) return this.#id;
    const { all } = this.#packer.values;
    return this.#packer.values.value([all[this.#id] as Value, all[this.#second] as Value]);
  }

  #scalar(): number {
    const b = this.#bytes;
    const c = b[this.#at] as number;
    if (c === QUOTE) {
      const text = this.#string();
      return text === undefined ? -1 : this.#packer.values.string(text);
    }
    if (c === 0x6e && b[this.#at + 3] === 0x6c) {
      this.#at += 4;
      return 0;
    }
    if (c === MINUS) {
      this.#at++;
      const x = this.#integer();
      return x < 0 ? -1 : this.#packer.values.number(-x);
    }
    const x = this.#integer();
    return x < 0 ? -1 : this.#packer.values.number(x);
  }

  /** A line of another form. */
  #slow(line: string): boolean {
    if (line.trim() === '') return true;
    let json: Record<string, unknown>;
    try {
      json = JSON.parse(line) as Record<string, unknown>;
    } catch {
      return false;
    }
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return false;
    if ('hermes' in json && !('type' in json)) {
      if (this.#packer.line !== 1 || json['hermes'] !== 1) return false;
      if ('initial' in json && !isValue(json['initial'])) return false;
      this.#packer.header = json as unknown as HistoryHeader;
      return true;
    }
    return this.#record(json);
  }

  #record(json: Record<string, unknown>): boolean {
    this.#reset();
    const { index = -1, time = -1, process, type, f, key } = json;
    if (!Number.isSafeInteger(index) || typeof time !== 'number') return false;
    this.#lineIndex = index as number;
    this.#lineTime = time;
    const e = this.#event;
    if (process === 'nemesis' || process === 'final') return this.#other(json);
    if (typeof process !== 'number' || !Number.isSafeInteger(process)) return false;
    e.process = process;
    e.type = TYPES.indexOf(type as string);
    if (typeof f === 'string') e.f = this.#wordNamed(f);
    if (typeof key === 'number' ? Number.isSafeInteger(key) : typeof key === 'string')
      e.key = this.#packer.key(key as number | string);
    else if (key !== undefined && key !== null) return false;
    for (const field of ['value', 'result', 'observed'] as const) {
      const value = json[field];
      if (value === undefined) continue;
      if (!isValue(value)) return false;
      e[field] = this.#packer.values.value(value);
    }
    const pair = json['value'];
    if (Array.isArray(pair) && pair.length === 2) {
      e.value = this.#packer.values.value(pair[0] as Value);
      e.second = this.#packer.values.value(pair[1] as Value);
    }
    return this.#take();
  }

  #wordNamed(f: string): number {
    const known = this.#packer.words.indexOf(f);
    if (known !== -1) return known;
    this.#wordBytes.push(Buffer.from(f));
    return this.#packer.words.push(f) - 1;
  }

  /** What the nemesis did, or what a replica held at the end. */
  #other(json: Record<string, unknown>): boolean {
    const { index = this.#index + 1, time = this.#time } = json as {
      index?: number;
      time?: number;
    };
    if (index <= this.#index || time < this.#time) return false;
    this.#index = index;
    this.#time = time;
    const { type, f, node, key, value } = json;
    if (json['process'] === 'nemesis') {
      const { id, nodes, links } = (value ?? {}) as Record<string, unknown>;
      if (typeof f !== 'string' || type !== 'info') return false;
      if (typeof id !== 'number' || !Array.isArray(nodes) || !Array.isArray(links)) return false;
    } else if (typeof node !== 'string' || key === undefined || !isValue(value ?? null))
      return false;
    else if (type !== 'ok' && type !== 'fail') return false;
    if (json['process'] === 'nemesis')
      this.#packer.nemesis.push({ ...json, index, time } as unknown as NemesisEvent);
    else this.#packer.final.push({ ...json, f: 'peek', index, time } as unknown as FinalSample);
    return true;
  }
}

/** By their numbers. */
const TYPES = ['', 'ok', 'fail', 'info', 'invoke'];
