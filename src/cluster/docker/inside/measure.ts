/**
 * What can be done to the packets of a container, tried in one that has nothing to do with any cluster.
 * Entry of that container's program: prints one line of JSON and ends.
 */
import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tryCopies, tryNetem, tryRate } from '../../netns/shaping-abilities.ts';
import type { Site } from '../../netns/site.ts';
import { tool } from '../../netns/tool.ts';

/** Each: true, or why not. */
export interface PacketMeans {
  readonly drop: true | string;
  readonly loss: true | string;
  readonly disconnect: true | string;
  readonly netem: true | string;
  readonly rate: true | string;
  readonly copies: true | string;
}

const HOST = '127.0.0.1';
/** How long a killed connection may take to end, in ms. */
const KILLED_MS = 500;

const here: Site = {
  device: 'lo',
  addresses: () => [HOST],
  run: (_node, argv, input = '') => tool(argv, { input }),
};

async function attempt(work: () => Promise<unknown>): Promise<true | string> {
  try {
    await work();
    return true;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A rule can be put in and taken out again. */
async function tryRule(match: readonly string[]): Promise<void> {
  const rule = ['OUTPUT', '-d', '192.0.2.1', ...match, '-j', 'DROP'];
  await tool(['iptables', '-w', '5', '-A', ...rule]);
  await tool(['iptables', '-w', '5', '-D', ...rule]);
}

/** Kills a connection of this container with itself. */
async function tryKill(): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => {}));
  server.listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, HOST);
  try {
    await once(socket, 'connect');
    socket.on('error', () => {});
    const closed = new Promise<void>((resolve, reject) => {
      const why = 'the kernel resets no connections from outside (INET_DIAG_DESTROY)';
      setTimeout(() => reject(new Error(why)), KILLED_MS).unref();
      socket.once('close', () => resolve());
    });
    await tool(['ss', '-HKtn', `( dst ${HOST} and dport = :${port} )`]);
    await closed;
  } finally {
    socket.destroy();
    server.close();
  }
}

async function measure(): Promise<PacketMeans> {
  const drop = await attempt(() => tryRule([]));
  const statistic = ['-m', 'statistic', '--mode', 'random', '--probability', '0.5'];
  // One after the other: they share the loopback interface and the table of rules.
  const loss = await attempt(() => tryRule(statistic));
  const netem = await tryNetem(here, '');
  const rate = await tryRate(here, '');
  const copies = await tryCopies(here, 'iptables', '');
  return { drop, loss, disconnect: await attempt(tryKill), netem, rate, copies };
}

process.stdout.write(`${JSON.stringify(await measure())}\n`);
