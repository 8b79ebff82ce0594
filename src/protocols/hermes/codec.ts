/**
 * Hermes messages as bytes: `key | epoch | v | c | g`, then what the kind adds. Kinds are frame
 * kinds from 16 on. Whatever a peer sends is a message or `undefined`; nothing throws.
 */
import type { Reader, Writer } from '../../base/bytes.ts';
import type { MessageCodec } from '../machine.ts';
import type { Ack, HermesMessage, Inv, Val } from './messages.ts';
import type { Ts } from './timestamp.ts';

const INV = 16;
const ACK = 17;
const VAL = 18;

/** Versions above this are no timestamps: adding to them would leave the exact integers. */
const MAX_VERSION = 2 ** 52;

const RMW = 1;
const AGAIN = 2;

export const hermesCodec: MessageCodec<HermesMessage> = {
  kinds: ['INV', 'ACK', 'VAL'],

  encode(m, w) {
    writeHead(w, m);
    switch (m.kind) {
      case 'INV':
        w.u8((m.rmw ? RMW : 0) | (m.re ? AGAIN : 0));
        w.maybeBytes(m.value);
        return INV;
      case 'ACK':
        w.bool(m.sup);
        return ACK;
      case 'VAL':
        return VAL;
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
      default:
        return undefined;
    }
  },
};

function writeHead(w: Writer, m: HermesMessage): void {
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
