import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkArgument, withFiles } from '../check-report.ts';
import { besideHistory, writeCheckPage, writeReport } from './read-report.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hermes-report-'));
  for (const name of ['valid', 'read-while-invalid'])
    await copyFile(`histories/examples/${name}.jsonl`, join(dir, `${name}.jsonl`));
});
afterAll(() => rm(dir, { recursive: true }));

test('a page stands beside its history', () => {
  expect(besideHistory('/a/mine.jsonl.gz', 'report')).toBe('/a/mine.report.html');
  expect(besideHistory('/a/etcd.log', 'check')).toBe('/a/etcd.check.html');
});

test('a history without a verdict is judged; --out names another file', async () => {
  const own = await writeReport(join(dir, 'valid.jsonl'), { store: dir, out: undefined });
  expect(own).toMatchObject({ valid: true, file: join(dir, 'valid.report.html') });
  const page = await readFile(own.file, 'utf8');
  expect(Buffer.byteLength(page)).toBe(own.bytes);
  expect(page).toContain('are linearizable');
  const out = join(dir, 'none', 'x.html');
  await expect(writeReport(join(dir, 'valid.jsonl'), { store: dir, out })).rejects.toThrow(
    /cannot be written/,
  );
});

test('check writes a page of an invalid history, and of no other', async () => {
  const check = (name: string) =>
    checkArgument(join(dir, name), { store: dir, model: undefined, request: {}, limits: LIMITS });
  const bad = await check('read-while-invalid.jsonl');
  const page = await writeCheckPage(bad);
  expect(page).toBe(join(dir, 'read-while-invalid.check.html'));
  expect(await readFile(page as string, 'utf8')).toMatch(/class="op strong[^"]* marked/);
  expect(withFiles(bad, { page }).document.files).toMatchObject({ page });
  expect(await writeCheckPage(await check('valid.jsonl'))).toBeUndefined();
});

const LIMITS = { timeLimitS: 60, memoryMb: undefined };
