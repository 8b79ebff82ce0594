/**
 * Faults that strike whoever leads: who that is turns out when they are applied.
 */
import type { Fault } from '../faults/fault.ts';
import { cut } from '../faults/shapes.ts';
import type { NodeInfo, Target } from '../system/system.ts';

/**
 * The fault with the present leader in its place, a partition with all of its links; other faults as
 * they are. Rejects when no node says who leads.
 */
export async function resolveLeader(
  fault: Fault,
  target: Pick<Target, 'leader'>,
  infos: readonly NodeInfo[],
): Promise<Fault> {
  if (fault.nodes !== 'leader') return fault;
  const leader = await target.leader?.(infos);
  if (leader === undefined) throw new Error('no node says who the leader is');
  const others = infos.map(({ name }) => name).filter((name) => name !== leader);
  const links = fault.kind === 'partition' ? cut([leader], others) : fault.links;
  return { ...fault, nodes: [leader], links };
}
