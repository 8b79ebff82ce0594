/**
 * What the nodes' own words, taken together, say: who holds the data, who leads, and whom a fault may
 * strike so that somebody is left. Pure.
 */
import { nodeName } from '../base/node-name.ts';
import type { NodeId, NodeName, NodeStatus } from '../base/operation.ts';

/** Nodes that hold all data: full members of the latest view that anybody knows, and that know it too. */
export function holdersOf(statuses: readonly NodeStatus[]): NodeName[] {
  const latest = Math.max(0, ...statuses.map(({ epoch }) => epoch));
  const knowing = statuses.filter(({ epoch }) => epoch === latest);
  return knowing
    .filter(
      ({ id, incarnation, state, members, copying }) =>
        (state === 'serving' || state === 'no-lease') &&
        copying?.includes(id) !== true &&
        members.some((ref) => ref.id === id && ref.inc === incarnation),
    )
    .map(({ id }) => nodeName(id));
}

/** Those of `asked` that may be struck: enough others hold the data that are not `doomed` already. */
export function unspared(
  asked: readonly NodeName[],
  survivors: number,
  statuses: readonly NodeStatus[],
  doomed: readonly NodeName[],
): readonly NodeName[] {
  const sure = holdersOf(statuses).filter((node) => !doomed.includes(node));
  const left = sure.filter((node) => !asked.includes(node)).length;
  const keep = sure.filter((node) => asked.includes(node)).slice(0, Math.max(0, survivors - left));
  const enough = left + keep.length >= survivors;
  return enough ? asked.filter((node) => !keep.includes(node)) : [];
}

/** The id that is named most often, of those the lowest; undefined: none is. */
export function mostNamed(named: readonly (NodeId | null | undefined)[]): NodeId | undefined {
  const votes = new Map<NodeId, number>();
  for (const id of named)
    if (id !== undefined && id !== null) votes.set(id, (votes.get(id) ?? 0) + 1);
  const [first] = [...votes].sort(([a, x], [b, y]) => y - x || a - b);
  return first?.[0];
}
