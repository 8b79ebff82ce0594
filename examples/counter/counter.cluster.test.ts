import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const dev = fileURLToPath(new URL('../../bin/dev.js', import.meta.url));
const target = fileURLToPath(new URL('target.ts', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hermes-counter-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

interface Document {
  readonly valid: boolean | 'unknown';
  readonly ops: number;
  readonly anomalies?: readonly {
    readonly type: string;
    readonly key?: number;
    readonly why: string;
  }[];
}

/** `hermes fuzz` on the counter, in a folder of its own. */
function fuzz(env: NodeJS.ProcessEnv): Promise<{ code: number | null; document: Document }> {
  const args = [
    'fuzz',
    '--system',
    target,
    '--nemesis',
    'none',
    '--nodes',
    '3',
    '--ops',
    '600',
    '--seed',
    '1',
    '--json',
  ];
  const child = spawn(process.execPath, [dev, ...args], {
    cwd: folder,
    env: { ...process.env, ...env, HERMES_STATE: join(folder, 's'), HERMES_RUNTIME: 'process' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, document: JSON.parse(stdout) as Document }));
  });
}

test('hermes fuzz finds the race: two adds were answered with the same sum', async () => {
  const { code, document } = await fuzz({});
  expect(code).toBe(1);
  expect(document.valid).toBe(false);
  expect(document.anomalies?.[0]).toMatchObject({
    type: 'nonlinearizable',
    why: expect.stringContaining('lost'),
  });
});

test('and finds nothing once the increments take turns', async () => {
  const { code, document } = await fuzz({ COUNTER_FIXED: '1' });
  expect(code).toBe(0);
  expect(document.valid).toBe(true);
  expect(document.ops).toBeGreaterThanOrEqual(600);
});
