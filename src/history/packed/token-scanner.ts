/**
 * Numbers, strings and lists where they stand in the bytes: what JSON and EDN have in common, and what each
 * of them does its own way.
 */
import type { Value } from '../../base/operation.ts';
import { BACKSLASH, CLOSE_LIST, OPEN_LIST, QUOTE, isControl } from './characters.ts';

const ZERO = 0x30;
/** A number too long to be added up digit by digit without loss. */
const DIGITS_MAX = 15;
/** What may stand behind a whole number, in either notation. */
const ENDS_NUMBER = new Uint8Array(256);
for (const c of Buffer.from(' ,\t\r\n()[]{}";')) ENDS_NUMBER[c] = 1;

export abstract class TokenScanner {
  protected bytes: Buffer = Buffer.alloc(0);
  protected at = 0;

  /** Behind an item of a list: 1, another one follows; 0, the list ends, `at` is behind it; −1: neither. */
  protected abstract more(): number;

  /** Past the beginning of a list; false: there is none. Where it is empty, `more` answers 0. */
  protected abstract enter(): boolean;

  /** A value that is no list and no natural number; undefined: it has another form. */
  protected abstract scalar(): Value | undefined;

  /** The name of a micro-operation, between these places; false: there is none. */
  protected abstract name(): boolean;
  protected nameFrom = 0;
  protected nameTo = 0;

  /** A natural number of at most 15 digits; -1: it is none. */
  protected natural(): number {
    const b = this.bytes;
    let p = this.at;
    let x = 0;
    let c = (b[p] as number) - ZERO;
    if (!(c >= 0 && c <= 9)) return -1;
    const zero = c === 0;
    while (c >= 0 && c <= 9) {
      x = x * 10 + c;
      c = (b[++p] as number) - ZERO;
    }
    const digits = p - this.at;
    if (digits > DIGITS_MAX || (zero && digits > 1) || ENDS_NUMBER[b[p] as number] !== 1) return -1;
    this.at = p;
    return x;
  }

  /** A negative number; undefined: it is none. */
  protected negative(): number | undefined {
    this.at++;
    const x = this.natural();
    return x < 0 ? undefined : -x;
  }

  /** Past a value; false: it does not end, or is one of the rare kinds. */
  protected skipValue(): boolean {
    if (this.bytes[this.at] !== OPEN_LIST)
      return this.natural() >= 0 || this.scalar() !== undefined;
    this.at = valueEnd(this.bytes, this.at);
    return this.at < this.bytes.length;
  }

  /** Text between quotes without escapes; undefined: it has some. */
  protected plainString(): string | undefined {
    const b = this.bytes;
    const start = this.at + 1;
    let p = start;
    while (b[p] !== QUOTE) if (b[p] === BACKSLASH || isControl(b[p++])) return undefined;
    this.at = p + 1;
    return b.toString('utf8', start, p);
  }

  /** Does this word stand there? */
  protected isAt(word: Uint8Array, start: number, end: number): boolean {
    if (word.length !== end - start) return false;
    const b = this.bytes;
    for (let i = 0; i < word.length; i++) if (word[i] !== b[start + i]) return false;
    return true;
  }
}

/** One after the end of the list that begins there; the end of the bytes if it does not end. */
export function valueEnd(bytes: Buffer, from: number): number {
  let depth = 0;
  for (let p = from; p < bytes.length; p++) {
    const c = bytes[p];
    if (c === OPEN_LIST) depth++;
    else if (c === CLOSE_LIST) {
      if (--depth === 0) return p + 1;
    } else if (c === QUOTE) {
      for (p++; p < bytes.length && bytes[p] !== QUOTE; p++) if (bytes[p] === BACKSLASH) p++;
    }
  }
  return bytes.length;
}
