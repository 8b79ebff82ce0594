/**
 * Faults that strike whoever leads: who that is turns out when they are applied.
 */
import type { NodeName } from '../base/operation.ts';
import type { Fault, FaultKind, Link } from '../faults/fault.ts';
import type { NodeInfo, Target } from '../system/system.ts';

/** Kinds that strike links, not programs. */
const OF_LINKS: ReadonlySet<FaultKind> = new Set([
  'partition',
  'disconnect',
  'loss',
  'link',
  'messages',
]);

/**
 * The fault with the present leader in its place, and, where its kind strikes links, with all of its.
 * Other faults as they are. Rejects when no node says who leads.
 */
export async function resolveLeader(
  fault: Fault,
  target: Target,
  infos: readonly NodeInfo[],
): Promise<Fault> {
  if (fault.nodes !== 'leader') return fault;
  const leader = await target.leader?.(infos);
  if (leader === undefined) throw new Error('no node says who the leader is');
  const nodes = [leader];
  if (!OF_LINKS.has(fault.kind) || fault.links.length > 0) return { ...fault, nodes };
  const others = infos.map(({ name }) => name).filter((name) => name !== leader);
  return { ...fault, nodes, links: linksBetween(leader, others) };
}

function linksBetween(node: NodeName, others: readonly NodeName[]): Link[] {
  return others.flatMap((other): Link[] => [
    [node, other],
    [other, node],
  ]);
}
