/**
 * Reading requests from a client's stream: arrays of bulk strings, or inline commands as people type
 * them over telnet. Incremental and pipelined. Every size and count has a limit; whoever goes beyond
 * one, or breaks the grammar, gets a `RespError` whose text is the error reply (Redis' own words),
 * and its connection is closed.
 */
import { MAX_BULK_BYTES, RespError } from './resp.ts';

export interface RequestLimits {
  /** Longest argument, in bytes. */
  readonly bulkBytes: number;
  /** Most arguments of one request. */
  readonly args: number;
  /** All arguments of one request together, in bytes. */
  readonly requestBytes: number;
  /** Longest inline command, in bytes. */
  readonly inlineBytes: number;
}

export const REQUEST_LIMITS: RequestLimits = {
  bulkBytes: MAX_BULK_BYTES,
  args: 64 * 1024,
  requestBytes: 4 * MAX_BULK_BYTES,
  inlineBytes: 64 * 1024,
};

const CR = 13;
const LF = 10;
const STAR = 42;
const DOLLAR = 36;
/** Longest line of digits, its type byte and sign included. */
const MAX_COUNT_BYTES = 22;
const EMPTY = Buffer.alloc(0);
/** Marks a line that has not come whole. */
const INCOMPLETE = Number.NaN;

export class RequestParser {
  readonly #limits: RequestLimits;
  #buffer: Buffer = EMPTY;
  #at = 0;
  #pieces: Buffer[] = [];
  #have = 0;
  /** Bytes from `#at` on without which a further try is of no use. */
  #want = 1;
  /** The request being read: what has come of it, and how many arguments are still to come. */
  #args: Buffer[] = [];
  #missing = 0;
  #bytes = 0;
  /** Length of the argument being read; −1: its header is to come. */
  #bulk = -1;

  constructor(limits: RequestLimits = REQUEST_LIMITS) {
    this.#limits = limits;
  }

  push(piece: Buffer): void {
    if (this.#pieces.length === 0 && this.#at === this.#buffer.length) {
      this.#buffer = piece;
      this.#at = 0;
      return;
    }
    this.#pieces.push(piece);
    this.#have += piece.length;
  }

  /**
   * The next whole request, its arguments views of what was pushed; undefined: more bytes are
   * needed. Throws `RespError`.
   */
  next(): Buffer[] | undefined {
    if (this.#pieces.length > 0 && !this.#join()) return undefined;
    while (this.#missing === 0) {
      const start = this.#start();
      if (start === 'wait') return undefined;
      if (start === 'inline') return this.#taken();
    }
    while (this.#missing > 0) {
      if (!this.#argument()) return undefined;
      this.#missing--;
    }
    return this.#taken();
  }

  #taken(): Buffer[] {
    const args = this.#args;
    this.#args = [];
    this.#bytes = 0;
    return args;
  }

  #join(): boolean {
    const rest = this.#buffer.length - this.#at;
    if (rest + this.#have < this.#want) return false;
    this.#buffer = Buffer.concat([this.#buffer.subarray(this.#at), ...this.#pieces]);
    this.#at = 0;
    this.#pieces = [];
    this.#have = 0;
    return true;
  }

  /** Reads the start of a request, or a whole inline command; empty ones are passed over. */
  #start(): 'wait' | 'empty' | 'inline' | 'array' {
    const first = this.#buffer[this.#at];
    if (first === undefined) return this.#wait(1);
    if (first !== STAR) return this.#inline();
    const count = this.#count('invalid multibulk length', 'too big mbulk count string');
    if (Number.isNaN(count)) return 'wait';
    if (count > this.#limits.args)
      throw new RespError('ERR Protocol error: invalid multibulk length');
    if (count <= 0) return 'empty';
    this.#missing = count;
    return 'array';
  }

  /** Reads one argument of the request. */
  #argument(): boolean {
    if (this.#bulk < 0) {
      const first = this.#buffer[this.#at];
      if (first === undefined) return this.#more(1);
      if (first !== DOLLAR)
        throw new RespError(
          `ERR Protocol error: expected '$', got '${String.fromCharCode(first).replace(/[^ -~]/, '?')}'`,
        );
      const length = this.#count('invalid bulk length', 'too big bulk count string');
      if (Number.isNaN(length)) return false;
      this.#bytes += length;
      if (length < 0 || length > this.#limits.bulkBytes)
        throw new RespError('ERR Protocol error: invalid bulk length');
      if (this.#bytes > this.#limits.requestBytes)
        throw new RespError('ERR Protocol error: request too large');
      this.#bulk = length;
    }
    const end = this.#at + this.#bulk;
    if (end + 2 > this.#buffer.length) return this.#more(this.#bulk + 2);
    if (this.#buffer[end] !== CR || this.#buffer[end + 1] !== LF)
      throw new RespError('ERR Protocol error: a string longer than it says');
    this.#args.push(this.#buffer.subarray(this.#at, end));
    this.#at = end + 2;
    this.#bulk = -1;
    return true;
  }

  /** The number behind the type byte at `#at`; NaN while its line has not come whole. */
  #count(invalid: string, tooLong: string): number {
    const bytes = this.#buffer;
    let at = this.#at + 1;
    const negative = bytes[at] === 45;
    if (negative) at++;
    const digits = at;
    let value = 0;
    for (; at < bytes.length; at++) {
      const digit = (bytes[at] as number) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at - this.#at > MAX_COUNT_BYTES) throw new RespError(`ERR Protocol error: ${tooLong}`);
    if (at + 1 < bytes.length || (at < bytes.length && bytes[at] !== CR)) {
      if (at === digits || bytes[at] !== CR || bytes[at + 1] !== LF)
        throw new RespError(`ERR Protocol error: ${invalid}`);
      this.#at = at + 2;
      return negative ? -value : value;
    }
    this.#wait(bytes.length - this.#at + 1);
    return INCOMPLETE;
  }

  #inline(): 'wait' | 'empty' | 'inline' {
    const end = this.#buffer.indexOf(LF, this.#at);
    const length = (end < 0 ? this.#buffer.length : end) - this.#at;
    if (length > this.#limits.inlineBytes)
      throw new RespError('ERR Protocol error: too big inline request');
    if (end < 0) return this.#wait(length + 1);
    const line = this.#buffer.toString('latin1', this.#at, end).replace(/\r$/, '');
    const args = splitInline(line);
    if (args === undefined) throw new RespError('ERR Protocol error: unbalanced quotes in request');
    this.#at = end + 1;
    if (args.length === 0) return 'empty';
    if (/^(post|host:)$/i.test(args[0] as string))
      throw new RespError('ERR Protocol error: HTTP, perhaps a web page that tries this port');
    this.#args = args.map((arg) => Buffer.from(arg, 'latin1'));
    return 'inline';
  }

  #wait(bytes: number): 'wait' {
    this.#want = bytes;
    return 'wait';
  }

  #more(bytes: number): false {
    this.#want = bytes;
    return false;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };

/**
 * Words of a line as Redis cuts them: blanks part words, "…" knows \n \r \t \b \a \xHH, '…' knows
 * only \'. Undefined: quotes that do not close, or that close in mid-word.
 */
export function splitInline(line: string): string[] | undefined {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (at < line.length && /\s/.test(line[at] as string)) at++;
    if (at >= line.length) return words;
    let word = '';
    while (at < line.length && !/\s/.test(line[at] as string)) {
      const quote = line[at] as string;
      if (quote !== '"' && quote !== "'") {
        word += quote;
        at++;
        continue;
      }
      const quoted = quotedWord(line, at + 1, quote);
      if (quoted === undefined) return undefined;
      word += quoted.text;
      at = quoted.end;
      if (at < line.length && !/\s/.test(line[at] as string)) return undefined;
    }
    words.push(word);
  }
}

function quotedWord(
  line: string,
  from: number,
  quote: string,
): { readonly text: string; readonly end: number } | undefined {
  let text = '';
  for (let at = from; at < line.length; at++) {
    const char = line[at] as string;
    if (char === quote) return { text, end: at + 1 };
    if (char !== '\\' || (quote === "'" && line[at + 1] !== "'")) {
      text += char;
      continue;
    }
    const hex = quote === '"' ? /^x[0-9a-fA-F]{2}/.exec(line.slice(at + 1, at + 4)) : null;
    const next = line[++at] ?? '';
    if (hex !== null) at += 2;
    text +=
      hex === null
        ? (ESCAPES[next] ?? next)
        : String.fromCharCode(Number.parseInt(hex[0].slice(1), 16));
  }
  return undefined;
}
