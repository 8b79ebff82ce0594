/**
 * Who a replica is: `(id, incarnation)`. `DATA/incarnation` is on disk before the first message
 * leaves. A first boot (`--bootstrap`, on an empty folder) is incarnation 1; each later one is higher
 * than all before it, and an empty folder without `--bootstrap` starts from the wall clock, so that a
 * replica that lost its disk is never taken for its former self.
 *
 * A first boot is not over before its first record is on disk: until then the file says incarnation 0.
 * A replica that died in between has said nothing to anybody, and whatever starts it next begins the
 * first boot again; so it never comes back as one that forgot what it promised.
 */
import { link, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { nodeName } from '../base/node-name.ts';
import type { NodeId } from '../base/operation.ts';
import { UserError } from '../base/user-error.ts';
import { LOG, syncFolder } from './storage.ts';

const FILE = 'incarnation';
const LOCK = 'lock';

/** Makes the data folder. Throws a `UserError` where that cannot be. */
export async function makeDataFolder(dir: string): Promise<void> {
  try {
    await makeFolder(resolve(dir));
    const probe = join(dir, `.probe-${process.pid}`);
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    throw new UserError(
      `cannot write to the data folder ${dir}: ${(error as Error).message}`,
      'Give another one with --data, or mend its rights.',
    );
  }
}

/** Makes a folder and those above it. Node's own way never returns where the kernel says ENOENT (/proc). */
async function makeFolder(dir: string): Promise<void> {
  const make = (): Promise<void> =>
    mkdir(dir, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  await make().catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || dirname(dir) === dir) throw error;
    await makeFolder(dirname(dir));
    await make();
  });
}

/** Whose folder it is. */
export interface Owner {
  readonly id: NodeId;
  /** Name of its cluster: printable, without blanks. */
  readonly cluster: string;
}

/** Incarnation of a first boot, and what the file says until its first record is on disk. */
export const FIRST_INCARNATION = 1;
const UNFINISHED = 0;

/**
 * The incarnation of this boot, on disk when the promise resolves; of a first boot only that it is
 * under way, until `storeIncarnation` is called for it. Throws a `UserError` if the folder belongs to
 * another replica, or to another cluster: its log would tell the new one of views of the old one.
 * @param wallMs wall clock in ms, for boots after the first
 */
export async function nextIncarnation(
  dir: string,
  who: Owner,
  bootstrap: boolean,
  wallMs: number,
): Promise<number> {
  const stored = await readIncarnation(dir, who);
  if (stored === UNFINISHED) return FIRST_INCARNATION;
  if (bootstrap) {
    const files = (await readdir(dir)).filter((name) => name !== LOCK && !name.startsWith('.'));
    if (stored !== undefined || files.length > 0)
      throw new UserError(
        `--bootstrap is for the first start only, and ${dir} is not empty (${files.join(', ')})`,
        'Leave --bootstrap out to start again as a new incarnation, or give an empty folder.',
      );
    await storeIncarnation(dir, who, UNFINISHED);
    return FIRST_INCARNATION;
  }
  return storeIncarnation(dir, who, Math.max((stored ?? 0) + 1, Math.floor(wallMs)));
}

/** Stores an incarnation: new file, fsync, rename, fsync of the folder. Returns it. */
export async function storeIncarnation(
  dir: string,
  who: Owner,
  incarnation: number,
): Promise<number> {
  const fresh = join(dir, `${FILE}.new`);
  const handle = await open(fresh, 'w', 0o600);
  try {
    await handle.writeFile(`${incarnation} ${nodeName(who.id)} ${who.cluster}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, join(dir, FILE));
  await syncFolder(dir);
  return incarnation;
}

/**
 * Undoes a first boot that came to nothing before a message left (a port was taken): the same command
 * then works once that is mended.
 */
export async function forgetFirstBoot(dir: string): Promise<void> {
  await rm(join(dir, FILE), { force: true });
  await rm(join(dir, LOG), { force: true });
}

async function readIncarnation(dir: string, who: Owner): Promise<number | undefined> {
  const path = join(dir, FILE);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const [, number, name, cluster] = /^(\d{1,15}) (n\d+) ([!-~]+)\n$/.exec(text) ?? [];
  if (number === undefined)
    throw new UserError(
      `${path} does not hold an incarnation`,
      'Move the folder away: the replica then starts as a new incarnation.',
    );
  if (name !== nodeName(who.id))
    throw new UserError(
      `${dir} is the data folder of ${name}, not of ${nodeName(who.id)}`,
      'Each replica needs a folder of its own.',
    );
  if (cluster !== who.cluster)
    throw new UserError(
      `${dir} belongs to the cluster "${cluster}", not to "${who.cluster}"`,
      'Give the name of its cluster with --cluster. To begin a new cluster, give every replica an empty folder and --bootstrap.',
    );
  return Number(number);
}

/**
 * Takes the folder for this process: two replicas on one folder would be two nodes of one name.
 * A lock whose owner is gone (after SIGKILL) is taken over. Returns the way to let go.
 */
export async function lockFolder(dir: string): Promise<() => Promise<void>> {
  const path = join(dir, LOCK);
  const mine = `${process.pid} ${(await startOf(process.pid)) ?? 'unknown'}\n`;
  const own = join(dir, `.lock-${process.pid}`);
  try {
    await writeFile(own, mine);
    for (let tries = 0; tries < 5; tries++) {
      // eslint-disable-next-line no-await-in-loop
      if (await tryLink(own, path)) return async () => rm(path, { force: true });
      // eslint-disable-next-line no-await-in-loop
      await takeOver(dir, path);
    }
  } finally {
    await rm(own, { force: true });
  }
  throw inUse(dir, 'another process');
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a stale lock away; throws if its owner lives. */
async function takeOver(dir: string, path: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [number, start] = text.trim().split(' ');
  const pid = Number(number);
  if (Number.isInteger(pid) && pid > 0 && pid !== process.pid && (await lives(pid, start)))
    throw inUse(dir, `process ${pid}`);
  const aside = join(dir, `.stale-${process.pid}`);
  await rename(path, aside).catch(() => undefined);
  const moved = await readFile(aside, 'utf8').catch(() => text);
  // Another process was quicker and has locked anew: give its lock back.
  if (moved !== text) await tryLink(aside, path);
  await rm(aside, { force: true });
}

async function lives(pid: number, start: string | undefined): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = await startOf(pid);
  return now === undefined || start === undefined || start === 'unknown' || now === start;
}

/** When a process started, in the kernel's ticks: tells a pid from one that was given out again. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function inUse(dir: string, by: string): UserError {
  return new UserError(
    `the data folder ${dir} is in use by ${by}`,
    'Stop that replica first, or give this one a folder of its own with --data.',
  );
}
