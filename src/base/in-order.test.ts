import { expect, test } from 'vitest';
import { inOrder } from './in-order.ts';

/** Work that ends when it is told to; what is under way. */
function byHand(): {
  work: (item: string, lane: number) => Promise<string>;
  begun: string[];
  end: (item: string) => void;
  fail: (item: string) => void;
} {
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const begun: string[] = [];
  const work = (item: string, lane: number): Promise<string> => {
    begun.push(`${item} in ${lane}`);
    const end = Promise.withResolvers<string>();
    ends.set(item, end);
    return end.promise;
  };
  return {
    work,
    begun,
    end: (item) => ends.get(item)?.resolve(item.toUpperCase()),
    fail: (item) => ends.get(item)?.reject(new Error(item)),
  };
}

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('results come in the order of the items, however they end; a lane that is free takes the next', async () => {
  const { work, begun, end } = byHand();
  const results = inOrder(['a', 'b', 'c', 'd'], 2, work);
  const first = results.next();
  expect(begun).toEqual(['a in 0', 'b in 1']);
  end('b');
  await settled();
  expect(begun.slice(2)).toEqual(['c in 1']);
  end('a');
  expect((await first).value).toBe('A');
  expect((await results.next()).value).toBe('B');
  expect(begun.slice(3)).toEqual(['d in 0']);
  const third = results.next();
  end('d');
  end('c');
  expect((await third).value).toBe('C');
  expect((await results.next()).value).toBe('D');
  expect((await results.next()).done).toBe(true);
});

test('what nobody takes is not done without end', async () => {
  const begun: number[] = [];
  const items = Array.from({ length: 100 }, (_, i) => i);
  const results = inOrder(items, 2, async (i) => begun.push(i));
  await results.next();
  await settled();
  const before = begun.length;
  expect(before).toBeLessThan(30);
  await results.next();
  await settled();
  expect(begun.length).toBe(before + 1);
  await results.return();
  await settled();
  expect(begun.length).toBe(before + 1);
});

test('the first that fails ends it; what failed behind it is nobody’s', async () => {
  const { work, begun, end, fail } = byHand();
  const results = inOrder(['a', 'b', 'c'], 2, work);
  const first = results.next();
  fail('b');
  await settled();
  end('a');
  expect((await first).value).toBe('A');
  await expect(results.next()).rejects.toThrow('b');
  expect((await results.next()).done).toBe(true);
  expect(begun).toEqual(['a in 0', 'b in 1']);
});

test('nothing of nothing', async () => {
  const { work, begun } = byHand();
  expect((await inOrder([], 3, work).next()).done).toBe(true);
  expect(begun).toEqual([]);
});
