import { expect, test } from 'vitest';
import { splitKeys } from './independent.ts';
import { parseHistory } from './read.ts';

const read = (text: string) => parseHistory(text, 'h.edn').history;
const KEYED = `{:process 0, :type :invoke, :f :read, :value [7 nil]}
{:process 1, :type :invoke, :f :cas, :value ["x" [1 2]]}
{:process 0, :type :ok, :f :read, :value [7 3]}
{:process 1, :type :info, :f :cas, :value nil}`;

test('tuples become keys, in completions that lack them too', () => {
  const { history, split } = splitKeys(read(KEYED), 'auto');
  expect(split).toBe(true);
  expect(history.events).toMatchObject([
    { key: 7, value: null },
    { key: 'x', value: [1, 2] },
    { key: 7, value: 3 },
    { key: 'x', value: null },
  ]);
  expect(splitKeys(read(KEYED), 'no')).toMatchObject({ split: false });
});

test.each([
  ['{:process 0, :type :invoke, :f :write, :value [1 2]}\n{:process 1 :type :invoke :f :read}'],
  ['{:process 0, :type :invoke, :f :txn, :value [[:r 1 nil] [:w 2 3]]}'],
  ['{:process 0, :type :invoke, :f :read, :value [[:r 0 nil] [:r 1 nil]]}'],
  ['{:process 0, :type :invoke, :f :write, :value [1 2], :key 3}'],
  [''],
])('%s has none, unless told', (text) => {
  expect(splitKeys(read(text), 'auto').split).toBe(false);
  expect(splitKeys(read(text), 'yes').split).toBe(true);
});

test.each([
  '{:process 0, :type :invoke, :f :cas, :value [1 2]}',
  '{:process 0, :type :invoke, :f :write, :value 4}',
])('%s has none, and is refused where it should', (text) => {
  expect(splitKeys(read(text), 'auto').split).toBe(false);
  expect(() => splitKeys(read(text), 'yes')).toThrow(/event 0 holds .*, and no \[key value\]/);
});
