import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventQueue } from './virtual-time.ts';

test('things come in order of time, those of one moment in the order they were put in', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 300 }), (times) => {
      const queue = new EventQueue<{ at: number; order: number }>();
      times.forEach((at, order) => queue.push(at, { at, order }));
      const expected = times
        .map((at, order) => ({ at, order }))
        .toSorted((a, b) => a.at - b.at || a.order - b.order);
      const got = times.map(() => {
        const next = queue.nextUs();
        const item = queue.pop();
        expect(item?.at).toBe(next);
        return item;
      });
      expect(got).toEqual(expected);
      expect(queue.pop()).toBeUndefined();
      expect(queue.nextUs()).toBe(Infinity);
    }),
  );
});

test('pushing and popping in turn keeps the order', () => {
  const operation = fc.option(fc.nat(50));
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const queue = new EventQueue<number>();
      let model: number[] = [];
      for (const at of operations) {
        if (at === null) {
          model = model.toSorted((a, b) => a - b);
          expect(queue.pop()).toBe(model.shift());
        } else {
          queue.push(at, at);
          model.push(at);
        }
        expect(queue.size).toBe(model.length);
      }
    }),
  );
});
