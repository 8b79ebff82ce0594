/** Whatever a file is and however it is cut into blocks, what is taken is the file. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { random } from '../base/random.ts';
import { type Take, eachBlock, eachOf } from './blocks.ts';

const MB = 1 << 20;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hermes-blocks-'));
});
afterAll(() => rm(dir, { recursive: true }));

/** Takes whole lines only, and at the end what is left. */
function lines(): { take: Take; text: () => string; blocks: () => number } {
  const taken: string[] = [];
  const take: Take = (bytes, last) => {
    const end = last ? bytes.length : bytes.lastIndexOf(0x0a) + 1;
    taken.push(bytes.toString('latin1', 0, end));
    return end;
  };
  return { take, text: () => taken.join(''), blocks: () => taken.length };
}

/** Lines that do not compress, some longer than the room before a block. */
function noise(bytes: number): string {
  const text = randomBytes(bytes).toString('latin1').replaceAll('\n', ' ');
  const broken: string[] = [];
  for (let at = 0, i = 0; at < text.length; i++) {
    const length = i % 7 === 0 ? 100_000 : 1000;
    broken.push(text.slice(at, at + length));
    at += length;
  }
  return broken.join('\n');
}

test.each([
  ['empty', 0, false],
  ['small', 5000, false],
  ['small and gzipped', 5000, true],
  ['of many blocks', 9 * MB, false],
  ['of many blocks and gzipped', 9 * MB, true],
])('a file that is %s', async (name, bytes, gzipped) => {
  const text = noise(bytes);
  const path = join(dir, name);
  const latin = Buffer.from(text, 'latin1');
  await writeFile(path, gzipped ? gzipSync(latin) : latin);
  const { take, text: taken, blocks } = lines();
  expect(await eachBlock(path, take)).toBe(true);
  expect(taken() === text).toBe(true);
  expect(blocks() > 1).toBe(bytes > MB);
});

test('blocks at hand, of any size', () => {
  const r = random('blocks');
  const text = noise(300_000);
  const bytes = Buffer.from(text, 'latin1');
  const cut: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = 1 + r.below(20_000);
    cut.push(bytes.subarray(at, at + length));
    at += length;
  }
  const { take, text: taken } = lines();
  expect(eachOf(cut, take)).toBe(true);
  expect(taken() === text).toBe(true);
});

test('who has enough ends it, and no file stays open', async () => {
  const path = join(dir, 'long');
  await writeFile(path, noise(9 * MB));
  const open = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
  const before = await open();
  let asked = 0;
  expect(await eachBlock(path, () => (++asked < 3 ? 0 : -1))).toBe(false);
  expect(asked).toBe(3);
  await expect(
    eachBlock(path, () => {
      throw new Error('mine');
    }),
  ).rejects.toThrow('mine');
  expect(await open()).toBe(before);
  await writeFile(path, gzipSync(noise(9 * MB)).subarray(0, 8 * MB));
  await expect(eachBlock(path, (bytes) => bytes.length)).rejects.toThrow('unexpected end of file');
});
