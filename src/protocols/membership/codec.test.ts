import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Reader, Writer } from '../../base/bytes.ts';
import type { View } from '../membership.ts';
import {
  type AcceptorRecord,
  MEMBERSHIP_KINDS,
  decodeMembership,
  encodeMembership,
  readMessage,
  readRecord,
  writeMessage,
  writeRecord,
} from './codec.ts';
import { type MembershipMessage, showMembershipMessage } from './messages.ts';

const n = fc.nat(2 ** 31);
const id = fc.nat(63);
const ref = fc.record({ id, inc: n });
const refs = fc.array(ref, { maxLength: 5 });
const table = fc.dictionary(id.map(String), n, { maxKeys: 5 }) as fc.Arbitrary<
  Record<number, number>
>;
const view: fc.Arbitrary<View> = fc.record(
  { epoch: n, full: refs, shadow: refs, gen: table, maxInc: table },
  { noNullPrototype: true },
);
const ballot = fc.record({ round: n, id, inc: n });
const accepted = fc.option(fc.record({ ballot, value: view }));
const slot = n;
const flag = fc.boolean();
const kind = <K extends string>(name: K) => fc.constant(name);
const messages: readonly fc.Arbitrary<MembershipMessage>[] = [
  fc.record({
    kind: kind('HB'),
    seq: n,
    epoch: n,
    hears: fc.array(id, { maxLength: 64 }),
    join: flag,
    caughtUp: flag,
    leaving: flag,
  }),
  fc.record({ kind: kind('HB_ACK'), to: ref, seq: n, grant: flag, leaseUs: n }),
  fc.record({ kind: kind('PREPARE'), slot, ballot }),
  fc.record({ kind: kind('PROMISE'), slot, ballot, accepted }),
  fc.record({ kind: kind('ACCEPT'), slot, ballot, view }),
  fc.record({ kind: kind('ACCEPTED'), slot, ballot }),
  fc.record({ kind: kind('HOLD'), slot, ballot, leftUs: n }),
  fc.record({
    kind: kind('NACK'),
    slot,
    ballot,
    why: fc.constantFrom('ballot', 'behind', 'invalid'),
    promised: ballot,
  }),
  fc.record({ kind: kind('DECIDE'), view }),
  fc.record({ kind: kind('VIEW_REQ'), epoch: n }),
  fc.record({ kind: kind('RELINQUISH') }),
];
const message = fc.oneof(...messages);
/** fast-check makes some objects without a prototype; what is read has one. */
const plain = <T>(x: T): T => structuredClone(x);

describe('messages', () => {
  test('every kind goes through bytes and back, also inside something larger', () => {
    expect(messages.length).toBe(MEMBERSHIP_KINDS.length);
    fc.assert(
      fc.property(message, (m) => {
        const w = new Writer();
        const number = encodeMembership(m, w);
        expect(MEMBERSHIP_KINDS[number]).toBe(m.kind);
        expect(decodeMembership(number, new Reader(w.view()))).toEqual(plain(m));
        const inside = new Writer();
        writeMessage(inside, m);
        const r = new Reader(inside.view());
        expect(readMessage(r)).toEqual(plain(m));
        expect(r.done()).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('cut off, or with something behind it, it is none', () => {
    fc.assert(
      fc.property(message, fc.nat(), (m, at) => {
        const w = new Writer();
        const number = encodeMembership(m, w);
        const bytes = Uint8Array.from(w.view());
        const longer = Uint8Array.from([...bytes, 0]);
        expect(decodeMembership(number, new Reader(longer))).toBeUndefined();
        if (bytes.length === 0) return;
        const shorter = bytes.subarray(0, at % bytes.length);
        expect(decodeMembership(number, new Reader(shorter))).toBeUndefined();
      }),
    );
  });

  test('garbage is a message or undefined, never an exception', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.uint8Array({ maxLength: 60 }), (number, bytes) => {
        const decoded = decodeMembership(number, new Reader(bytes));
        if (decoded !== undefined) expect(MEMBERSHIP_KINDS).toContain(decoded.kind);
        readMessage(new Reader(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  test.each<[string, (w: Writer) => void]>([
    ['an id that no cluster has', (w) => [1, 1, 1, 64, 0].forEach((x) => w.uint(x))],
    ['flags that mean nothing', (w) => [1, 1, 0, 8].forEach((x) => w.uint(x))],
    ['more ids than a cluster has', (w) => [1, 1, 65].forEach((x) => w.uint(x))],
  ])('a heartbeat with %s is none', (_, write) => {
    const w = new Writer();
    write(w);
    expect(decodeMembership(0, new Reader(w.view()))).toBeUndefined();
  });

  test('a reason for NACK that there is not is none', () => {
    const w = new Writer();
    [1, 1, 1, 1, 7, 1, 1, 1].forEach((x) => w.uint(x));
    expect(
      decodeMembership(MEMBERSHIP_KINDS.indexOf('NACK'), new Reader(w.view())),
    ).toBeUndefined();
  });

  test('each has its line', () => {
    fc.assert(
      fc.property(message, (m) => {
        expect(showMembershipMessage(m)).toMatch(new RegExp(`^${m.kind}`));
        expect(showMembershipMessage(m)).not.toMatch(/undefined|\n/);
      }),
    );
  });
});

describe('records', () => {
  const record: fc.Arbitrary<AcceptorRecord> = fc.record({
    votes: flag,
    acceptors: fc.array(fc.nat({ max: 63 }), { maxLength: 7 }),
    chosen: view,
    promised: ballot,
    accepted,
    left: flag,
  });

  test('go through bytes and back; what is cut off is none', () => {
    fc.assert(
      fc.property(record, fc.nat(), (one, at) => {
        const w = new Writer();
        writeRecord(w, one);
        const bytes = Uint8Array.from(w.view());
        expect(readRecord(new Reader(bytes))).toEqual(plain(one));
        expect(readRecord(new Reader(bytes.subarray(0, at % bytes.length)))).toBeUndefined();
      }),
    );
  });
});
