import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tarOf, type TarEntry } from './tar.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hermes-tar-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function bytesOf(entries: readonly TarEntry[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of tarOf(entries)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('tar reads what was written: folders, files, links, rights, long paths', async () => {
  const file = join(folder, 'big');
  writeFileSync(file, Buffer.alloc(70_001, 'x'));
  const deep = `${'d'.repeat(90)}/${'e'.repeat(60)}/f.js`;
  const archive = await bytesOf([
    { path: 'usr/bin/tool', content: { bytes: Buffer.from('#!') }, mode: 0o755 },
    { path: deep, content: { bytes: Buffer.from('deep') } },
    { path: 'big', content: { file, size: 70_001 } },
    { path: 'lib', content: { link: 'usr/lib' } },
    { path: 'tmp', content: { folder: true }, mode: 0o1777 },
  ]);
  const listed = execFileSync('tar', ['-tvf', '-'], { input: archive, encoding: 'utf8' });
  expect(listed).toMatch(/^-rwxr-xr-x (root\/root|0\/0) +2 .* usr\/bin\/tool$/m);
  expect(listed).toMatch(/^drwxr-xr-x .* usr\/$/m);
  expect(listed).toMatch(/^drwxrwxrwt .* tmp\/$/m);
  expect(listed).toMatch(/^lrw.* lib -> usr\/lib$/m);
  execFileSync('tar', ['-xf', '-', '-C', folder, deep, 'usr'], { input: archive });
  expect(readFileSync(join(folder, deep), 'utf8')).toBe('deep');
  expect(statSync(join(folder, 'usr/bin/tool')).mode & 0o777).toBe(0o755);
});

test('the same files give the same bytes, whatever their order', async () => {
  const entry = (path: string): TarEntry => ({ path, content: { bytes: Buffer.from(path) } });
  const one = await bytesOf([entry('a/b'), entry('c')]);
  expect(await bytesOf([entry('c'), entry('a/b')])).toEqual(one);
});

test('what the format cannot hold is refused, and a file that changes meanwhile', async () => {
  const long: TarEntry = { path: 'x'.repeat(101), content: { bytes: Buffer.alloc(0) } };
  await expect(bytesOf([long])).rejects.toThrow(RangeError);
  const file = join(folder, 'short');
  writeFileSync(file, 'x');
  const entry: TarEntry = { path: 'short', content: { file, size: 2 } };
  await expect(bytesOf([entry])).rejects.toThrow('changed while it was read');
});
