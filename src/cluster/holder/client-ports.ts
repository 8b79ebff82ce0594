/**
 * The ports on which people reach a cluster's nodes: node n at base + n, in blocks of 20.
 */
import { UserError } from '../../base/user-error.ts';
import { isFree, whoHas } from '../ground/ports.ts';

export const DEFAULT_BASE_PORT = 7100;
const BLOCK = 20;
const LAST_BASE = 9900;
const HOST = '127.0.0.1';

/**
 * The base of a block whose ports `base + 1 … base + count` are free. `wanted`: that one or a
 * `UserError` that names the port and, where it can be found, the program that has it.
 */
export async function choosePorts(wanted: number | undefined, count: number): Promise<number> {
  if (wanted !== undefined) {
    const taken = await firstTaken(wanted, count);
    if (taken !== undefined) throw await portTaken(taken, wanted, count);
    return wanted;
  }
  const step = Math.ceil(count / BLOCK) * BLOCK;
  for (let base = DEFAULT_BASE_PORT; base <= LAST_BASE; base += step)
    if ((await firstTaken(base, count)) === undefined) return base;
  throw new UserError(
    `no ${count} free ports in a row between ${DEFAULT_BASE_PORT} and ${LAST_BASE + BLOCK}.`,
    'Name others with --base-port, or stop clusters: hermes cluster down --all',
  );
}

async function firstTaken(base: number, count: number): Promise<number | undefined> {
  const ports = Array.from({ length: count }, (_, i) => base + 1 + i);
  const free = await Promise.all(ports.map((port) => isFree(HOST, port)));
  return ports[free.indexOf(false)];
}

async function portTaken(port: number, base: number, count: number): Promise<UserError> {
  const owner = await whoHas(port);
  const next = base + Math.ceil((count + 1) / BLOCK) * BLOCK;
  return new UserError(
    `port ${port} is taken by another program${owner === undefined ? '' : ` (${owner})`}.`,
    `Choose another range with --base-port ${next}, or stop that program.`,
  );
}
