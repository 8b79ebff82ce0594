/**
 * A running cluster as its holder and its nodes describe it: what `hermes cluster status` prints.
 */
import type { NodeName, NodeStatus } from '../../base/operation.ts';
import type { Fault } from '../../faults/fault.ts';
import type { NodeInfo, Target } from '../../system/system.ts';
import type { HolderClient } from '../holder/holder-client.ts';
import type { Description, TargetSpec } from '../holder/holder-config.ts';
import { nameOfSpec, targetOfSpec } from '../targets/target-of-spec.ts';

const ANSWER_WITHIN_MS = 400;

export interface NodeReport {
  readonly name: NodeName;
  /** `host:port` where clients dial. */
  readonly address: string;
  /**
   * What the node says of itself; `silent`: it was asked and said nothing; `running`: it cannot be
   * asked; `down`, `paused`: so says the holder.
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
  /** Faults that are on now. */
  readonly faults: readonly Fault[];
}

/** Asks the holder, then every node that runs. */
export async function clusterReport(holder: HolderClient): Promise<ClusterReport> {
  const description = await holder.call('describe', {});
  const target = await targetOfSpec(description.target);
  const { name, runtime, links, startedAt, faults } = description;
  return {
    name,
    runtime,
    protocol: nameOfSpec(description.target),
    system: description.target.kind,
    links,
    upMs: Date.now() - startedAt,
    nodes: await Promise.all(
      description.nodes.map((node) => nodeReport(node, description.logDir, target)),
    ),
    faults,
  };
}

async function nodeReport(
  node: Description['nodes'][number],
  logDir: string,
  target: Target | undefined,
): Promise<NodeReport> {
  const { name, host, port, pid, starts } = node;
  const status = node.state === 'running' ? await ask(node, target) : undefined;
  const unasked = target?.status === undefined ? 'running' : 'silent';
  const state = node.state === 'running' ? (status?.state ?? unasked) : node.state;
  const address = `${host}:${port}`;
  const log = `${logDir}/${name}.log`;
  return { name, address, state, pid, starts, log, ...(status === undefined ? {} : { status }) };
}

async function ask(node: NodeInfo, target: Target | undefined): Promise<NodeStatus | undefined> {
  return target?.status?.(node, AbortSignal.timeout(ANSWER_WITHIN_MS)).catch(() => undefined);
}
