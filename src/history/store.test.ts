import { mkdir, mkdtemp, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRun, locate } from './store.ts';

let store: string;
const at = (second: number) => new Date(Date.UTC(2026, 10, 20, 20, 31, second));

beforeAll(async () => {
  store = join(await mkdtemp(join(tmpdir(), 'hermes-store-')), 'histories');
  for (const [workload, seed, second] of [
    ['rmw', 7, 1],
    ['register', 7, 2],
    ['rmw', 8, 3],
    ['./mine.ts', 9, 4],
    ['rmw', 8, 3],
  ] as const) {
    const run = await createRun({ store, workload, seed, startedAt: at(second) });
    await writeFile(run.history, '{"hermes":1}\n');
    await writeFile(run.plan, '{}');
  }
});
afterAll(() => rm(join(store, '..'), { recursive: true }));

test('folders are named by time and seed; links point to the latest', async () => {
  expect(await readlink(join(store, 'latest'))).toBe('rmw/20261120T203103Z-8-2');
  expect(await readlink(join(store, 'rmw', 'latest'))).toBe('20261120T203103Z-8-2');
  expect(await readlink(join(store, 'mine', 'latest'))).toBe('20261120T203104Z-9');
});

test.each([
  [undefined, 'rmw/20261120T203103Z-8-2'],
  ['@/rmw/20261120T203101Z-7', 'rmw/20261120T203101Z-7'],
  ['@/rmw/20261120T203101Z-7/plan.json', 'rmw/20261120T203101Z-7'],
  ['@/rmw/20261120T203101Z-7/history.jsonl', 'rmw/20261120T203101Z-7'],
  ['@/rmw/20261120T203101Z-7/nodes', undefined],
  ['@/register', 'register/20261120T203102Z-7'],
  ['@/rmw/latest', 'rmw/20261120T203103Z-8-2'],
  ['@', 'rmw/20261120T203103Z-8-2'],
  ['7', 'register/20261120T203102Z-7'],
  ['8', 'rmw/20261120T203103Z-8-2'],
  ['10', undefined],
  ['@/none', undefined],
])('%s is found', async (argument, expected) => {
  const found = locate(argument?.replace('@', store), store);
  if (expected === undefined) await expect(found).rejects.toThrow(/history/);
  else
    expect(await found).toMatchObject({
      history: join(store, expected, 'history.jsonl'),
      run: { dir: join(store, expected) },
    });
});

test('without links the newest name is the latest', async () => {
  await rm(join(store, 'latest'));
  expect((await locate(undefined, store)).run?.dir).toBe(join(store, 'mine/20261120T203104Z-9'));
});

test('a history file of any other name stands for itself', async () => {
  const path = join(store, 'rmw', 'latest', 'copy.jsonl');
  await writeFile(path, '');
  expect(await locate(path, store)).toEqual({ history: path });
});

test('an empty store, and a place where no folder can be made, are said so', async () => {
  await expect(locate(undefined, join(store, 'empty'))).rejects.toThrow('there is no run in');
  await mkdir(join(store, 'x'), { recursive: true });
  await writeFile(join(store, 'x', 'file'), '');
  await expect(
    createRun({ store: join(store, 'x', 'file'), workload: 'w', seed: 1, startedAt: at(0) }),
  ).rejects.toThrow('no folder for the run can be made');
});
