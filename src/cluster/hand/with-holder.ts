/**
 * Work on a running cluster by hand: its holder, its target, the names of its nodes.
 */
import type { NodeStatus } from '../../base/operation.ts';
import { UserError } from '../../base/user-error.ts';
import type { NodeInfo, Target } from '../../system/system.ts';
import { holderOf, type HolderClient } from '../holder/holder-client.ts';
import type { Description } from '../holder/holder-config.ts';
import { nameOfSpec, targetOfSpec } from '../targets/target-of-spec.ts';

/** Talks to the holder of a cluster while `act` lasts. Throws a `UserError` if it does not run. */
export async function withHolder<T>(
  cluster: string,
  act: (holder: HolderClient) => Promise<T>,
): Promise<T> {
  const holder = await holderOf(cluster);
  try {
    return await act(holder);
  } finally {
    holder.close();
  }
}

/** Names of all nodes that the cluster has now. */
export async function nodesOf(holder: HolderClient): Promise<string[]> {
  const { nodes } = await holder.call('describe', {});
  return nodes.map(({ name }) => name);
}

/** The node of a name. Throws a `UserError` on a stranger. */
export function nodeOf(
  { nodes }: Pick<Description, 'nodes'>,
  name: string,
): Description['nodes'][number] {
  const node = nodes.find((each) => each.name === name);
  if (node !== undefined) return node;
  throw new UserError(
    `there is no node ${name}.`,
    `Nodes: ${nodes.map((each) => each.name).join(', ')}.`,
  );
}

/** A target whose members can change. Throws a `UserError` on any other. */
export async function changeableTarget(
  spec: Description['target'],
): Promise<Target & Required<Pick<Target, 'members' | 'status'>>> {
  const target = await targetOfSpec(spec);
  if (target?.members !== undefined && target.status !== undefined)
    return target as Target & Required<Pick<Target, 'members' | 'status'>>;
  throw new UserError(
    `the members of ${nameOfSpec(spec)} are fixed from the start.`,
    'Joining and leaving works on clusters of our replicas, and of targets with members and status.',
  );
}

/** What a node says of itself; undefined: it does not answer. */
export async function statusOf(
  target: Pick<Target, 'status'>,
  node: NodeInfo,
): Promise<NodeStatus | undefined> {
  return target.status?.(node, AbortSignal.timeout(STATUS_WITHIN_MS)).catch(() => undefined);
}

const STATUS_WITHIN_MS = 400;
