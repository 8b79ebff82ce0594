import { expect, test } from 'vitest';
import { reductions } from './reductions.ts';

/** What is left of `all` when a list fails as long as it holds these; and how many were tried. */
function reduced(all: readonly number[], needed: readonly number[]): [readonly number[], number] {
  let best = all;
  let tries = 0;
  const walk = reductions(() => best);
  for (let next = walk.next(); !next.done;) {
    const out = new Set(next.value);
    const candidate = best.filter((x) => !out.has(x));
    tries++;
    const fails = needed.every((x) => candidate.includes(x));
    if (fails) best = candidate;
    next = walk.next(fails);
  }
  return [best, tries];
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

test.each([[[]], [[0]], [[999]], [[3, 4]], [[0, 500, 999]], [[7, 8, 9, 10, 400, 401, 950]]])(
  'of a thousand, exactly what is needed is left: %j',
  (needed) => {
    const [left, tries] = reduced(numbers(1000), needed);
    expect(left).toEqual(needed);
    // Binary search for each, and one look at every one that is left.
    expect(tries).toBeLessThan(40 + 60 * needed.length);
  },
);

test('nothing to leave out is no candidate', () => {
  expect(reduced([], [])).toEqual([[], 0]);
});
