import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { WORDS, wordOf, wordsPage } from './words.ts';

test.each(WORDS.map((entry) => [entry.word, entry] as const))(
  '%s: three sentences and an example that fits 80 columns or is data',
  (_, { means, example }) => {
    const sentences = means.match(/[.?!](?=\s+[A-Z]|$)/g) ?? [];
    expect(sentences).toHaveLength(3);
    expect(example.trim()).not.toBe('');
    for (const line of example.split('\n')) {
      expect(line.startsWith('{') || line.startsWith('"') || line.length <= 80, line).toBe(true);
    }
  },
);

test('words are in order, and no spelling leads to two entries', () => {
  const names = WORDS.map(({ word }) => word.toLowerCase());
  expect(names).toEqual(names.toSorted((a, b) => a.localeCompare(b, 'en')));
  const spellings = WORDS.flatMap(({ word, also }) =>
    [word, ...(also ?? [])].map((s) => s.toLowerCase()),
  );
  const twice = spellings.filter((s, i) => spellings.indexOf(s) !== i);
  expect(twice.filter((s) => wordOf(s)?.also?.includes(s) !== true)).toEqual([]);
});

test('a word is found in any spelling and letter case', () => {
  expect(wordOf('LINEARIZABILITY')?.word).toBe('linearizable');
  expect(wordOf(' inv ')?.word).toBe('INV');
  expect(wordOf('read-modify-write')?.word).toBe('RMW');
  expect(wordOf('gossip')).toBeUndefined();
});

test('docs/words.md is the table (npm run docs writes it)', () => {
  expect(readFileSync(new URL('../../docs/words.md', import.meta.url), 'utf8')).toBe(wordsPage());
});
