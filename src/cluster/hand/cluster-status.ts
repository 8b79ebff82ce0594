/**
 * A running cluster as its holder and its nodes describe it: what `hermes cluster status` prints.
 */
import { nodeName } from '../../base/node-name.ts';
import type { NodeName, NodeStatus } from '../../base/operation.ts';
import type { Fault } from '../../faults/fault.ts';
import type { NodeInfo, Target } from '../../system/system.ts';
import type { HolderClient } from '../holder/holder-client.ts';
import type { Description, TargetSpec } from '../holder/holder-config.ts';
import { mostNamed } from '../../faults/standing.ts';
import { nameOfSpec, targetOfSpec } from '../targets/target-of-spec.ts';
import { latest } from './view-text.ts';

const ANSWER_WITHIN_MS = 400;

export interface NodeReport {
  readonly name: NodeName;
  /** `host:port` where clients dial. */
  readonly address: string;
  /**
   * What the node says of itself; `silent`: it was asked and said nothing; `running`: it cannot be
   * asked; `down`, `paused`, and `left` of one whose program was ended: so says the holder.
   */
  readonly state: NodeStatus['state'] | 'silent' | 'running';
  readonly pid: number | null;
  readonly starts: number;
  readonly log: string;
  readonly status?: NodeStatus;
}

export interface ClusterReport {
  readonly name: string;
  readonly runtime: string;
  /** Of our replicas; the name of another system. */
  readonly protocol: string;
  /** `hermes`: our replicas, which speak RESP. */
  readonly system: TargetSpec['kind'];
  readonly links: string;
  readonly upMs: number;
  readonly nodes: readonly NodeReport[];
  /** The latest view that a node tells of; absent: nobody told of one. */
  readonly view?: {
    readonly epoch: number;
    readonly members: readonly NodeName[];
    /** Members that are still copying the data. */
    readonly copying: readonly NodeName[];
  };
  /** Who proposes views, as most nodes say; null: nobody; absent: the system has no such role. */
  readonly leader?: NodeName | null;
  /** Nodes of the start, some of which may be gone. Where views are decided, it is by them. */
  readonly founders: readonly NodeName[];
  /** Faults that are on now. */
  readonly faults: readonly Fault[];
}

/** Asks the holder, then every node that runs. */
export async function clusterReport(holder: HolderClient): Promise<ClusterReport> {
  const description = await holder.call('describe', {});
  const target = await targetOfSpec(description.target);
  const { name, runtime, links, startedAt, faults, founders } = description;
  const nodes = await Promise.all(
    description.nodes.map((node) => nodeReport(node, description, target)),
  );
  return {
    name,
    runtime,
    protocol: nameOfSpec(description.target),
    system: description.target.kind,
    links,
    upMs: Date.now() - startedAt,
    nodes,
    ...membershipOf(nodes.map(({ status }) => status)),
    founders,
    faults,
  };
}

function membershipOf(
  said: readonly (NodeStatus | undefined)[],
): Pick<ClusterReport, 'view' | 'leader'> {
  const newest = latest(said);
  if (newest?.leader === undefined) return {};
  const { epoch, members, copying = [] } = newest;
  const leader = mostNamed(said.map((status) => status?.leader));
  return {
    view: {
      epoch,
      members: members.map(({ id }) => nodeName(id)),
      copying: copying.map(nodeName),
    },
    leader: leader === undefined ? null : nodeName(leader),
  };
}

async function nodeReport(
  node: Description['nodes'][number],
  { logDir, left }: Description,
  target: Target | undefined,
): Promise<NodeReport> {
  const { name, host, port, pid, starts } = node;
  const status = node.state === 'running' ? await ask(node, target) : undefined;
  const unasked = target?.status === undefined ? 'running' : 'silent';
  const ended = left.includes(name) && node.state === 'down' ? 'left' : node.state;
  const state = ended === 'running' ? (status?.state ?? unasked) : ended;
  const address = `${host}:${port}`;
  const log = `${logDir}/${name}.log`;
  return { name, address, state, pid, starts, log, ...(status === undefined ? {} : { status }) };
}

async function ask(node: NodeInfo, target: Target | undefined): Promise<NodeStatus | undefined> {
  return target?.status?.(node, AbortSignal.timeout(ANSWER_WITHIN_MS)).catch(() => undefined);
}
