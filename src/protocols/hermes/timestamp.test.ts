import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Ts,
  ZERO,
  compareTs,
  compareVersions,
  ownerOf,
  parseTs,
  printTs,
  virtualId,
} from './timestamp.ts';

const ts: fc.Arbitrary<Ts> = fc.record({ v: fc.nat(3), c: fc.nat(130), g: fc.nat(2) });
const large: fc.Arbitrary<Ts> = fc.record({ v: fc.maxSafeNat(), c: fc.nat(), g: fc.nat() });

test('the order is total, lexicographic, and equal only for equal timestamps', () => {
  const list = (t: Ts) => [t.v, t.c, t.g];
  fc.assert(
    fc.property(ts, ts, ts, (a, b, c) => {
      const different = list(a).findIndex((x, i) => x !== list(b)[i]);
      const twin = different < 0 ? 0 : list(a)[different]! < list(b)[different]! ? -1 : 1;
      expect(Math.sign(compareTs(a, b))).toBe(twin);
      expect(Math.sign(compareTs(b, a))).toBe(twin === 0 ? 0 : -twin);
      if (compareTs(a, b) <= 0 && compareTs(b, c) <= 0)
        expect(compareTs(a, c)).toBeLessThanOrEqual(0);
      expect(compareTs(ZERO, a)).toBeLessThanOrEqual(0);
    }),
  );
});

test('without the tie-break equal versions are equal', () => {
  fc.assert(
    fc.property(ts, ts, (a, b) => {
      expect(Math.sign(compareVersions(a, b))).toBe(Math.sign(a.v - b.v));
    }),
  );
});

test('virtual ids of different nodes never meet, and name their owner', () => {
  const drawn = new Map<number, number>();
  for (let id = 0; id < 64; id++)
    for (let k = 0; k < 20; k++) {
      const c = virtualId(id, k);
      expect(drawn.has(c)).toBe(false);
      drawn.set(c, id);
      expect(ownerOf(c)).toBe(id);
    }
});

test('what is printed is read back, and tells different timestamps apart', () => {
  fc.assert(
    fc.property(fc.oneof(ts, large), fc.oneof(ts, large), (a, b) => {
      if (compareTs(a, ZERO) === 0) expect(printTs(a)).toBe('0');
      expect(parseTs(printTs(a))).toEqual(a);
      expect(printTs(a) === printTs(b)).toBe(compareTs(a, b) === 0);
    }),
  );
  expect(printTs({ v: 2, c: 1, g: 1 })).toBe('2.1');
  expect(printTs({ v: 2, c: 1, g: 3 })).toBe('2.1/3');
  expect(() => parseTs('2')).toThrow('not a timestamp: 2');
});
