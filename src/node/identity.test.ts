import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../base/user-error.ts';
import { lockFolder, makeDataFolder, nextIncarnation, storeIncarnation } from './identity.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hermes-identity-'));
});
afterEach(() => rm(dir, { recursive: true }));

const WALL = 1_700_000_000_000;
const N1 = { id: 0, cluster: 'c' };

describe('incarnations', () => {
  test('begin with 1 and grow from then on', async () => {
    expect(await nextIncarnation(dir, N1, true, WALL)).toBe(1);
    await storeIncarnation(dir, N1, 1);
    expect(await nextIncarnation(dir, N1, false, WALL)).toBe(WALL);
    expect(await nextIncarnation(dir, N1, false, WALL - 5000)).toBe(WALL + 1);
    expect(await readFile(join(dir, 'incarnation'), 'utf8')).toBe(`${WALL + 1} n1 c\n`);
  });

  test('of a first boot that never finished: it is begun again, with or without --bootstrap', async () => {
    expect(await nextIncarnation(dir, N1, true, WALL)).toBe(1);
    await writeFile(join(dir, 'log'), '');
    expect(await nextIncarnation(dir, N1, true, WALL)).toBe(1);
    expect(await nextIncarnation(dir, N1, false, WALL)).toBe(1);
    await storeIncarnation(dir, N1, 1);
    expect(await nextIncarnation(dir, N1, false, WALL)).toBe(WALL);
  });

  test('of a replica that lost its disk come from the wall clock', async () => {
    expect(await nextIncarnation(dir, N1, false, WALL)).toBe(WALL);
  });

  test('--bootstrap wants an empty folder', async () => {
    await storeIncarnation(dir, N1, 1);
    await expect(nextIncarnation(dir, N1, true, WALL)).rejects.toThrow(/not empty \(incarnation\)/);
    await rm(join(dir, 'incarnation'));
    await writeFile(join(dir, 'photos'), '');
    await expect(nextIncarnation(dir, N1, true, WALL)).rejects.toThrow(UserError);
  });

  test('the folder of another cluster is refused, with and without --bootstrap', async () => {
    await storeIncarnation(dir, { id: 0, cluster: 'before' }, 4);
    const message = /belongs to the cluster "before", not to "c"/;
    await expect(nextIncarnation(dir, N1, false, WALL)).rejects.toThrow(message);
    await expect(nextIncarnation(dir, N1, true, WALL)).rejects.toThrow(message);
  });

  test('the folder of another replica, or a damaged file, is refused', async () => {
    await storeIncarnation(dir, { id: 1, cluster: 'c' }, 4);
    await expect(nextIncarnation(dir, N1, false, WALL)).rejects.toThrow(
      /data folder of n2, not of n1/,
    );
    await writeFile(join(dir, 'incarnation'), 'what');
    await expect(nextIncarnation(dir, N1, false, WALL)).rejects.toThrow(
      /does not hold an incarnation/,
    );
  });
});

describe('the lock', () => {
  test('of a process that is gone is taken over, also when its pid was given out again', async () => {
    for (const stale of ['999999999 1\n', `${process.ppid} 1\n`, `${process.pid} 1\n`, '', 'x']) {
      // eslint-disable-next-line no-await-in-loop
      await writeFile(join(dir, 'lock'), stale);
      // eslint-disable-next-line no-await-in-loop
      await (
        await lockFolder(dir)
      )();
    }
  });

  test('of a living process is respected', async () => {
    const stat = await readFile(`/proc/${process.ppid}/stat`, 'utf8').catch(() => undefined);
    const start = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 'unknown';
    await writeFile(join(dir, 'lock'), `${process.ppid} ${start}\n`);
    await expect(lockFolder(dir)).rejects.toThrow(`in use by process ${process.ppid}`);
  });
});

test('a folder that cannot be made is one sentence', async () => {
  await writeFile(join(dir, 'file'), '');
  await expect(makeDataFolder(join(dir, 'file', 'n1'))).rejects.toThrow(
    /cannot write to the data folder/,
  );
  await makeDataFolder(join(dir, 'a', 'b'));
});
