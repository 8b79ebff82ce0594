import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Examination } from '../src/cluster/doctor/examine.ts';

const dev = fileURLToPath(new URL('../bin/dev.js', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync('/tmp/hermes-doctor-');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function doctor(state: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, HERMES_STATE: state };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [dev, 'doctor', '--json'],
      { env },
      (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

test('examines this machine and leaves nothing behind', async () => {
  const { code, stdout } = await doctor(`${folder}/not/there/yet`);
  const found = JSON.parse(stdout) as Examination;
  expect(code).toBe(0);
  expect(found.ready).toBe(true);
  expect(found.runtimes).toContain('process');
  expect(found.findings.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'system',
      'node',
      'disk',
      'sockets',
      'process',
      'netns',
      'redis-cli',
      'docker',
    ]),
  );
  for (const finding of found.findings) {
    expect(finding.says).not.toBe('');
    expect(finding.works || finding.mend !== undefined).toBe(true);
  }
  expect(existsSync(`${folder}/not`)).toBe(false);
});

test('keeps a state folder that was there', async () => {
  expect((await doctor(folder)).code).toBe(0);
  expect(existsSync(folder)).toBe(true);
});

test('a machine that can hold no cluster ends it with 254, and the way out', async () => {
  writeFileSync(`${folder}/file`, '');
  const { code, stdout } = await doctor(`${folder}/file/state`);
  expect(code).toBe(254);
  const found = JSON.parse(stdout) as Examination;
  expect(found.ready).toBe(false);
  const broken = found.findings.filter((finding) => finding.needed && !finding.works);
  expect(broken.map(({ name, mend }) => [name, mend])).toEqual([
    ['state-folder', 'Set HERMES_STATE to a folder of yours on a local disk.'],
  ]);
});
