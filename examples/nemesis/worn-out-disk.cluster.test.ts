import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const dev = fileURLToPath(new URL('../../bin/dev.js', import.meta.url));
const nemesis = fileURLToPath(new URL('worn-out-disk.ts', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hermes-worn-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('a schedule of somebody else: the disk was felt, its end was no crash, nothing is lost', async () => {
  const args = [
    'fuzz',
    '--nemesis',
    nemesis,
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
    env: { ...process.env, HERMES_STATE: join(folder, 's'), HERMES_RUNTIME: 'process' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  await new Promise((resolve) => child.on('close', resolve));
  const document = JSON.parse(stdout) as { valid: unknown; files: { folder: string } };
  expect(document).toMatchObject({ valid: true, anomalies: [] });
  const results = JSON.parse(
    readFileSync(join(folder, 'histories', 'latest', 'results.json'), 'utf8'),
  ) as { faults: { kind: string; shape: string; bitten: boolean; counters: object }[] };
  const eio = results.faults.find(({ shape }) => shape === 'eio');
  expect(eio).toMatchObject({ bitten: true, counters: { died: 1, restarted: 1 } });
});
