/**
 * Every script in `scripts/` does exactly what its transcript says. `HERMES_REWRITE=1` writes the
 * transcripts anew: review the difference as one would review code.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { transcribe } from './script.ts';

const folder = new URL('scripts/', import.meta.url);
const rewrite = process.env['HERMES_REWRITE'] === '1';

describe.each(readdirSync(folder).filter((name) => name.endsWith('.txt')))('%s', (name) => {
  const path = new URL(name, folder);
  const text = readFileSync(path, 'utf8');

  test.runIf(!rewrite)('does what its transcript says', () => {
    expect(transcribe(text)).toBe(text);
  });

  test.runIf(!rewrite)('does the same when the state is saved and loaded after every step', () => {
    expect(transcribe(text, true)).toBe(text);
  });

  test.runIf(!rewrite)('answers no request twice', () => {
    for (const world of text.split(/^\.? ?nodes /m)) {
      const answered = [...world.matchAll(/^n\d+ answers (\d+):/gm)].map(([, id]) => id);
      expect(new Set(answered).size).toBe(answered.length);
    }
  });

  test.runIf(rewrite)('is written anew', () => {
    writeFileSync(path, transcribe(text));
  });
});
