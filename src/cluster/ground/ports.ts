/**
 * Ports of this machine: which are free, and who has one that is not.
 */
import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { promisify } from 'node:util';

/** Below the range from which systems draw ports of outgoing connections. */
const LOWEST = 20_000;
const HIGHEST = 32_000;
const TRIES = 200;

/** True: a listener on `host:port` would succeed now. */
export function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** So many different free ports. Another program may take one before it is used: the caller tries again. */
export async function freePorts(host: string, count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let i = 0; i < TRIES && found.size < count; i++) {
    const port = randomInt(LOWEST, HIGHEST);
    if (!found.has(port) && (await isFree(host, port))) found.add(port);
  }
  if (found.size < count) throw new Error(`no ${count} free ports on ${host}`);
  return [...found];
}

/** The program that listens on a TCP port, as far as this user may know: `pid 4711, redis-server`. */
export async function whoHas(port: number): Promise<string | undefined> {
  const pid = process.platform === 'linux' ? await pidOfLinux(port) : await pidOfLsof(port);
  if (pid === undefined) return undefined;
  const name = await programName(pid);
  return name === undefined ? `pid ${pid}` : `pid ${pid}, ${name}`;
}

async function programName(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const comm = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => undefined);
    return comm?.trim();
  }
  const said = await run('ps', ['-o', 'comm=', '-p', String(pid)]);
  return said?.trim() === '' ? undefined : said?.trim();
}

async function pidOfLsof(port: number): Promise<number | undefined> {
  const said = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fp']);
  const pid = /^p(\d+)/m.exec(said ?? '')?.[1];
  return pid === undefined ? undefined : Number(pid);
}

async function run(command: string, args: readonly string[]): Promise<string | undefined> {
  return promisify(execFile)(command, [...args]).then(
    ({ stdout }) => stdout,
    () => undefined,
  );
}

/** The kernel's table gives the socket's inode; the open files of processes give its owner. */
async function pidOfLinux(port: number): Promise<number | undefined> {
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readFile(table, 'utf8').catch(() => '');
    for (const line of text.split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const listens = state === '0A' && Number.parseInt(local.split(':')[1] ?? '', 16) === port;
      if (listens) inodes.add(`socket:[${inode}]`);
    }
  }
  if (inodes.size === 0) return undefined;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const owners = await Promise.all(pids.map((pid) => holds(pid, inodes)));
  const owner = pids[owners.indexOf(true)];
  return owner === undefined ? undefined : Number(owner);
}

async function holds(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(
    files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => '')),
  );
  return links.some((link) => inodes.has(link));
}
