/** Scans Jepsen's histories: maps of EDN, whatever stands around them. */
import type { Value } from '../../base/operation.ts';
import { ednRecord } from '../formats/edn-events.ts';
import { EdnError, EdnReader } from '../formats/edn.ts';
import {
  BACKSLASH,
  ByteScanner,
  CLOSE_LIST,
  CLOSE_MAP,
  COLON,
  MINUS,
  NEWLINE,
  OPEN_LIST,
  OPEN_MAP,
  QUOTE,
} from './byte-scanner.ts';

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

export class EdnScanner extends ByteScanner {
  protected override events(last: boolean): number {
    this.packer.line ||= 1;
    for (;;) {
      this.#toForm();
      const start = this.at;
      if (start >= this.bytes.length) return start;
      const line = this.packer.line;
      if (this.#fast()) {
        const here = this.packer.line;
        this.packer.line = line;
        if (!this.take()) return -1;
        this.packer.line = here;
        continue;
      }
      this.at = start;
      this.packer.line = line;
      const end = this.#formEnd(start);
      if (end > 0) {
        if (!this.#slow(start, end)) return -1;
        continue;
      }
      if (end === 0) return -1;
      if (!last) return start;
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
      if (c !== COLON) return false;
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
    if (OPENING[c] === 0 && c !== QUOTE && c !== HASH) {
      const start = this.at;
      this.#word();
      return this.at > start;
    }
    const end = this.#formEnd(this.at);
    if (end <= 0) return false;
    for (let p = this.bytes.indexOf(NEWLINE, this.at); p >= 0 && p < end;) {
      this.packer.line++;
      p = this.bytes.indexOf(NEWLINE, p + 1);
    }
    this.at = end;
    return true;
  }

  /** Where the form that begins there ends; −1: the bytes end before; 0: it is none in brackets or quotes. */
  #formEnd(start: number): number {
    const b = this.bytes;
    let depth = 0;
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
      else if (OPENING[c] === 1) depth++;
      else if (CLOSING[c] === 1) depth--;
      else if (depth > 0 || c === HASH || DELIMITER[c] === 0) {
        if (depth === 0 && p === start && c !== HASH) return 0;
        continue;
      }
      if (depth < 0) return 0;
      if (depth === 0) return p + 1;
    }
    return -1;
  }

  #slow(start: number, end: number): boolean {
    const text = this.bytes.toString('utf8', start, end);
    const reader = new EdnReader(text);
    try {
      const form = reader.next();
      const record = form === undefined ? undefined : ednRecord(form);
      if (record === undefined || reader.peek() !== '' || !this.record(record)) return false;
    } catch (error) {
      if (error instanceof EdnError) return false;
      throw error;
    }
    for (let p = text.indexOf('\n'); p >= 0; p = text.indexOf('\n', p + 1)) this.packer.line++;
    this.at = end;
    return true;
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

function isLetter(c: number): boolean {
  return (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a);
}
