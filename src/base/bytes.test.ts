import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Reader, Writer } from './bytes.ts';

const field = fc.oneof(
  fc.record({ t: fc.constant('uint' as const), v: fc.maxSafeNat() }),
  fc.record({ t: fc.constant('u8' as const), v: fc.nat(255) }),
  fc.record({ t: fc.constant('u32' as const), v: fc.nat(0xffff_ffff) }),
  fc.record({ t: fc.constant('bool' as const), v: fc.boolean() }),
  fc.record({ t: fc.constant('bytes' as const), v: fc.uint8Array() }),
  fc.record({ t: fc.constant('maybeBytes' as const), v: fc.option(fc.uint8Array()) }),
  fc.record({ t: fc.constant('latin1' as const), v: fc.string({ unit: 'binary-ascii' }) }),
  fc.record({ t: fc.constant('utf8' as const), v: fc.string({ unit: 'grapheme' }) }),
);

test('what was written is read back, whatever the buffer had to grow', () => {
  fc.assert(
    fc.property(fc.array(field), (fields) => {
      const w = new Writer(1);
      for (const f of fields) (w[f.t] as (x: unknown) => void).call(w, f.v);
      const r = new Reader(Buffer.from(w.view()));
      for (const f of fields) {
        const got: unknown = r[f.t]();
        expect(got instanceof Uint8Array ? [...got] : got).toEqual(
          f.v instanceof Uint8Array ? [...f.v] : f.v,
        );
      }
      expect(r.done()).toBe(true);
    }),
  );
});

test('a reader of garbage never throws and never reads past its end', () => {
  const kinds = ['uint', 'u8', 'u32', 'bool', 'bytes', 'maybeBytes', 'latin1', 'utf8'] as const;
  fc.assert(
    fc.property(fc.uint8Array(), fc.array(fc.constantFrom(...kinds)), (bytes, reads) => {
      const r = new Reader(bytes);
      for (const kind of reads) r[kind]();
      expect(r.at).toBeLessThanOrEqual(bytes.length);
      if (r.failed) expect(r.u8()).toBe(0);
    }),
  );
});

test('the largest integer takes eight bytes, one more is refused', () => {
  const w = new Writer();
  w.uint(Number.MAX_SAFE_INTEGER);
  expect(w.length).toBe(8);
  const r = new Reader(Buffer.alloc(9, 0xff));
  expect(r.uint()).toBe(0);
  expect(r.failed).toBe(true);
});
