/**
 * What a replica says to `HERMES …`, over a connection of its own. Every connection to an address first
 * asks who is there: it may by now belong to a replica of another cluster.
 */
import type { NetConnectOpts } from 'node:net';
import type { NodeStatus } from '../../base/operation.ts';
import type { NodeInfo } from '../../system/system.ts';
import { WrongNode } from '../../system/wrong-node.ts';
import type { Reply } from '../../wire/resp.ts';
import { RespClient } from './resp-client.ts';

/** What a replica answered with an error. */
export class Refused extends Error {
  /** Without the code. */
  readonly reason: string;

  constructor(code: string, reason: string) {
    super(`${code} ${reason}`);
    this.reason = reason;
  }
}

/**
 * A connection to this node of this cluster and no other. Rejects with `WrongNode` if somebody else
 * answers there, with another error if nobody does before `signal` aborts.
 */
export async function connectTo(node: NodeInfo, signal: AbortSignal): Promise<RespClient> {
  const client = await RespClient.open(addressOf(node), signal);
  const late = (): void => client.close();
  signal.addEventListener('abort', late);
  try {
    if (signal.aborted) throw new Error('nobody answered in time');
    if (node.cluster === undefined) return client;
    const known = verify(client, node);
    // A socket lies in the folder of its cluster, where only a reset puts another one: what is asked
    // meanwhile goes unanswered then, and a replica that stands still can be asked.
    if (node.socket === undefined) await known;
    else known.catch(() => {});
    return client;
  } catch (error) {
    client.close();
    throw error;
  } finally {
    signal.removeEventListener('abort', late);
  }
}

function verify(client: RespClient, node: NodeInfo): Promise<unknown> {
  return client.request(['HERMES', 'WHO'], (reply) => {
    const found = reply.type === 'bulk' ? whoOf(reply.value.toString('utf8')) : undefined;
    if (found?.cluster === node.cluster && found?.name === node.name) return undefined;
    const there = found === undefined ? 'no replica of ours' : strangerOf(found, node);
    return new WrongNode(node.name, there);
  });
}

interface Who {
  readonly cluster: unknown;
  readonly name: unknown;
}

function whoOf(text: string): Who | undefined {
  try {
    const said: unknown = JSON.parse(text);
    return typeof said === 'object' && said !== null ? (said as Who) : undefined;
  } catch {
    return undefined;
  }
}

function strangerOf({ cluster, name }: Who, node: NodeInfo): string {
  return cluster === node.cluster ? `${String(name)} of the same cluster` : 'another cluster';
}

/** Where clients of this machine reach a node. */
function addressOf(node: NodeInfo): NetConnectOpts {
  return node.socket === undefined ? { host: node.host, port: node.port } : { path: node.socket };
}

/** Its answer as text. Rejects with `Refused` on an error, with another when there is no answer. */
export async function command(
  node: NodeInfo,
  words: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const client = await connectTo(node, signal);
  const late = (): void => client.close();
  signal.addEventListener('abort', late);
  if (signal.aborted) late();
  try {
    return textOf(await client.request(words));
  } finally {
    signal.removeEventListener('abort', late);
    client.close();
  }
}

/** Its answer parsed as JSON. */
export async function ask(
  node: NodeInfo,
  words: readonly string[],
  signal: AbortSignal,
): Promise<unknown> {
  return JSON.parse(await command(node, words, signal));
}

/** Rejects when the replica does not answer before `signal` aborts. */
export async function statusOf(node: NodeInfo, signal: AbortSignal): Promise<NodeStatus> {
  return (await ask(node, ['HERMES', 'STATUS'], signal)) as NodeStatus;
}

function textOf(reply: Reply): string {
  if (reply.type === 'bulk') return reply.value.toString('utf8');
  if (reply.type === 'simple') return reply.text;
  if (reply.type === 'error') throw new Refused(reply.code, reply.message);
  throw new Error(`a reply of type ${reply.type}`);
}
