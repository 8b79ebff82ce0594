import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Writer } from '../base/bytes.ts';
import {
  beginFrame,
  endFrame,
  FRAME_FORMAT,
  frameFormat,
  FrameReader,
  HEADER_BYTES,
  MAX_FRAME_BYTES,
} from './frames.ts';

interface Frame {
  readonly kind: number;
  readonly payload: string;
}

const frames = fc.array(
  fc.record({ kind: fc.integer({ min: 1, max: 255 }), payload: fc.uint8Array({ maxLength: 40 }) }),
  { maxLength: 6 },
);

function write(list: readonly { kind: number; payload: Uint8Array }[]): Buffer {
  const w = new Writer(1);
  for (const frame of list) {
    const start = beginFrame(w);
    const at = w.reserve(frame.payload.length);
    w.buffer.set(frame.payload, at);
    endFrame(w, start, frame.kind);
  }
  return Buffer.from(w.view());
}

function read(pieces: readonly Buffer[], maxBytes?: number): { frames: Frame[]; sound: boolean } {
  const got: Frame[] = [];
  const reader = new FrameReader((kind, bytes, start, end) => {
    got.push({ kind, payload: bytes.toString('hex', start, end) });
  }, maxBytes);
  return { sound: pieces.every((piece) => reader.push(piece)), frames: got };
}

const shown = (list: readonly { kind: number; payload: Uint8Array }[]): Frame[] =>
  list.map((f) => ({ kind: f.kind, payload: Buffer.from(f.payload).toString('hex') }));

describe('a stream of frames', () => {
  test('is read the same however the network cuts it', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.nat(200)), (list, cuts) => {
        const bytes = write(list);
        const at = [...new Set(cuts.map((c) => c % (bytes.length + 1)))].toSorted((a, b) => a - b);
        const pieces = [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length));
        expect(read(pieces)).toEqual({ sound: true, frames: shown(list) });
      }),
    );
  });

  test('is read the same byte by byte', () => {
    const list = [
      { kind: 1, payload: Buffer.from('hello') },
      { kind: 16, payload: Buffer.alloc(0) },
      { kind: 200, payload: Buffer.alloc(300, 7) },
    ];
    const pieces = Array.from(write(list), (byte) => Buffer.from([byte]));
    expect(read(pieces)).toEqual({ sound: true, frames: shown(list) });
  });

  test('is found again by the format that the link proxy uses', () => {
    fc.assert(
      fc.property(frames, (list) => {
        const bytes = write(list);
        const starts: number[] = [];
        for (let at = 0; at < bytes.length; at += FRAME_FORMAT.frameBytes(bytes, at) as number)
          starts.push(at);
        expect(starts.map((at) => FRAME_FORMAT.isProtocol(bytes, at))).toEqual(
          list.map((f) => f.kind >= 16),
        );
      }),
    );
  });
});

describe('garbage', () => {
  test('is told from frames by its length, before the whole of it has come', () => {
    expect(read([Buffer.from('GET / HTTP/1.1\r\n')])).toEqual({ sound: false, frames: [] });
    expect(read([Buffer.alloc(HEADER_BYTES)])).toEqual({ sound: false, frames: [] });
    const tooLong = Buffer.alloc(HEADER_BYTES);
    tooLong.writeUInt32LE(MAX_FRAME_BYTES + 1);
    expect(read([tooLong]).sound).toBe(false);
    expect(FRAME_FORMAT.frameBytes(tooLong, 0)).toBeUndefined();
  });

  test('never makes the reader throw', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (p) => void read(p.map((x) => Buffer.from(x)))),
    );
  });

  test('behind good frames does not undo them', () => {
    const list = [{ kind: 17, payload: Buffer.from('x') }];
    const bytes = Buffer.concat([write(list), Buffer.alloc(9, 0xff)]);
    expect(read([bytes])).toEqual({ sound: false, frames: shown(list) });
  });
});

test('a reader that is stopped hands out nothing more', () => {
  let count = 0;
  const reader = new FrameReader(() => {
    count++;
    reader.stop();
  });
  const two = write([
    { kind: 16, payload: Buffer.alloc(1) },
    { kind: 16, payload: Buffer.alloc(1) },
  ]);
  expect(reader.push(two)).toBe(true);
  expect(reader.push(two)).toBe(true);
  expect(count).toBe(1);
});

test('frames are named for reports', () => {
  const format = frameFormat(['INV', 'ACK']);
  const named = (kind: number): string =>
    format.name(write([{ kind, payload: Buffer.alloc(0) }]), 0);
  expect([1, 2, 3, 4, 16, 17, 18].map(named)).toEqual([
    'HELLO',
    'AUTH',
    'PING',
    'PONG',
    'INV',
    'ACK',
    'kind 18',
  ]);
});
