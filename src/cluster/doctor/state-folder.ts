/** Can the state folder hold clusters: writable, sockets work in it, and how long a fsync takes. */
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { clusterDir, FILES, makeStateRoot, stateRoot } from '../state/state-folder.ts';
import { fails, works, type Finding } from './finding.ts';

/** Writes of one fsync measurement. */
const SYNCS = 15;
/** Above this a durable log paces a cluster. */
const SLOW_SYNC_MS = 20;
/** The kernel's limit on the path of a socket: 108 bytes on Linux, 104 on macOS, one of them for its end. */
const SOCKET_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/** Works in a folder of its own inside the state folder and removes what it made. */
export async function examineStateFolder(): Promise<Finding[]> {
  const root = stateRoot();
  const mend = 'Set HERMES_STATE to a folder of yours on a local disk.';
  const made = existsSync(root) ? undefined : firstMissing(root);
  let folder: string | undefined;
  try {
    makeStateRoot();
    folder = mkdtempSync(join(root, '.doctor-'));
    const socket = await socketTrouble(join(folder, 's'));
    return [
      works('machine', 'state-folder', `${root}, writable`, true),
      socket === undefined
        ? sockets()
        : fails('machine', 'sockets', `in ${root}: ${socket}`, mend, true),
      disk(syncTimes(join(folder, 'log'))),
    ];
  } catch (error) {
    return [fails('machine', 'state-folder', (error as Error).message, mend, true)];
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    if (made !== undefined) removeEmpty(root, made);
  }
}

function sockets(): Finding {
  const longest = Buffer.byteLength(FILES.control(clusterDir('default')));
  return works(
    'machine',
    'sockets',
    `of clients: ${longest} bytes of path, ${SOCKET_PATH_BYTES} fit`,
    true,
  );
}

function disk(times: readonly number[]): Finding {
  const sorted = times.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] as number;
  const worst = sorted.at(-1) as number;
  const says = `fsync ${median.toFixed(2)} ms, at worst ${worst.toFixed(1)} ms (${times.length} writes)`;
  if (median <= SLOW_SYNC_MS) return works('machine', 'disk', says);
  return fails('machine', 'disk', says, 'Set HERMES_STATE to a folder on a faster disk.');
}

/** Milliseconds of each append and its fdatasync. */
function syncTimes(path: string): number[] {
  const file = openSync(path, 'w');
  try {
    return Array.from({ length: SYNCS }, () => {
      const began = performance.now();
      writeSync(file, Buffer.alloc(256));
      fdatasyncSync(file);
      return performance.now() - began;
    });
  } finally {
    closeSync(file);
  }
}

/** Why a unix socket cannot be bound there; undefined: it can. */
function socketTrouble(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', (error) => resolve(error.message));
    server.listen(path, () => server.close(() => resolve(undefined)));
  });
}

/** The uppermost folder of a path that does not exist. */
function firstMissing(path: string): string {
  const parent = dirname(path);
  return existsSync(parent) ? path : firstMissing(parent);
}

/** Removes a folder and those above it up to `last`, as long as nobody has put anything into them. */
function removeEmpty(path: string, last: string): void {
  try {
    rmdirSync(path);
  } catch {
    return;
  }
  if (path !== last) removeEmpty(dirname(path), last);
}
