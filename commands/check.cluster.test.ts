/** `hermes check` as a process: exit codes, and what goes to which stream. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const VALID = 'histories/examples/valid.jsonl';
const INVALID = 'histories/examples/read-while-invalid.jsonl';

function check(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const argv = ['bin/dev.js', 'check', ...args];
  return spawnSync(process.execPath, argv, { cwd: root, encoding: 'utf8', timeout: 60_000 });
}

test('0 for valid', () => {
  const { status, stdout } = check(VALID);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^✔ valid/);
});

test('1 for invalid, with the document alone on stdout under --json', () => {
  const { status, stdout } = check(INVALID, '--json');
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    valid: false,
    anomalies: [{ type: 'nonlinearizable' }],
    files: { history: expect.stringContaining('read-while-invalid.jsonl') },
  });
});

test('2 for unknown: an empty history is never valid', () => {
  const dir = mkdtempSync(join(tmpdir(), 'hermes-empty-'));
  try {
    writeFileSync(join(dir, 'empty.jsonl'), '');
    const { status, stdout } = check(join(dir, 'empty.jsonl'), '--json');
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ valid: 'unknown', reason: 'nothing-to-check' });
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('254 for what can be mended, with one sentence and what to do', () => {
  const { status, stdout, stderr } = check('no-such-history');
  expect(status).toBe(254);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^Error: no history is called no-such-history.*\n {2}\S/);
});

test('the worst of several, a line each', () => {
  const { status, stdout } = check(VALID, INVALID, '--verdict-only');
  expect(status).toBe(1);
  expect(stdout.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^✔ valid.*valid\.jsonl$/),
    expect.stringMatching(/^✘ invalid.*read-while-invalid\.jsonl$/),
  ]);
});
