import { expect, test } from 'vitest';
import { random, resumeRandom } from './random.ts';

const draw = (n: number, from = random(7)) => Array.from({ length: n }, () => from.next());

test('the same seed gives the same numbers, another seed others', () => {
  expect(draw(5)).toEqual(draw(5));
  expect(draw(5)).not.toEqual(draw(5, random(8)));
});

test('numbers of a seed never change: recorded runs depend on them', () => {
  expect(draw(4)).toMatchInlineSnapshot(`
    [
      3343073170,
      3850007542,
      3693126750,
      615174439,
    ]
  `);
});

test('a split depends on seed and label alone, not on draws before it', () => {
  const used = random(7);
  draw(100, used);
  expect(draw(3, used.split('network'))).toEqual(draw(3, random(7).split('network')));
  expect(draw(3, random(7).split('network'))).not.toEqual(draw(3, random(7).split('faults')));
  expect(draw(3, random(7).split('a').split('b'))).not.toEqual(
    draw(3, random(7).split('b').split('a')),
  );
});

test('a generator goes on where its state was taken', () => {
  const one = random('seed');
  draw(10, one);
  expect(draw(5, resumeRandom(one.state()))).toEqual(draw(5, one));
});

test('bounds hold and every value comes up about equally often', () => {
  const r = random(1);
  const counts = [0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < 70_000; i++) counts[r.below(7)]!++;
  for (const n of counts) expect(Math.abs(n - 10_000)).toBeLessThan(500);
  for (let i = 0; i < 1000; i++) {
    const x = r.between(-3, 3);
    expect(x >= -3 && x <= 3).toBe(true);
  }
  expect(r.below(1)).toBe(0);
  expect(r.below(2 ** 32)).toBeLessThan(2 ** 32);
});

test('a shuffle keeps its items, a pick is one of them, a chance is near its ratio', () => {
  const r = random(2);
  const items = [1, 2, 3, 4, 5];
  expect(r.shuffle(items).toSorted((a, b) => a - b)).toEqual(items);
  expect(items).toContain(r.pick(items));
  let hits = 0;
  for (let i = 0; i < 10_000; i++) if (r.chance(1, 4)) hits++;
  expect(Math.abs(hits - 2500)).toBeLessThan(200);
});
