import { beforeEach, expect, test, vi } from 'vitest';
import type { Config } from '@oclif/core';
import { sourceConfig } from '../../docs/write.ts';
import { UserError } from '../base/user-error.ts';
import { WORDS, wordOf } from '../base/words.ts';
import { entryText, explain } from './explain.ts';

let config: Config;
beforeEach(async () => {
  config = await sourceConfig(); // printing help changes the ids of commands in place
});

/** What `explain` returns and prints. */
async function told(
  words: readonly string[],
  quiet = false,
): Promise<{ result: object; text: string }> {
  let text = '';
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  try {
    return { result: await explain(words, config, quiet), text };
  } finally {
    spy.mockRestore();
  }
}

test('a word: its entry, in any spelling', async () => {
  const { result, text } = await told(['read', 'skew']);
  expect(result).toMatchObject({ word: 'G-single' });
  expect(text).toBe(entryText(wordOf('G-single') ?? WORDS[0]!));
});

test('a topic: its commands', async () => {
  expect((await told(['cluster'])).text).toContain('cluster up');
});

test('a command: its help, examples first', async () => {
  const { result, text } = await told(['cluster', 'up']);
  expect(result).toEqual({ command: 'cluster up' });
  expect(text.indexOf('EXAMPLES')).toBeGreaterThan(0);
  expect(text.indexOf('EXAMPLES')).toBeLessThan(text.indexOf('USAGE'));
});

test('nothing: where to begin, and all commands', async () => {
  const { text } = await told([]);
  expect(text).toContain('$ hermes fuzz\n');
  expect(text).toContain('COMMANDS');
  expect(text).not.toContain('VERSION');
});

test('quiet prints nothing and returns the same', async () => {
  const loud = await told(['lease']);
  const quiet = await told(['lease'], true);
  expect(quiet).toEqual({ result: loud.result, text: '' });
  expect((await told(['fuzz'], true)).text).toBe('');
});

test('an unknown word: the nearest one, and the list', async () => {
  const error = await explain(['leese'], config, true).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).hint).toContain('Did you mean hermes help lease?');
  const far = await explain(['xylophone', 'quartet'], config, true).catch((e: unknown) => e);
  expect((far as UserError).hint).not.toContain('Did you mean');
  expect((far as UserError).hint).toContain('linearizable');
});

test('entries fit 80 columns, and their text is all there', () => {
  for (const entry of WORDS) {
    const [, , ...lines] = entryText(entry).split('\n');
    const prose = lines.slice(0, lines.indexOf(''));
    expect(prose.every((line) => line.length <= 78)).toBe(true);
    expect(prose.join(' ')).toBe(entry.means);
  }
});
