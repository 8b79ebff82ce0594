/** Scans Jepsen's histories: maps of EDN, whatever stands around them. */
import type { Value } from '../../base/operation.ts';
import { ednRecord, isTorn } from '../formats/edn-events.ts';
import { EdnError, EdnReader } from '../formats/edn.ts';
import {
  BACKSLASH,
  CLOSE_LIST,
  CLOSE_MAP,
  COLON,
  MINUS,
  NEWLINE,
  OPEN_LIST,
  OPEN_MAP,
  QUOTE,
} from './characters.ts';
import { EventScanner } from './event-scanner.ts';

const HASH = 0x23;
const SEMICOLON = 0x3b;
/** A table of bytes: 1 for those of the text. */
function oneOf(text: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(text)) table[byte] = 1;
  return table;
}

/** What may stand between forms, comments excepted. */
const BLANK = oneOf(' ,\t\r\n');
/** What ends a word. */
const DELIMITER = oneOf(' ,\t\r\n()[]{}";');
const OPENING = oneOf('([{');
const CLOSING = oneOf(')]}');
/** What may stand around all events. */
const AROUND = oneOf('[]()');
const word = (text: string): Buffer => Buffer.from(text);
const PROCESS = word('process');
const TYPE = word('type');
const F = word('f');
const VALUE = word('value');
const TIME = word('time');
const INDEX = word('index');
/** What we alone write: the full parser reads it. */
const OURS = ['key', 'result', 'observed', 'hermes'].map(word);

export class EdnScanner extends EventScanner {
  /** Open ones of the form at hand. */
  readonly #brackets: number[] = [];

  protected override events(last: boolean): number {
    this.packer.line ||= 1;
    for (;;) {
      this.#toForm();
      const start = (this.from = this.at);
      if (start >= this.bytes.length) return start;
      const line = this.packer.line;
      if (this.#fast()) {
        const here = this.packer.line;
        this.packer.line = line;
        if (!this.take()) return -1;
        this.packer.line = here;
        continue;
      }
      // Of a form that is not whole nothing may have been taken.
      if (this.begun) return -1;
      this.at = start;
      this.packer.line = line;
      const end = this.#formEnd(start);
      if (end > 0) {
        if (!this.#slow(start, end)) return -1;
        continue;
      }
      if (end === 0) return -1;
      if (!last) return start;
      if (!isTorn(this.bytes.toString('latin1', start))) return -1;
      this.torn(line);
      return this.bytes.length;
    }
  }

  /** Past blanks, comments, and the brackets around all events. */
  #toForm(): void {
    const b = this.bytes;
    for (; this.at < b.length; this.at++) {
      const c = b[this.at] as number;
      if (c === NEWLINE) this.packer.line++;
      else if (c === SEMICOLON) {
        const end = b.indexOf(NEWLINE, this.at);
        if (end < 0) this.at = b.length;
        else this.packer.line++;
        if (end < 0) return;
        this.at = end;
      } else if (BLANK[c] === 0 && AROUND[c] === 0) return;
    }
  }

  #blank(): void {
    const b = this.bytes;
    let p = this.at;
    for (let c = b[p] as number; BLANK[c] === 1; c = b[++p] as number)
      if (c === NEWLINE) this.packer.line++;
    this.at = p;
  }

  /** A map of the usual form, perhaps with a tag; false: something else. */
  #fast(): boolean {
    const b = this.bytes;
    this.reset();
    if (b[this.at] === HASH && isLetter(b[this.at + 1] as number)) this.#word();
    if (b[this.at++] !== OPEN_MAP) return false;
    for (;;) {
      this.#blank();
      const c = b[this.at++];
      if (c === CLOSE_MAP) return this.event.type >= 0 && this.event.process >= 0;
      if (c !== COLON || b[this.at] === COLON) return false;
      const name = this.at;
      this.#word();
      const end = this.at;
      this.#blank();
      if (!this.#field(name, end)) return false;
    }
  }

  /** A field by its name; unknown ones are passed over. */
  #field(name: number, end: number): boolean {
    const e = this.event;
    if (this.isAt(PROCESS, name, end)) return (e.process = this.natural()) >= 0;
    if (this.isAt(TYPE, name, end)) return this.name() && this.typeAt(this.nameFrom, this.nameTo);
    if (this.isAt(F, name, end)) return this.name() && this.wordAt(this.nameFrom, this.nameTo);
    if (this.isAt(VALUE, name, end)) return this.eventValue();
    if (this.isAt(TIME, name, end)) return (this.time = this.natural()) >= 0;
    if (this.isAt(INDEX, name, end)) return (this.index = this.natural()) >= 0;
    return !OURS.some((word) => this.isAt(word, name, end)) && this.#skip();
  }

  /** Past a word. */
  #word(): void {
    const b = this.bytes;
    let p = this.at;
    while (p < b.length && DELIMITER[b[p] as number] === 0) p++;
    this.at = p;
  }

  /** Past a form; false: it does not end here, or is one of the rare kinds. */
  #skip(): boolean {
    const c = this.bytes[this.at] as number;
    if (c === COLON || c === MINUS || isDigit(c) || isLetter(c)) {
      this.#word();
      return true;
    }
    if (OPENING[c] === 0 && c !== QUOTE) return false;
    const end = this.#formEnd(this.at);
    if (end <= 0) return false;
    this.#countLines(this.at, end);
    this.at = end;
    return true;
  }

  /** Where the form that begins there ends; −1: the bytes end before; 0: its brackets do not match. */
  #formEnd(start: number): number {
    const b = this.bytes;
    const open = this.#brackets;
    open.length = 0;
    for (let p = start; p < b.length; p++) {
      const c = b[p] as number;
      if (c === QUOTE) {
        for (p++; p < b.length && b[p] !== QUOTE; p++) if (b[p] === BACKSLASH) p++;
        if (p >= b.length) return -1;
      } else if (c === SEMICOLON) {
        p = b.indexOf(NEWLINE, p);
        if (p < 0) return -1;
        continue;
      } else if (c === BACKSLASH) p++;
      else if (OPENING[c] === 1) open.push(c);
      else if (CLOSING[c] === 1) {
        if (open.pop() !== opened(c)) return 0;
      } else if (open.length > 0 || DELIMITER[c] === 0) {
        if (p === start && c !== HASH) return 0;
        continue;
      }
      if (open.length === 0) return p + 1;
    }
    return -1;
  }

  #slow(start: number, end: number): boolean {
    const record = this.full(start, end);
    if (record === undefined || !this.record(record)) return false;
    this.#countLines(start, end);
    this.at = end;
    return true;
  }

  protected override full(from: number, to: number): Record<string, unknown> | undefined {
    const reader = new EdnReader(this.bytes.toString('utf8', from, to));
    try {
      const form = reader.next();
      return form === undefined || reader.peek() !== '' ? undefined : ednRecord(form);
    } catch (error) {
      if (error instanceof EdnError) return undefined;
      throw error;
    }
  }

  #countLines(from: number, to: number): void {
    const b = this.bytes;
    for (let p = b.indexOf(NEWLINE, from); p >= 0 && p < to; p = b.indexOf(NEWLINE, p + 1))
      this.packer.line++;
  }

  protected override more(): number {
    this.#blank();
    if (this.bytes[this.at] !== CLOSE_LIST) return 1;
    this.at++;
    return 0;
  }

  protected override enter(): boolean {
    if (this.bytes[this.at] !== OPEN_LIST) return false;
    this.at++;
    this.#blank();
    return true;
  }

  /** A keyword or a word becomes text, as the full parser makes it. */
  protected override scalar(): Value | undefined {
    const b = this.bytes;
    const c = b[this.at];
    if (c === QUOTE) return this.plainString();
    if (c === MINUS) return this.negative();
    if (c === COLON)
      return this.name() ? b.toString('utf8', this.nameFrom, this.nameTo) : undefined;
    const start = this.at;
    this.#word();
    return this.at - start === 3 && b.toString('latin1', start, this.at) === 'nil'
      ? null
      : undefined;
  }

  /** A keyword without its colon. */
  protected override name(): boolean {
    if (this.bytes[this.at] !== COLON || this.bytes[this.at + 1] === COLON) return false;
    this.nameFrom = ++this.at;
    this.#word();
    this.nameTo = this.at;
    return this.nameTo > this.nameFrom;
  }
}

/** The bracket that this one closes. */
function opened(close: number): number {
  return close === CLOSE_LIST ? OPEN_LIST : close === CLOSE_MAP ? OPEN_MAP : 0x28;
}

function isDigit(c: number): boolean {
  return c >= 0x30 && c <= 0x39;
}

function isLetter(c: number): boolean {
  return (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a);
}
