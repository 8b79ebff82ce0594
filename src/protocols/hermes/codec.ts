/**
 * Hermes messages as bytes: `key | epoch | v | c | g`, then what the kind adds. Kinds are frame
 * kinds from 16 on. Whatever a peer sends is a message or `undefined`; nothing throws.
 */
import type { Reader, Writer } from '../../base/bytes.ts';
import type { MessageCodec } from '../machine.ts';
import type {
  Ack,
  Chunk,
  ChunkItem,
  ChunkRequest,
  HermesMessage,
  Inv,
  KeyMessage,
  Val,
} from './messages.ts';
import type { Ts } from './timestamp.ts';

const INV = 16;
const ACK = 17;
const VAL = 18;
const CHUNK_REQ = 19;
const CHUNK = 20;

/** Versions above this are no timestamps: adding to them would leave the exact integers. */
const MAX_VERSION = 2 ** 52;

const RMW = 1;
const AGAIN = 2;
const VALID = 2;

export const hermesCodec: MessageCodec<HermesMessage> = {
  kinds: ['INV', 'ACK', 'VAL', 'CHUNK_REQ', 'CHUNK'],

  encode(m, w) {
    switch (m.kind) {
      case 'INV':
        writeHead(w, m);
        w.u8((m.rmw ? RMW : 0) | (m.re ? AGAIN : 0));
        w.maybeBytes(m.value);
        return INV;
      case 'ACK':
        writeHead(w, m);
        w.bool(m.sup);
        return ACK;
      case 'VAL':
        writeHead(w, m);
        return VAL;
      case 'CHUNK_REQ':
        w.uint(m.epoch);
        writeCursor(w, m.cursor);
        return CHUNK_REQ;
      case 'CHUNK':
        writeChunk(w, m);
        return CHUNK;
    }
  },

  decode(kind, r) {
    switch (kind) {
      case INV:
        return readInv(r);
      case ACK:
        return readAck(r);
      case VAL:
        return readVal(r);
      case CHUNK_REQ:
        return readChunkRequest(r);
      case CHUNK:
        return readChunk(r);
      default:
        return undefined;
    }
  },
};

function writeHead(w: Writer, m: KeyMessage): void {
  w.latin1(m.key);
  w.uint(m.epoch);
  w.uint(m.ts.v);
  w.uint(m.ts.c);
  w.uint(m.ts.g);
}

function readTs(r: Reader): Ts {
  const ts = { v: r.uint(), c: r.uint(), g: r.uint() };
  if (ts.v > MAX_VERSION) r.failed = true;
  return ts;
}

function readInv(r: Reader): Inv | undefined {
  const key = r.latin1();
  const epoch = r.uint();
  const ts = readTs(r);
  const flags = r.u8();
  const view = r.maybeBytes();
  if (!r.done() || flags > (RMW | AGAIN)) return undefined;
  const value = view === null ? null : Buffer.from(view);
  return {
    kind: 'INV',
    key,
    epoch,
    ts,
    rmw: (flags & RMW) !== 0,
    value,
    re: (flags & AGAIN) !== 0,
  };
}

function readAck(r: Reader): Ack | undefined {
  const key = r.latin1();
  const epoch = r.uint();
  const ts = readTs(r);
  const sup = r.bool();
  return r.done() ? { kind: 'ACK', key, epoch, ts, sup } : undefined;
}

function readVal(r: Reader): Val | undefined {
  const key = r.latin1();
  const epoch = r.uint();
  const ts = readTs(r);
  return r.done() ? { kind: 'VAL', key, epoch, ts } : undefined;
}

function writeCursor(w: Writer, cursor: string | null): void {
  w.bool(cursor !== null);
  if (cursor !== null) w.latin1(cursor);
}

function readCursor(r: Reader): string | null {
  return r.bool() ? r.latin1() : null;
}

function readChunkRequest(r: Reader): ChunkRequest | undefined {
  const epoch = r.uint();
  const cursor = readCursor(r);
  return r.done() ? { kind: 'CHUNK_REQ', epoch, cursor } : undefined;
}

function writeChunk(w: Writer, m: Chunk): void {
  w.uint(m.epoch);
  writeCursor(w, m.cursor);
  writeCursor(w, m.next);
  w.bool(m.done);
  w.uint(m.of);
  w.uint(m.items.length);
  for (const item of m.items) {
    w.latin1(item.key);
    w.uint(item.ts.v);
    w.uint(item.ts.c);
    w.uint(item.ts.g);
    w.maybeBytes(item.value);
    w.u8((item.rmw ? RMW : 0) | (item.valid ? VALID : 0));
    w.uint(item.lastWriter.id);
    w.uint(item.lastWriter.inc);
  }
}

function readChunk(r: Reader): Chunk | undefined {
  const epoch = r.uint();
  const cursor = readCursor(r);
  const next = readCursor(r);
  const done = r.bool();
  const of = r.uint();
  const items: ChunkItem[] = [];
  for (let left = r.uint(); left > 0 && !r.failed; left--) items.push(readItem(r));
  return r.done() ? { kind: 'CHUNK', epoch, cursor, items, next, done, of } : undefined;
}

function readItem(r: Reader): ChunkItem {
  const key = r.latin1();
  const ts = readTs(r);
  const view = r.maybeBytes();
  const flags = r.u8();
  if (flags > (RMW | VALID)) r.failed = true;
  return {
    key,
    ts,
    value: view === null ? null : Buffer.from(view),
    rmw: (flags & RMW) !== 0,
    valid: (flags & VALID) !== 0,
    lastWriter: { id: r.uint(), inc: r.uint() },
  };
}
