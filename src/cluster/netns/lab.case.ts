/**
 * Process 1 of a cluster network in tests: lays it, starts an agent at each node, forwards datagrams
 * in the hub as the link proxy forwards frames, and does what it is told over IPC. Test only.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { fileURLToPath } from 'node:url';
import { LAB_PORT, type FromAgent, type ToAgent } from './lab-agent.case.ts';
import { nodeAddress, proxyAddress } from './addresses.ts';
import type { IptablesName } from './fault-rules.ts';
import { NetnsNetwork } from './netns-network.ts';
import { isClean } from './rules.ts';
import { insideNode } from './lay-network.ts';
import { tool } from './tool.ts';
import type { Counters } from '../ground/network.ts';
import type { Link } from '../../faults/fault.ts';

export type Order =
  | { readonly do: 'cut'; readonly id: number; readonly links: readonly Link[] }
  | {
      readonly do: 'lose';
      readonly id: number;
      readonly links: readonly Link[];
      readonly percent: number;
      readonly burst: number;
    }
  | { readonly do: 'undo' | 'counters'; readonly id: number }
  | { readonly do: 'disconnect'; readonly links: readonly Link[] }
  | { readonly do: 'clean' | 'heard' | 'destroy' }
  | { readonly do: 'agent'; readonly node: string; readonly order: ToAgent };

/** What was heard since the last time it was asked, by node. */
export type Heard = Record<string, FromAgent[]>;

async function lab(iptables: IptablesName, nodes: readonly string[]): Promise<void> {
  const network = new NetnsNetwork({ iptables });
  await network.create(nodes);
  const agents = new Map<string, ChildProcess>();
  const heard: Heard = {};
  for (const node of nodes) agents.set(node, await startAgent(network, node, (heard[node] = [])));
  const sockets = await forwarders(nodes);
  process.on('message', ({ number, order }: { number: number; order: Order }) => {
    obey(network, iptables, agents, heard, order)
      .then((answer) => process.send?.({ number, answer: answer ?? null }))
      .catch((error: Error) => process.send?.({ number, error: error.message }));
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ number: 0, answer: sockets.size });
}

async function obey(
  network: NetnsNetwork,
  iptables: IptablesName,
  agents: ReadonlyMap<string, ChildProcess>,
  heard: Heard,
  order: Order,
): Promise<Counters | number | boolean | Heard | readonly string[] | void> {
  const { packets } = network;
  if (typeof packets === 'string') throw new Error(packets);
  switch (order.do) {
    case 'cut':
      return packets.cut(order.id, order.links);
    case 'lose':
      return packets.lose(order.id, order.links, order.percent, order.burst);
    case 'undo':
    case 'counters':
      return packets[order.do](order.id);
    case 'disconnect':
      return packets.disconnect(order.links);
    case 'clean': {
      const saved = [...agents.keys()].map((node) =>
        tool([...insideNode(node), `${iptables}-save`]),
      );
      return (await Promise.all(saved)).every(isClean);
    }
    case 'heard': {
      const all = structuredClone(heard);
      for (const list of Object.values(heard)) list.length = 0;
      return all;
    }
    case 'agent':
      agents.get(order.node)?.send(order.order);
      return;
    case 'destroy':
      for (const agent of agents.values()) await ended(agent);
      return network.destroy();
  }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.on('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

function startAgent(
  network: NetnsNetwork,
  node: string,
  heard: FromAgent[],
): Promise<ChildProcess> {
  const entry = fileURLToPath(new URL('./lab-agent.case.ts', import.meta.url));
  const [command, ...args] = network.command(node, [process.execPath, entry, network.host(node)]);
  const child = spawn(command as string, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return new Promise((resolve) => {
    child.on('message', (message: FromAgent) => {
      if (message.type === 'ready') resolve(child);
      else heard.push(message);
    });
  });
}

/** In the hub, at 100 + j for each node j: what comes from i is sent on to j from 100 + i. */
async function forwarders(nodes: readonly string[]): Promise<Map<string, Socket>> {
  const sockets = new Map<string, Socket>();
  for (const to of nodes) {
    const socket = createSocket('udp4');
    sockets.set(nodeAddress(to), socket);
    socket.on('message', (text, { address }) =>
      sockets.get(address)?.send(text, LAB_PORT, nodeAddress(to)),
    );
    await new Promise<void>((resolve) => socket.bind(LAB_PORT, proxyAddress(to), resolve));
  }
  return sockets;
}

if (import.meta.main) await lab(process.argv[2] as IptablesName, process.argv.slice(3));
