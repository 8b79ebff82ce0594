/**
 * What a replica says to `HERMES …`, over a connection of its own.
 */
import type { NetConnectOpts } from 'node:net';
import type { NodeStatus } from '../../base/operation.ts';
import type { NodeInfo } from '../../system/system.ts';
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

/** Where clients of this machine reach a node. */
export function addressOf(node: NodeInfo): NetConnectOpts {
  return node.socket === undefined ? { host: node.host, port: node.port } : { path: node.socket };
}

/** Its answer as text. Rejects with `Refused` on an error, with another when there is no answer. */
export async function command(
  node: NodeInfo,
  words: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const client = await RespClient.open(addressOf(node), signal);
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
