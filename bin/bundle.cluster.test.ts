/** What a build is for: a start reads few files, and classes that are told apart by identity are there once. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Prints every file that is loaded as a module. */
const COUNTING = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from 'node:module';
const loaded = new Set();
registerHooks({ load(url, context, next) { if (url.startsWith('file:')) loaded.add(url); return next(url, context); } });
process.on('exit', () => process.stderr.write([...loaded].join('\\n')));
`)}`;

function loadedBy(...argv: string[]): string[] {
  const all = ['--import', COUNTING, 'bin/run.js', ...argv];
  const { stderr, status } = spawnSync(process.execPath, all, { cwd: root, encoding: 'utf8' });
  expect(status).toBe(0);
  return stderr.split('\n').filter((line) => line.startsWith('file:'));
}

test('a check of a small history reads some tens of files, oclif among them as one', () => {
  const loaded = loadedBy('check', 'histories/examples/valid.jsonl', '--verdict-only');
  expect(loaded.filter((url) => url.endsWith('/tui/oclif.js'))).toHaveLength(1);
  expect(loaded.filter((url) => url.includes('/@oclif/'))).toEqual([]);
  expect(loaded.filter((url) => url.endsWith('/base/user-error.js'))).toHaveLength(1);
  expect(loaded.length).toBeLessThan(80); // of some three hundred without it
});
