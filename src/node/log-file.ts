/**
 * The log on disk as bytes: one frame per group of records that were written together, each with
 * checksums over its header and its records. Reading tells a torn last frame, which a crash leaves
 * and which is cut, from damage further up, which is refused.
 *
 * Frame: `u32 magic | u32 bytes of records | u32 crc of records | u32 count | u64 last position |
 * u32 crc of the header`, then the records, each with its length before it.
 */
import { crc32 } from 'node:zlib';
import { Reader, Writer } from '../base/bytes.ts';

const MAGIC = 0x31_67_6c_48;
export const GROUP_HEADER_BYTES = 28;

/** A group of records, ready to be written. */
export interface Group {
  /** Header and records. */
  readonly bytes: Buffer;
  /** Position of its last record. */
  readonly last: number;
}

/** Collects records for the next group. */
export class GroupWriter {
  readonly #w = new Writer(4096);
  #count = 0;

  constructor() {
    this.reset();
  }

  get empty(): boolean {
    return this.#count === 0;
  }

  reset(): void {
    this.#w.reset();
    this.#w.reserve(GROUP_HEADER_BYTES);
    this.#count = 0;
  }

  add(record: Uint8Array): void {
    this.#w.bytes(record);
    this.#count++;
  }

  /** The group of everything added since the last reset. */
  take(last: number): Group {
    const bytes = Buffer.from(this.#w.view());
    bytes.writeUInt32LE(MAGIC, 0);
    bytes.writeUInt32LE(bytes.length - GROUP_HEADER_BYTES, 4);
    bytes.writeUInt32LE(crc32(bytes.subarray(GROUP_HEADER_BYTES)), 8);
    bytes.writeUInt32LE(this.#count, 12);
    bytes.writeBigUInt64LE(BigInt(last), 16);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 24)), 24);
    this.reset();
    return { bytes, last };
  }
}

export interface LogContent {
  readonly records: readonly Buffer[];
  /** Position of the last record; 0: none. */
  readonly last: number;
  /** Bytes that are sound. Behind them a torn frame may stand, which has to be cut. */
  readonly soundBytes: number;
  /** Set where the log is damaged before its last frame: offset and what is wrong there. */
  readonly damage?: { readonly offset: number; readonly what: string };
}

/** Reads a whole log. Total: whatever the bytes are, the answer says what of them is sound. */
export function readLog(bytes: Buffer): LogContent {
  const records: Buffer[] = [];
  let last = 0;
  let at = 0;
  const damaged = (what: string): LogContent => ({
    records,
    last,
    soundBytes: at,
    damage: { offset: at, what },
  });
  while (at < bytes.length) {
    const header = readHeader(bytes, at);
    if (header === undefined) {
      if (headerBehind(bytes, at + 1)) return damaged('the header of a group is damaged');
      break;
    }
    const start = at + GROUP_HEADER_BYTES;
    const end = start + header.bytes;
    if (end > bytes.length) break;
    if (crc32(bytes.subarray(start, end)) !== header.crc) {
      if (end < bytes.length) return damaged('the records of a group do not match their checksum');
      break;
    }
    const group = readRecords(bytes, start, end, header.count);
    // A group without records stands nowhere: it shows what the disk does.
    const follows = header.last > last || (header.last === last && header.count === 0);
    if (group === undefined || !follows) return damaged('a group that contradicts itself');
    records.push(...group);
    last = header.last;
    at = end;
  }
  return { records, last, soundBytes: at };
}

interface Header {
  readonly bytes: number;
  readonly crc: number;
  readonly count: number;
  readonly last: number;
}

function readHeader(bytes: Buffer, at: number): Header | undefined {
  if (at + GROUP_HEADER_BYTES > bytes.length || bytes.readUInt32LE(at) !== MAGIC) return undefined;
  if (crc32(bytes.subarray(at, at + 24)) !== bytes.readUInt32LE(at + 24)) return undefined;
  return {
    bytes: bytes.readUInt32LE(at + 4),
    crc: bytes.readUInt32LE(at + 8),
    count: bytes.readUInt32LE(at + 12),
    last: Number(bytes.readBigUInt64LE(at + 16)),
  };
}

/** Whether a sound header stands anywhere from `from` on: then what is before it was not the last. */
function headerBehind(bytes: Buffer, from: number): boolean {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(MAGIC);
  for (let at = bytes.indexOf(magic, from); at >= 0; at = bytes.indexOf(magic, at + 1))
    if (readHeader(bytes, at) !== undefined) return true;
  return false;
}

function readRecords(
  bytes: Buffer,
  start: number,
  end: number,
  count: number,
): Buffer[] | undefined {
  const r = new Reader(bytes, start, end);
  const records: Buffer[] = [];
  while (records.length < count && !r.failed) records.push(Buffer.from(r.bytes()));
  return r.done() ? records : undefined;
}
