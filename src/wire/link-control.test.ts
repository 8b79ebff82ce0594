import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameReader } from './frames.ts';
import {
  authFrame,
  type Hello,
  helloFrame,
  pingFrame,
  pongFrame,
  proofInput,
  readAuth,
  readHello,
  readPing,
} from './link-control.ts';

const hello: Hello = {
  cluster: 'c',
  from: { id: 3, inc: 1_700_000_000_000 },
  nonce: Buffer.alloc(16, 7),
};

function payload<T>(frame: Buffer, read: (bytes: Buffer, start: number, end: number) => T): T[] {
  const got: T[] = [];
  expect(
    new FrameReader((_kind, bytes, start, end) => got.push(read(bytes, start, end))).push(frame),
  ).toBe(true);
  return got;
}

describe('link control', () => {
  test('comes through', () => {
    expect(payload(helloFrame(hello), readHello)).toEqual([hello]);
    expect(payload(authFrame(Buffer.alloc(32, 1)), readAuth)).toEqual([Buffer.alloc(32, 1)]);
    expect(payload(pingFrame(12345678901), readPing)).toEqual([12345678901]);
    expect(payload(pongFrame(0), readPing)).toEqual([0]);
  });

  test('of the wrong shape is none', () => {
    expect(payload(authFrame(Buffer.alloc(31)), readAuth)).toEqual([undefined]);
    expect(payload(helloFrame({ ...hello, nonce: Buffer.alloc(3) }), readHello)).toEqual([
      undefined,
    ]);
    expect(payload(helloFrame({ ...hello, cluster: 'x'.repeat(200) }), readHello)).toEqual([
      undefined,
    ]);
    const other = helloFrame(hello);
    other[5] = 99; // another version
    expect(payload(other, readHello)).toEqual([undefined]);
  });

  test('of garbage never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (garbage) => {
        const bytes = Buffer.from(garbage);
        for (const read of [readHello, readAuth, readPing]) read(bytes, 0, bytes.length);
      }),
    );
  });
});

test('a proof is good for one side of one link only', () => {
  const other: Hello = { ...hello, from: { id: 1, inc: 1 } };
  const inputs = [
    proofInput('dialler', hello, other),
    proofInput('acceptor', hello, other),
    proofInput('dialler', other, hello),
    proofInput('dialler', { ...hello, nonce: Buffer.alloc(16, 8) }, other),
    proofInput('dialler', hello, { ...other, from: { id: 1, inc: 2 } }),
  ].map((b) => b.toString('hex'));
  expect(new Set(inputs).size).toBe(inputs.length);
});
