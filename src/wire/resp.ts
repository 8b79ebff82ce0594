/**
 * RESP, the client's side: what a reply is (RESP2 and RESP3), reading replies from a stream, and
 * encoding requests. The server's side: `resp-request.ts` and `resp-write.ts`.
 */

/** Versions of the protocol: 2 until the client says `HELLO 3`. */
export type RespVersion = 2 | 3;

/** A reply in either version. What RESP2 lacks is sent as its nearest kin and read as that. */
export type Reply =
  | { readonly type: 'simple'; readonly text: string }
  /** `code` is the first word of the line: what decides the outcome. */
  | { readonly type: 'error'; readonly code: string; readonly message: string }
  | { readonly type: 'integer'; readonly value: bigint }
  | { readonly type: 'bulk'; readonly value: Buffer }
  | { readonly type: 'null' }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'double'; readonly value: number }
  | { readonly type: 'array' | 'set' | 'push'; readonly items: readonly Reply[] }
  | { readonly type: 'map'; readonly entries: readonly (readonly [Reply, Reply])[] };

/** The stream is not RESP, or goes beyond a limit: it is of no more use. */
export class RespError extends Error {
  override name = 'RespError';
}

/** Largest string in a request or a reply, in bytes: what fits a frame between replicas twice. */
export const MAX_BULK_BYTES = 7 * 1024 * 1024;
/** Longest line in a reply, in bytes. */
const MAX_LINE_BYTES = 64 * 1024;
const MAX_REPLY_ITEMS = 1024 * 1024;
const MAX_DEPTH = 16;

const CR = 13;
const LF = 10;

/** Encodes a request as an array of bulk strings. */
export function encodeRequest(args: readonly (string | Uint8Array)[]): Buffer {
  const parts: Uint8Array[] = [Buffer.from(`*${args.length}\r\n`, 'latin1')];
  for (const arg of args) {
    const bytes = typeof arg === 'string' ? Buffer.from(arg, 'utf8') : arg;
    parts.push(Buffer.from(`$${bytes.length}\r\n`, 'latin1'), bytes, CRLF);
  }
  return Buffer.concat(parts);
}

const CRLF = Buffer.from('\r\n');

/** Reads replies from a stream. Attributes of RESP3 are skipped. */
export class ReplyParser {
  #buffer: Buffer = Buffer.alloc(0);
  #at = 0;
  #pieces: Buffer[] = [];
  #have = 0;
  /** Bytes from `#at` on without which a further try is of no use. */
  #want = 1;

  push(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#have += piece.length;
  }

  /** The next whole reply; undefined: more bytes are needed. Throws `RespError`. */
  next(): Reply | undefined {
    if (this.#pieces.length > 0) {
      const rest = this.#buffer.length - this.#at;
      if (rest + this.#have < this.#want) return undefined;
      this.#buffer = Buffer.concat([this.#buffer.subarray(this.#at), ...this.#pieces]);
      this.#at = 0;
      this.#pieces = [];
      this.#have = 0;
    }
    const start = this.#at;
    this.#want = 1;
    const reply = this.#value(0);
    if (reply === undefined) {
      this.#want = Math.max(this.#want - start, this.#buffer.length - start + 1);
      this.#at = start;
    }
    return reply;
  }

  #value(depth: number): Reply | undefined {
    if (depth > MAX_DEPTH) throw new RespError('a reply nested too deeply');
    const type = this.#buffer[this.#at];
    if (type === undefined) return undefined;
    const line = this.#line();
    if (line === undefined) return undefined;
    switch (String.fromCharCode(type)) {
      case '+':
        return { type: 'simple', text: line };
      case '-':
        return errorOf(line);
      case ':':
      case '(':
        return { type: 'integer', value: bigintOf(line) };
      case '_':
        return { type: 'null' };
      case '#':
        return { type: 'boolean', value: line === 't' };
      case ',':
        return { type: 'double', value: doubleOf(line) };
      case '$':
        return this.#bulk(line);
      case '!':
        return this.#blobError(line);
      case '=':
        return this.#verbatim(line);
      case '*':
        return this.#items('array', line, depth);
      case '~':
        return this.#items('set', line, depth);
      case '>':
        return this.#items('push', line, depth);
      case '%':
        return this.#map(line, depth);
      case '|':
        return this.#map(line, depth) === undefined ? undefined : this.#value(depth + 1);
      default:
        throw new RespError(`no reply begins with byte ${type}`);
    }
  }

  /** The line behind the type byte, without its end; undefined: not whole yet. */
  #line(): string | undefined {
    const end = this.#buffer.indexOf(LF, this.#at + 1);
    if (end < 0) {
      if (this.#buffer.length - this.#at > MAX_LINE_BYTES) throw new RespError('a line too long');
      return undefined;
    }
    if (this.#buffer[end - 1] !== CR) throw new RespError('a line that does not end in CR LF');
    const line = this.#buffer.toString('utf8', this.#at + 1, end - 1);
    this.#at = end + 1;
    return line;
  }

  #bytes(line: string): Buffer | undefined {
    const length = countOf(line, MAX_BULK_BYTES * 2);
    const end = this.#at + length;
    if (this.#buffer.length < end + 2) {
      this.#want = end + 2; // counted from the buffer's begin; `next` corrects it
      return undefined;
    }
    if (this.#buffer[end] !== CR || this.#buffer[end + 1] !== LF)
      throw new RespError('a string that does not end in CR LF');
    const bytes = this.#buffer.subarray(this.#at, end);
    this.#at = end + 2;
    return bytes;
  }

  #bulk(line: string): Reply | undefined {
    if (line === '-1') return { type: 'null' };
    const value = this.#bytes(line);
    return value && { type: 'bulk', value };
  }

  #blobError(line: string): Reply | undefined {
    const bytes = this.#bytes(line);
    return bytes && errorOf(bytes.toString('utf8'));
  }

  /** `=15\r\ntxt:Some string\r\n`: the four bytes of its kind are cut. */
  #verbatim(line: string): Reply | undefined {
    const bytes = this.#bytes(line);
    return bytes && { type: 'bulk', value: bytes.subarray(4) };
  }

  #items(type: 'array' | 'set' | 'push', line: string, depth: number): Reply | undefined {
    if (line === '-1') return { type: 'null' };
    const items: Reply[] = [];
    for (let left = countOf(line, MAX_REPLY_ITEMS); left > 0; left--) {
      const item = this.#value(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
    }
    return { type, items };
  }

  #map(line: string, depth: number): Reply | undefined {
    const entries: [Reply, Reply][] = [];
    for (let left = countOf(line, MAX_REPLY_ITEMS); left > 0; left--) {
      const key = this.#value(depth + 1);
      const value = key && this.#value(depth + 1);
      if (key === undefined || value === undefined) return undefined;
      entries.push([key, value]);
    }
    return { type: 'map', entries };
  }
}

function errorOf(line: string): Reply {
  const space = line.indexOf(' ');
  return space < 0
    ? { type: 'error', code: line, message: '' }
    : { type: 'error', code: line.slice(0, space), message: line.slice(space + 1) };
}

function countOf(line: string, most: number): number {
  const count = /^\d{1,9}$/.test(line) ? Number(line) : Number.NaN;
  if (!(count <= most)) throw new RespError(`not a length that is accepted: ${line.slice(0, 32)}`);
  return count;
}

function bigintOf(line: string): bigint {
  if (!/^[+-]?\d{1,64}$/.test(line)) throw new RespError(`not an integer: ${line.slice(0, 32)}`);
  return BigInt(line.startsWith('+') ? line.slice(1) : line);
}

function doubleOf(line: string): number {
  const named: Record<string, number> = { inf: Infinity, '-inf': -Infinity, nan: Number.NaN };
  return named[line] ?? Number(line);
}
