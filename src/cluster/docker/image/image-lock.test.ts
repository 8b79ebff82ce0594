import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withImageLock } from './image-lock.ts';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'hermes-cache-'));
  vi.stubEnv('XDG_CACHE_HOME', cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});

const locks = (): string[] => readdirSync(join(cache, 'hermes'));

test('one after another, and the second is told', async () => {
  const order: string[] = [];
  const said: string[] = [];
  const first = Promise.withResolvers<void>();
  const one = withImageLock(
    'unix:///a',
    () => {},
    async () => {
      order.push('one begins');
      await first.promise;
      order.push('one ends');
    },
  );
  const two = withImageLock(
    'unix:///a',
    (text) => said.push(text),
    async () => {
      order.push('two');
    },
  );
  await withImageLock(
    'unix:///another',
    () => {},
    async () => void order.push('elsewhere'),
  );
  first.resolve();
  await Promise.all([one, two]);
  expect(order).toEqual(['one begins', 'elsewhere', 'one ends', 'two']);
  expect(said).toEqual(['image: another hermes is making it']);
  expect(locks()).toEqual([]);
});

test('a failure frees it, and so does the end of its owner', async () => {
  const fail = withImageLock(
    'u',
    () => {},
    () => Promise.reject(new Error('no')),
  );
  await expect(fail).rejects.toThrow('no');
  await withImageLock(
    'u',
    () => {},
    async () => {
      const [file = ''] = locks();
      const dead = spawnSync(process.execPath, ['-e', '']).pid;
      writeFileSync(join(cache, 'hermes', file), `${dead}\n`);
      await withImageLock(
        'u',
        () => {},
        async () => expect(existsSync(join(cache, 'hermes', file))).toBe(true),
      );
    },
  );
});
