import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { extend, keysAfter, newListing, RUN_KEYS } from './listing.ts';

const ordered = (keys: readonly string[]): string[] =>
  keys.toSorted((a, b) => Buffer.compare(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1')));

function listed(keys: Iterable<string>, cursor: string | null, runKeys?: number): string[] {
  const listing = newListing(1, keys);
  while (!extend(listing));
  if (runKeys !== undefined) {
    // As if a run held few keys: merging is what is tested.
    const all = listing.runs.flat();
    listing.runs.length = 0;
    for (let i = 0; i < all.length; i += runKeys)
      listing.runs.push(ordered(all.slice(i, i + runKeys)));
  }
  return [...keysAfter(listing, cursor)];
}

describe('a listing', () => {
  test('has all keys after the cursor in byte order, however they fall into runs', () => {
    const key = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)),
      maxLength: 3,
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(key),
        fc.option(key),
        fc.integer({ min: 1, max: 5 }),
        (keys, cursor, size) => {
          const shuffled = keys.toReversed();
          const expected = ordered(keys).filter(
            (k) => cursor === null || (ordered([cursor, k])[1] === k && k !== cursor),
          );
          expect(listed(shuffled, cursor, size)).toEqual(expected);
        },
      ),
    );
  });

  test('grows by one run at a time', () => {
    const keys = Array.from({ length: 2 * RUN_KEYS + 1 }, (_, i) => `key ${(i * 7919) % 100_000}`);
    const listing = newListing(3, keys);
    expect([extend(listing), extend(listing), extend(listing), extend(listing)]).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect(listing.runs.map((run) => run.length)).toEqual([RUN_KEYS, RUN_KEYS, 1]);
    expect([...keysAfter(listing, null)]).toEqual(ordered(keys));
  });

  test('of no keys is complete and empty', () => {
    expect(listed([], null)).toEqual([]);
    expect(listed(['a'], 'a')).toEqual([]);
  });
});
