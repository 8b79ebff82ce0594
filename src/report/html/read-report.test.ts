import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkArgument, withFiles } from '../check-report.ts';
import { withDrawings } from '../draw-check.ts';
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
  await rm(page as string);
});

test('a page that cannot be written costs the verdict nothing, and is told', async () => {
  const bad = await checkArgument(join(dir, 'read-while-invalid.jsonl'), {
    store: dir,
    model: undefined,
    request: {},
    limits: LIMITS,
  });
  const beside = { ...bad, located: { history: join(dir, 'read-while-invalid.jsonl') } };
  await mkdir(join(dir, 'read-while-invalid.check.html', 'full'), { recursive: true });
  const { document, page } = await withDrawings(beside);
  expect(page).toBeUndefined();
  expect(document.notes.at(-1)).toMatch(/check\.html cannot be written: /);
  expect(document.valid).toBe(false);
  expect(await readdir(dir)).not.toContainEqual(expect.stringMatching(/\.part$/));
});

const LIMITS = { timeLimitS: 60, memoryMb: undefined };
