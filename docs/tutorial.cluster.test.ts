/**
 * Runs every command of the tutorial, in order, in a copy of the clone, and writes the files that it asks the
 * reader to write. So no line of it can go stale.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actedBlocks } from './fenced-blocks.ts';

const repo = fileURLToPath(new URL('..', import.meta.url));
const blocks = actedBlocks(readFileSync(new URL('tutorial.md', import.meta.url), 'utf8'));

/** Large or private to the clone: shared by a link, or not taken along. */
const LINKED = ['node_modules', 'dist', 'oclif.manifest.json'];
const LEFT_OUT = ['.git', 'coverage', 'histories'];

let clone: string;

beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), 'hermes-tutorial-'));
  for (const name of readdirSync(repo)) {
    if (LINKED.includes(name)) symlinkSync(join(repo, name), join(clone, name));
    else if (!LEFT_OUT.includes(name))
      cpSync(join(repo, name), join(clone, name), { recursive: true });
  }
});

afterAll(() => {
  if (clone !== undefined) rmSync(clone, { recursive: true, force: true });
});

test('there is something to run', () => {
  expect(blocks.filter(({ language }) => language === 'sh').length).toBeGreaterThan(8);
});

describe('the tutorial, as a reader types it', () => {
  for (const block of blocks) {
    const title = block.file ?? block.text.trim().split('\n').join(' ; ');
    test(`line ${block.line}: ${title}`, () => {
      if (block.file !== undefined) return write(block.file, block.text);
      const end = spawnSync('bash', ['-euo', 'pipefail', '-c', block.text], {
        cwd: clone,
        encoding: 'utf8',
        timeout: 110_000,
        env: reader(),
      });
      const output = `${end.stdout}${end.stderr}`;
      expect(end.status, output).toBe(block.exit);
      for (const text of block.shows) expect(output).toContain(text);
    });
  }
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(clone, path)), { recursive: true });
  writeFileSync(join(clone, path), text);
}

/** The environment of a reader: nothing of the test runner that runs this. */
function reader(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of Object.keys(env)) {
    if (/^(VITEST|npm_|NODE_ENV$|NODE_OPTIONS$|TEST$|HERMES_)/.test(name)) delete env[name];
  }
  const own = { XDG_STATE_HOME: join(clone, '.state'), npm_config_cache: join(clone, '.npm') };
  return { ...env, ...own, NO_COLOR: '1' };
}
