import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lanesOf } from './lanes.ts';

test('no two in a lane touch, and there are no more lanes than lie above one place', () => {
  const extent = fc.record({ from: fc.nat(500), width: fc.integer({ min: 1, max: 90 }) });
  fc.assert(
    fc.property(fc.array(extent, { maxLength: 40 }), (drawn) => {
      const items = drawn
        .map(({ from, width }) => ({ from, to: from + width }))
        .toSorted((a, b) => a.from - b.from);
      const lanes = lanesOf(items, 5);
      items.forEach((a, i) =>
        items.slice(i + 1).forEach((b, j) => {
          if (lanes[i] === lanes[i + 1 + j]) expect(b.from).toBeGreaterThanOrEqual(a.to + 5);
        }),
      );
      const deepest = items.map(
        ({ from }) => items.filter((o) => o.from <= from && o.to + 5 > from).length,
      );
      expect(Math.max(-1, ...lanes)).toBe(Math.max(0, ...deepest) - 1);
    }),
  );
});
