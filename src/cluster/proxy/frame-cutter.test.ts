import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FRAME_FORMAT, PROTOCOL_KIND } from '../../wire/frames.ts';
import { FrameCutter } from './frame-cutter.ts';

function frame(payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(5 + payload.length);
  bytes.writeUInt32LE(1 + payload.length, 0);
  bytes[4] = PROTOCOL_KIND;
  bytes.set(payload, 5);
  return bytes;
}

/** Payloads, where the stream is cut into chunks, and for each chunk whether frames are cut out. */
const streams = fc.record({
  payloads: fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 30 }),
  sizes: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 60 }),
  modes: fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
});

test('whatever the chunks and however often the mode changes, every byte passes once, in order', () => {
  fc.assert(
    fc.property(streams, ({ payloads, sizes, modes }) => {
      const frames = payloads.map(frame);
      const sent = Buffer.concat(frames);
      const cutter = new FrameCutter(FRAME_FORMAT);
      const out: Buffer[] = [];
      const whole: string[] = [];
      for (let at = 0, i = 0; at < sent.length; i++) {
        const size = sizes[i % sizes.length] as number;
        const chunk = sent.subarray(at, at + size);
        at += size;
        if (modes[i % modes.length]) {
          cutter.cut(
            chunk,
            (rest) => out.push(rest),
            (one) => {
              out.push(one);
              whole.push(one.toString('hex'));
            },
          );
          continue;
        }
        const before = cutter.release();
        if (before !== undefined) out.push(before);
        cutter.track(chunk);
        out.push(chunk);
      }
      const rest = cutter.release();
      if (rest !== undefined) out.push(rest);
      expect(Buffer.concat(out).equals(sent)).toBe(true);
      expect(cutter.garbage).toBe(false);
      // What was handed out as a frame is one, and their order is that of the stream.
      const all = frames.map((each) => each.toString('hex'));
      let from = 0;
      for (const one of whole) {
        from = all.indexOf(one, from) + 1;
        expect(from).toBeGreaterThan(0);
      }
    }),
    { numRuns: 500 },
  );
});

test('in one mode throughout, all frames are cut out', () => {
  const frames = ['', 'a', 'x'.repeat(300), 'b'].map((text) => frame(Buffer.from(text)));
  const sent = Buffer.concat(frames);
  for (let size = 1; size <= sent.length; size++) {
    const cutter = new FrameCutter(FRAME_FORMAT);
    const whole: Buffer[] = [];
    for (let at = 0; at < sent.length; at += size)
      cutter.cut(
        sent.subarray(at, at + size),
        () => expect.fail('no rest'),
        (one) => whole.push(one),
      );
    expect(whole).toEqual(frames);
  }
});

test('bytes that are no frame make the stream opaque, from there on', () => {
  const cutter = new FrameCutter(FRAME_FORMAT);
  const rest: Buffer[] = [];
  const whole: Buffer[] = [];
  const good = frame(Buffer.from('good'));
  const bad = Buffer.alloc(50, 0xff);
  for (const chunk of [Buffer.concat([good, bad]), good])
    cutter.cut(
      chunk,
      (b) => rest.push(b),
      (b) => whole.push(b),
    );
  expect(whole).toEqual([good]);
  expect(Buffer.concat(rest)).toEqual(Buffer.concat([bad, good]));
  expect(cutter.garbage).toBe(true);
});
