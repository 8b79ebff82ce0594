/** Scans one JSON array of all events, as elle-cli reads. */
import { jsonRecord } from '../formats/json-events.ts';
import {
  BACKSLASH,
  CLOSE_LIST,
  CLOSE_MAP,
  COLON,
  COMMA,
  OPEN_LIST,
  OPEN_MAP,
  QUOTE,
} from './characters.ts';
import { JsonScanner } from './json-scanner.ts';

/** What may come next: the array; its first event or its end; `,` or its end; an event; nothing. */
const [BEGIN, FIRST, BEHIND, NEXT, OVER] = [0, 1, 2, 3, 4];

export class JsonArrayScanner extends JsonScanner {
  #place = BEGIN;

  protected override events(last: boolean): number {
    const { bytes } = this;
    for (;;) {
      this.#blank();
      const start = (this.from = this.at);
      if (start >= bytes.length) return !last || this.#place === OVER ? start : -1;
      const next = after(this.#place, bytes[start] as number);
      if (next === undefined) return -1;
      if (next !== BEHIND) {
        this.#place = next;
        this.at++;
        continue;
      }
      const end = this.#event(start);
      if (end === 0) return last ? -1 : start;
      if (end < 0) return -1;
      this.at = end;
      this.#place = BEHIND;
    }
  }

  /** Takes the event that begins there; its end. 0: it is not whole; −1: it cannot be packed. */
  #event(start: number): number {
    this.packer.line++;
    if (this.object()) {
      const end = this.at;
      return this.take() ? end : -1;
    }
    if (this.begun) return -1;
    const end = objectEnd(this.bytes, start);
    if (end < 0) {
      this.packer.line--;
      return 0;
    }
    const record = this.full(start, end);
    this.at = end;
    return record !== undefined && this.record(record) ? end : -1;
  }

  #blank(): void {
    const b = this.bytes;
    while (b[this.at] === 0x20 || b[this.at] === 0x0a || b[this.at] === 0x0d || b[this.at] === 0x09)
      this.at++;
  }

  protected override wholeBefore(bytes: Buffer): number {
    return bytes.lastIndexOf(CLOSE_MAP);
  }

  protected override full(from: number, to: number): Record<string, unknown> | undefined {
    const json = super.full(from, to);
    return json && jsonRecord(json);
  }

  /** Words may carry the colon of a keyword: the full parser takes it off. */
  protected override word(): boolean {
    return this.bytes[this.at + 1] !== COLON && super.word();
  }

  protected override plainString(): string | undefined {
    return this.bytes[this.at + 1] === COLON ? undefined : super.plainString();
  }
}

/** What comes behind this character; undefined: it may not stand here. `BEHIND`: it begins an event. */
function after(place: number, c: number): number | undefined {
  if (place === BEGIN) return c === OPEN_LIST ? FIRST : undefined;
  if (c === OPEN_MAP) return place === FIRST || place === NEXT ? BEHIND : undefined;
  if (c === COMMA) return place === BEHIND ? NEXT : undefined;
  if (c === CLOSE_LIST) return place === FIRST || place === BEHIND ? OVER : undefined;
  return undefined;
}

/** One after the end of the object that begins there; −1: it does not end. */
function objectEnd(bytes: Buffer, from: number): number {
  let depth = 0;
  for (let p = from; p < bytes.length; p++) {
    const c = bytes[p];
    if (c === OPEN_MAP) depth++;
    else if (c === CLOSE_MAP && --depth === 0) return p + 1;
    else if (c === QUOTE)
      for (p++; p < bytes.length && bytes[p] !== QUOTE; p++) if (bytes[p] === BACKSLASH) p++;
  }
  return -1;
}
