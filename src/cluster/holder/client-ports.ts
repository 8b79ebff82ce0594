/**
 * The ports on which people reach a cluster's nodes: node n at base + n, in blocks of 20. They are
 * taken when they are chosen. The base itself, which no node uses, is held as long as the cluster
 * lives: between our giving a port back and a program's taking it, no other cluster gets the block.
 */
import { createServer, type AddressInfo, type Server } from 'node:net';
import { UserError } from '../../base/user-error.ts';
import { whoHas } from '../ground/ports.ts';

const FIRST_BASE = 7_100;
const LAST_BASE = 9_900;
const BLOCK = 20;
const HOST = '127.0.0.1';

/** Listeners on the ports `base + 1 …`, in order. */
export interface TakenPorts {
  readonly base: number;
  /** The listener on the base; undefined: somebody else has it, and the block was asked for. */
  readonly guard: Server | undefined;
  readonly servers: readonly Server[];
}

/**
 * Takes the ports of a block: the one that is `wanted`, or a `UserError` that names the port and, where
 * it can be found, the program that has it; otherwise the first free block after `skip` others.
 */
export async function takePorts(
  wanted: number | undefined,
  count: number,
  skip = 0,
): Promise<TakenPorts> {
  if (wanted !== undefined) {
    const servers = await takeAll(wanted, count);
    if (typeof servers === 'number') throw await portTaken(servers, wanted, count);
    return { base: wanted, guard: await take(wanted), servers };
  }
  const step = Math.ceil((count + 1) / BLOCK) * BLOCK;
  for (let base = FIRST_BASE + skip * step; base <= LAST_BASE; base += step) {
    const guard = await take(base);
    if (guard === undefined) continue;
    const servers = await takeAll(base, count);
    if (typeof servers !== 'number') return { base, guard, servers };
    guard.close();
  }
  throw new UserError(
    `no ${count} free ports in a row between ${FIRST_BASE} and ${LAST_BASE + BLOCK}.`,
    'Name others with --base-port, or stop clusters: hermes cluster down --all',
  );
}

/** A listener on the port that is wanted, or, if somebody has it, on any other. */
export async function takePort(wanted: number): Promise<{ port: number; server: Server }> {
  const server = (await take(wanted)) ?? (await take(0));
  if (server === undefined) throw new Error(`no free port on ${HOST}`);
  return { port: (server.address() as AddressInfo).port, server };
}

/** Gives the nodes' ports back. Resolves when a program may take them. */
export async function freePortsAgain({ servers }: Pick<TakenPorts, 'servers'>): Promise<void> {
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
  );
}

/** All of them, or the first port that is taken. */
async function takeAll(base: number, count: number): Promise<Server[] | number> {
  const tried = await Promise.all(Array.from({ length: count }, (_, i) => take(base + 1 + i)));
  const servers = tried.filter((server) => server !== undefined);
  if (servers.length === count) return servers;
  await freePortsAgain({ servers });
  return base + 1 + tried.indexOf(undefined);
}

function take(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer({ noDelay: true });
    server.once('error', () => resolve(undefined));
    server.listen({ host: HOST, port, exclusive: true }, () => resolve(server));
  });
}

async function portTaken(port: number, base: number, count: number): Promise<UserError> {
  const owner = await whoHas(port);
  const next = base + Math.ceil((count + 1) / BLOCK) * BLOCK;
  return new UserError(
    `port ${port} is taken by another program${owner === undefined ? '' : ` (${owner})`}.`,
    `Choose another range with --base-port ${next}, or stop that program.`,
  );
}
