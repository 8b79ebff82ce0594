/**
 * Writing replies, in either version of RESP, straight into a connection's buffer. What RESP2 lacks
 * goes out as Redis sends it: a map as a flat array, null as an absent string, true as 1.
 */
import type { Writer } from '../base/bytes.ts';
import type { Reply, RespVersion } from './resp.ts';

const CR = 13;
const LF = 10;

export function writeOk(w: Writer): void {
  const at = w.reserve(5);
  w.buffer.writeUInt32BE(0x2b_4f_4b_0d, at);
  w.buffer[at + 4] = LF;
}

export function writeSimple(w: Writer, text: string): void {
  writeLine(w, 43, text);
}

/** `text` begins with the prefix: `ERR syntax error`. Line ends in it become blanks. */
export function writeError(w: Writer, text: string): void {
  writeLine(w, 45, text.replace(/[\r\n]+/g, ' '));
}

export function writeInteger(w: Writer, value: number | bigint): void {
  if (typeof value === 'number' && value >= 0 && value <= 0x7fff_ffff) writeCount(w, 58, value);
  else writeLine(w, 58, String(value));
}

export function writeBulk(w: Writer, bytes: Uint8Array): void {
  writeCount(w, 36, bytes.length);
  const at = w.reserve(bytes.length + 2);
  w.buffer.set(bytes, at);
  w.buffer[at + bytes.length] = CR;
  w.buffer[at + bytes.length + 1] = LF;
}

export function writeText(w: Writer, text: string): void {
  writeBulk(w, Buffer.from(text, 'utf8'));
}

export function writeNull(w: Writer, version: RespVersion): void {
  writeLine(w, version === 3 ? 95 : 36, version === 3 ? '' : '-1');
}

export function writeArray(w: Writer, length: number): void {
  writeCount(w, 42, length);
}

/** Any reply, nested ones too: for what is not on the hot path. */
export function writeReply(w: Writer, reply: Reply, version: RespVersion): void {
  switch (reply.type) {
    case 'simple':
      return writeSimple(w, reply.text);
    case 'error':
      return writeError(w, reply.message === '' ? reply.code : `${reply.code} ${reply.message}`);
    case 'integer':
      return writeInteger(w, reply.value);
    case 'bulk':
      return writeBulk(w, reply.value);
    case 'null':
      return writeNull(w, version);
    case 'boolean':
      return version === 3
        ? writeLine(w, 35, reply.value ? 't' : 'f')
        : writeInteger(w, reply.value ? 1 : 0);
    case 'double':
      return version === 3
        ? writeLine(w, 44, doubleText(reply.value))
        : writeText(w, doubleText(reply.value));
    case 'array':
    case 'set':
    case 'push':
      writeCount(w, version === 3 ? ITEM_TYPE[reply.type] : 42, reply.items.length);
      for (const item of reply.items) writeReply(w, item, version);
      return;
    case 'map':
      writeCount(w, version === 3 ? 37 : 42, reply.entries.length * (version === 3 ? 1 : 2));
      for (const [key, value] of reply.entries) {
        writeReply(w, key, version);
        writeReply(w, value, version);
      }
  }
}

const ITEM_TYPE = { array: 42, set: 126, push: 62 } as const;

function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return Number.isFinite(value) ? String(value) : value > 0 ? 'inf' : '-inf';
}

/** A short reply from what a program has at hand: text is a bulk string, an object a map. */
export function replyOf(value: ReplySource): Reply {
  if (value === null) return { type: 'null' };
  if (typeof value === 'string') return { type: 'bulk', value: Buffer.from(value, 'utf8') };
  if (typeof value === 'number') return { type: 'integer', value: BigInt(value) };
  if (Array.isArray(value)) return { type: 'array', items: value.map(replyOf) };
  const entries = Object.entries(value as Readonly<Record<string, ReplySource>>);
  return { type: 'map', entries: entries.map(([k, v]) => [replyOf(k), replyOf(v)] as const) };
}

/** What `replyOf` takes. Numbers are whole. */
export type ReplySource =
  | null
  | string
  | number
  | readonly ReplySource[]
  | { readonly [key: string]: ReplySource };

function writeLine(w: Writer, type: number, text: string): void {
  const length = Buffer.byteLength(text, 'utf8');
  const at = w.reserve(length + 3);
  w.buffer[at] = type;
  w.buffer.write(text, at + 1, 'utf8');
  w.buffer[at + 1 + length] = CR;
  w.buffer[at + 2 + length] = LF;
}

/** A type byte and an unsigned 31-bit number, without making a string of it. */
function writeCount(w: Writer, type: number, count: number): void {
  let digits = 1;
  for (let rest = count; rest >= 10; rest = (rest / 10) | 0) digits++;
  const at = w.reserve(digits + 3);
  const buffer = w.buffer;
  buffer[at] = type;
  let rest = count;
  for (let i = at + digits; i > at; i--) {
    const next = (rest / 10) | 0;
    buffer[i] = 48 + rest - next * 10;
    rest = next;
  }
  buffer[at + digits + 1] = CR;
  buffer[at + digits + 2] = LF;
}
