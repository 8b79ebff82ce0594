/**
 * Our replica as a system under test: how it is started, when it serves, how clients talk to it.
 */
import { randomBytes } from 'node:crypto';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeId } from '../../base/node-name.ts';
import { Definite, type Op, type Outcome, type Value } from '../../base/operation.ts';
import { FAULTS } from './hermes-faults.ts';
import { MEMBERS, leaderOf } from './hermes-members.ts';
import { ask, connectTo, statusOf } from './hermes-admin.ts';
import { commandOf, outcomeOf, type Wire } from '../../base/translate.ts';
import type { Client, NodeInfo, Peek, Program, StartOptions, Target } from '../../system/system.ts';
import { decodeValue, keyOf } from '../../base/translate.ts';
import { FRAME_FORMAT } from '../../wire/frames.ts';
import { argsOf, resultOf } from '../../wire/resp-command.ts';
import type { RespClient } from './resp-client.ts';
import { withSpec } from './target-spec.ts';

export interface HermesOptions {
  /** A name of `protocols/protocols.ts`. */
  readonly protocol: string;
  /** Planted bugs, by name. */
  readonly bugs?: readonly string[];
  /** Options of the protocol. */
  readonly options?: Readonly<Record<string, boolean | number>>;
  /** Scale of all timers of the replicas. Default 1. */
  readonly timeScale?: number;
  /** Keys and values on the wire. Default: keys as they are, no filler. */
  readonly wire?: Wire;
  /** Folder of the traces of all replicas, `n1.trace.jsonl`, …; absent: none is written. */
  readonly traceDir?: string;
  /** 1: changes of state, 2: every message go to the node's log. Default 0. */
  readonly verbose?: 0 | 1 | 2;
}

/** Behind the name of a node: the file of its trace. */
export const NODE_TRACE = '.trace.jsonl';

const PLAIN: Wire = { keyPrefix: '', elementBytes: 0, valueBytes: 0 };
const OPERATIONS = ['read', 'write', 'cas', 'add', 'getset', 'append', 'delete'] as const;

/** What the replicas of one cluster know each other by. */
export interface HermesIdentity {
  readonly cluster: string;
  readonly secret: string;
}

/** An identity that no other cluster has. */
export function newIdentity(): HermesIdentity {
  return { cluster: randomBytes(8).toString('hex'), secret: randomBytes(32).toString('hex') };
}

/** The target of one cluster; without `identity` of a new one. */
export function hermesTarget(
  options: HermesOptions,
  identity: HermesIdentity = newIdentity(),
): Target {
  const wire = options.wire ?? PLAIN;
  const target: Target = {
    name: options.protocol,
    operations: OPERATIONS,
    frames: FRAME_FORMAT,
    program: (node, start) => replicaProgram(node, start, options, identity),
    ready: async (node, signal) => {
      const { state } = await statusOf(node, signal);
      if (state !== 'serving') throw new Error(`it says "${state}"`);
    },
    connect: (node, signal) => HermesClient.open(node, wire, signal),
    status: statusOf,
    leader: leaderOf,
    members: MEMBERS,
    faults: FAULTS,
    peek: (node, key, signal) => peek(node, key, wire, signal),
  };
  return withSpec(target, { kind: 'hermes', options: { ...options } }, { ...identity });
}

function replicaProgram(
  node: NodeInfo,
  start: StartOptions,
  options: HermesOptions,
  identity: HermesIdentity,
): Program {
  const entry = new URL(`../../node/main${extname(import.meta.url)}`, import.meta.url);
  const { host, port, peerPort } = node.listen;
  const peers = node.peers.map((peer) => `${number(peer.name)}=${peer.host}:${peer.port}`);
  const args = [
    fileURLToPath(entry),
    `--id=${number(node.name)}`,
    `--protocol=${options.protocol}`,
    `--listen=${host}:${port}`,
    `--peer-listen=${host}:${peerPort}`,
    `--data=${node.dataDir}`,
    `--cluster=${identity.cluster}`,
    '--secret-stdin',
    '--fault-points',
  ];
  if (peers.length > 0) args.push('--peers', peers.join(','));
  args.push('--acceptors', start.founders.map(number).join(','));
  if (node.socket !== undefined) args.push('--socket', node.socket);
  if (start.bootstrap) args.push('--bootstrap');
  if (options.timeScale !== undefined) args.push('--time-scale', String(options.timeScale));
  if ((options.bugs?.length ?? 0) > 0) args.push('--bug', (options.bugs ?? []).join(','));
  const chosen = Object.entries(options.options ?? {}).map(([name, value]) => `${name}=${value}`);
  if (chosen.length > 0) args.push('--option', chosen.join(','));
  const trace = options.traceDir && join(options.traceDir, `${node.name}${NODE_TRACE}`);
  if (trace !== undefined) args.push('--trace', trace);
  if (options.verbose === 1) args.push('-v');
  if (options.verbose === 2) args.push('-vv');
  const stdin = `${identity.secret}\n`;
  return { command: process.execPath, args, stdin, ...(trace && { appendsTo: trace }) };
}

function number(name: string): number {
  const id = nodeId(name);
  if (id === undefined) throw new RangeError(`not the name of a node: ${name}`);
  return id + 1;
}

class HermesClient implements Client {
  readonly closed: Promise<void>;
  readonly #resp: RespClient;
  readonly #wire: Wire;

  private constructor(resp: RespClient, wire: Wire) {
    this.#resp = resp;
    this.#wire = wire;
    this.closed = resp.closed;
  }

  static async open(node: NodeInfo, wire: Wire, signal: AbortSignal): Promise<HermesClient> {
    return new HermesClient(await connectTo(node, signal), wire);
  }

  async invoke(op: Op): Promise<Outcome | Value> {
    const command = commandFor(op, this.#wire);
    const reply = await this.#resp.request(argsOf(command));
    return outcomeOf(op, resultOf(command, reply), this.#wire);
  }

  async close(): Promise<void> {
    this.#resp.close();
  }
}

/** An operation that cannot be asked for was not carried out. */
function commandFor(op: Op, wire: Wire): ReturnType<typeof commandOf> {
  try {
    return commandOf(op, wire);
  } catch (error) {
    throw new Definite((error as Error).message);
  }
}

async function peek(node: NodeInfo, key: number, wire: Wire, signal: AbortSignal): Promise<Peek> {
  const said = (await ask(node, ['HERMES', 'PEEK', keyOf(key, wire)], signal)) as {
    value: { utf8?: string; b64?: string } | null;
    ts: unknown;
    state: string;
  };
  const { value, ts, state } = said;
  const bytes =
    value === null
      ? null
      : value.b64 === undefined
        ? Buffer.from(value.utf8 ?? '', 'utf8')
        : Buffer.from(value.b64, 'base64');
  const printed = ts === null || typeof ts === 'string' ? ts : JSON.stringify(ts);
  return { value: decodeValue(bytes, wire), ts: printed, state };
}
