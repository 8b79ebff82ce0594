import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Reader, Writer } from '../../base/bytes.ts';
import { PROTOCOL_KIND } from '../../wire/frames.ts';
import { hermesCodec } from './codec.ts';
import type { HermesMessage } from './messages.ts';

const head = {
  key: fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)) }),
  epoch: fc.maxSafeNat(),
  ts: fc.record({ v: fc.nat({ max: 2 ** 52 }), c: fc.maxSafeNat(), g: fc.maxSafeNat() }),
};
const value = fc.option(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)));
const cursor = fc.option(head.key);
const message: fc.Arbitrary<HermesMessage> = fc.oneof(
  fc.record({
    kind: fc.constant('INV' as const),
    ...head,
    rmw: fc.boolean(),
    value,
    re: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('ACK' as const), ...head, sup: fc.boolean() }),
  fc.record({ kind: fc.constant('VAL' as const), ...head }),
  fc.record({ kind: fc.constant('CHUNK_REQ' as const), epoch: head.epoch, cursor }),
  fc.record({
    kind: fc.constant('CHUNK' as const),
    epoch: head.epoch,
    cursor,
    items: fc.array(
      fc.record({
        key: head.key,
        ts: head.ts,
        value,
        rmw: fc.boolean(),
        valid: fc.boolean(),
        lastWriter: fc.record({ id: fc.nat(63), inc: fc.maxSafeNat() }),
      }),
      { maxLength: 5 },
    ),
    next: cursor,
    done: fc.boolean(),
    of: fc.maxSafeNat(),
  }),
);

function encode(m: HermesMessage): { kind: number; bytes: Buffer } {
  const w = new Writer(4);
  const kind = hermesCodec.encode(m, w);
  return { kind, bytes: Buffer.from(w.view()) };
}

test('every message is read back as it was, from the frame kind that its name stands at', () => {
  fc.assert(
    fc.property(message, (m) => {
      const { kind, bytes } = encode(m);
      expect(hermesCodec.kinds[kind - PROTOCOL_KIND]).toBe(m.kind);
      expect(hermesCodec.decode(kind, new Reader(bytes))).toEqual(m);
    }),
  );
});

test('a value is a copy: the buffer of the link may be used again', () => {
  const ts = { v: 2, c: 0, g: 1 };
  const inv = { kind: 'INV', key: 'k', epoch: 1, ts, rmw: false, re: false } as const;
  const { kind, bytes } = encode({ ...inv, value: Buffer.from('abc') });
  const decoded = hermesCodec.decode(kind, new Reader(bytes));
  bytes.fill(0);
  expect(decoded).toMatchObject({ value: Buffer.from('abc') });
});

test('a message cut short, or with something behind it, is none', () => {
  fc.assert(
    fc.property(message, fc.nat(), (m, cut) => {
      const { kind, bytes } = encode(m);
      const short = bytes.subarray(0, cut % bytes.length);
      expect(hermesCodec.decode(kind, new Reader(short))).toBeUndefined();
      const long = Buffer.concat([bytes, Buffer.from([0])]);
      expect(hermesCodec.decode(kind, new Reader(long))).toBeUndefined();
    }),
  );
});

test('garbage is a message or undefined, and never throws; what is read is written the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 16, max: 19 }), fc.uint8Array(), (kind, bytes) => {
      const m = hermesCodec.decode(kind, new Reader(bytes));
      if (m === undefined) return;
      expect(hermesCodec.decode(kind, new Reader(encode(m).bytes))).toEqual(m);
    }),
    { numRuns: 2000 },
  );
});

test('unknown flags, kinds, and versions that leave the exact integers are refused', () => {
  const ts = { v: 2, c: 0, g: 1 };
  const inv = encode({ kind: 'INV', key: 'k', epoch: 1, ts, rmw: true, re: true, value: null });
  inv.bytes[inv.bytes.length - 2] = 4;
  expect(hermesCodec.decode(inv.kind, new Reader(inv.bytes))).toBeUndefined();
  expect(hermesCodec.decode(15, new Reader(inv.bytes))).toBeUndefined();
  const far = encode({ kind: 'VAL', key: 'k', epoch: 1, ts: { ...ts, v: 2 ** 52 + 2 } });
  expect(hermesCodec.decode(far.kind, new Reader(far.bytes))).toBeUndefined();
});
