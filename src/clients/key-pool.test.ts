import { expect, test } from 'vitest';
import { random } from '../base/random.ts';
import { KeyPool, MOST_INFO_PER_KEY } from './key-pool.ts';

test('a key with too many unknown outcomes makes room for a fresh one', () => {
  const pool = new KeyPool({ keys: 3, opsPerKey: 0, distribution: 'uniform' });
  pool.invoked(1);
  for (let i = 1; i < MOST_INFO_PER_KEY; i++) pool.unknown(1);
  expect(pool.at(1)).toBe(1);
  pool.unknown(1);
  expect(pool.at(1)).toBe(3);
  expect([pool.at(0), pool.at(2)]).toEqual([0, 2]);
  // Late outcomes of a retired key retire nothing else.
  pool.unknown(1);
  expect(pool.at(1)).toBe(3);
  expect(pool.used).toEqual([1]);
});

test('a key has its share of operations', () => {
  const pool = new KeyPool({ keys: 1, opsPerKey: 4, distribution: 'uniform' });
  const keys = Array.from({ length: 10 }, () => {
    const key = pool.at(pool.drawPlace(random(1)));
    pool.invoked(key);
    return key;
  });
  expect(keys).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2]);
});
