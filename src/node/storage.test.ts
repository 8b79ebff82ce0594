import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../base/user-error.ts';
import { GroupWriter, readLog } from './log-file.ts';
import { type LogFile, Storage } from './storage.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hermes-storage-'));
});
afterEach(() => rm(dir, { recursive: true }));

const log = (): string => join(dir, 'log');
const ignore = {
  onDurable: (): void => {},
  onFailure: (error: Error): void => {
    throw error;
  },
};

async function write(...groups: string[][]): Promise<void> {
  const { storage } = await Storage.open(dir, ignore);
  for (const group of groups) {
    for (const record of group) storage.append(Buffer.from(record));
    storage.flush();
    // Groups are what is told apart here: one after the other.
    // eslint-disable-next-line no-await-in-loop
    await storage.reload();
  }
  await storage.close();
}

async function read(): Promise<{ records: string[]; last: number; cutBytes: number }> {
  const { storage, records, cutBytes } = await Storage.open(dir, ignore);
  await storage.close();
  return { records: records.map(String), last: storage.lastLsn, cutBytes };
}

describe('a log', () => {
  test('holds what was written, over any number of starts', async () => {
    await write(['a', 'b'], ['c']);
    await write(['', 'd'.repeat(10_000)]);
    expect(await read()).toEqual({
      records: ['a', 'b', 'c', '', 'd'.repeat(10_000)],
      last: 5,
      cutBytes: 0,
    });
  });

  test('cut at any byte of its last group loses that group and nothing else', async () => {
    await write(['first', 'second'], ['third']);
    const whole = await readFile(log());
    const start = readLog(whole).soundBytes - (28 + 6);
    for (let length = start; length < whole.length; length++) {
      // eslint-disable-next-line no-await-in-loop
      await writeFile(log(), whole.subarray(0, length));
      // eslint-disable-next-line no-await-in-loop
      expect(await read()).toEqual({
        records: ['first', 'second'],
        last: 2,
        cutBytes: length - start,
      });
    }
    await write(['after']);
    expect(await read()).toMatchObject({ records: ['first', 'second', 'after'], last: 3 });
  });

  test('whose last group was written only in part, in any order, loses that group', async () => {
    await write(['first'], ['x'.repeat(5000)]);
    const bytes = await readFile(log());
    bytes.fill(0, bytes.length - 4096);
    await writeFile(log(), bytes);
    expect(await read()).toMatchObject({ records: ['first'] });
    await write(['next'], ['y']);
    const header = await readFile(log());
    header.fill(0, header.length - 30, header.length - 20);
    await writeFile(log(), header);
    expect(await read()).toMatchObject({ records: ['first', 'next'] });
  });

  test('damaged at any byte before its last group is refused, with file and offset', async () => {
    await write(['first'], ['second'], ['last']);
    const whole = await readFile(log());
    const second = 28 + 6;
    const third = second + 28 + 7;
    for (let at = 0; at < third; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] as number) ^ 0x10;
      // eslint-disable-next-line no-await-in-loop
      await writeFile(log(), damaged);
      const offset = at < second ? 0 : second;
      // eslint-disable-next-line no-await-in-loop
      await expect(read()).rejects.toThrow(`${log()} is damaged at offset ${offset}`);
    }
    await expect(read()).rejects.toBeInstanceOf(UserError);
  });

  test('of garbage alone is torn from its start', async () => {
    await appendFile(log(), 'not a log');
    expect(await read()).toEqual({ records: [], last: 0, cutBytes: 9 });
    await truncate(log(), 0);
    expect(await read()).toMatchObject({ records: [] });
  });
});

describe('checkpoints', () => {
  test('stand for everything before them; positions go on', async () => {
    await write(['a'], ['b']);
    const { storage } = await Storage.open(dir, ignore);
    storage.append(Buffer.from('dropped'));
    expect(storage.checkpoint([Buffer.from('A'), Buffer.from('B')])).toBe(4);
    expect(storage.append(Buffer.from('c'))).toBe(5);
    expect((await storage.reload()).map(String)).toEqual(['A', 'B', 'c']);
    expect(storage.append(Buffer.from('d'))).toBe(6);
    await storage.close();
    expect(await read()).toEqual({ records: ['A', 'B', 'c', 'd'], last: 6, cutBytes: 0 });
  });

  test('may be empty, and a crash before the rename leaves the old log', async () => {
    await write(['a']);
    await writeFile(join(dir, 'log.new'), new GroupWriter().take(9).bytes);
    expect(await read()).toMatchObject({ records: ['a'] });
    const { storage } = await Storage.open(dir, ignore);
    storage.checkpoint([]);
    await storage.close();
    expect(await read()).toMatchObject({ records: [], last: 2 });
  });
});

/** A file whose syncs are let through, or fail, one by one. */
function slowFile(): { file: LogFile; syncs: ((error?: Error) => void)[]; writes: number[] } {
  const syncs: ((error?: Error) => void)[] = [];
  const writes: number[] = [];
  const file: LogFile = {
    write: async (bytes) => void writes.push(bytes.length),
    sync: () =>
      new Promise((done, failed) => syncs.push((error) => (error ? failed(error) : done()))),
    close: async () => {},
  };
  return { file, syncs, writes };
}

const turn = (): Promise<void> =>
  new Promise((done) => {
    setImmediate(done);
  });

describe('group commit', () => {
  test('has one sync in flight; what comes meanwhile goes into the next', async () => {
    const { file, syncs, writes } = slowFile();
    const durable: number[] = [];
    const { storage } = await Storage.open(dir, {
      ...ignore,
      onDurable: (lsn) => durable.push(lsn),
      openFile: async () => file,
    });
    storage.append(Buffer.from('1'));
    storage.flush();
    await turn();
    for (const record of ['2', '3', '4']) {
      storage.append(Buffer.from(record));
      storage.flush();
    }
    await turn();
    expect([writes.length, syncs.length, durable]).toEqual([1, 1, []]);
    syncs[0]?.();
    await turn();
    expect([writes.length, syncs.length, durable]).toEqual([2, 2, [1]]);
    syncs[1]?.();
    await turn();
    expect(durable).toEqual([1, 4]);
    expect(storage.durableLsn).toBe(4);
  });

  test('a sync that fails is told once and never tried again', async () => {
    const { file, syncs } = slowFile();
    const failures: string[] = [];
    const { storage } = await Storage.open(dir, {
      onDurable: () => expect.fail('nothing became durable'),
      onFailure: (error) => failures.push(error.message),
      openFile: async () => file,
    });
    storage.append(Buffer.from('1'));
    storage.flush();
    await turn();
    syncs[0]?.(new Error('EIO'));
    await turn();
    storage.append(Buffer.from('2'));
    storage.flush();
    await turn();
    expect([failures, syncs.length]).toEqual([['EIO'], 1]);
  });
});
