/**
 * What an acceptor demands of a view before it accepts it (rule 3 of §6.5). A majority of acceptors
 * demands it of every view that is chosen, so it holds for the whole chain of views (L3).
 */
import { nodeName } from '../../base/node-name.ts';
import type { NodeRef } from '../../base/operation.ts';
import type { View } from '../membership.ts';

/** What is wrong with `next` as the successor of `chosen`; undefined: nothing. */
export function viewFault(chosen: View, next: View): string | undefined {
  const first = chosen.epoch === 0;
  const members = [...next.full, ...next.shadow];
  if (next.epoch !== chosen.epoch + 1) return 'not the next epoch';
  if (next.full.length === 0) return 'no full member';
  if (new Set(members.map((ref) => ref.id)).size !== members.length) return 'two members of one id';
  if (!first && !next.full.some((ref) => has(chosen.full, ref)))
    return 'no full member of the view before: all data would be lost';
  for (const ref of next.full)
    if (!first && !isMember(chosen, ref))
      return `${nodeName(ref.id)} is full without having been a shadow`;
  for (const ref of next.shadow)
    if (has(chosen.full, ref)) return `${nodeName(ref.id)} goes back from full to shadow`;
  return (
    members.map((ref) => refFault(chosen, next, ref)).find((fault) => fault !== undefined) ??
    historyFault(chosen, next, members)
  );
}

/** The highest incarnations: as they were, raised by the members. */
function historyFault(chosen: View, next: View, members: readonly NodeRef[]): string | undefined {
  const ids = Object.keys({ ...chosen.maxInc, ...next.maxInc }).map(Number);
  const wrong = ids.find((id) => {
    const inc = members.find((ref) => ref.id === id)?.inc ?? 0;
    return next.maxInc[id] !== Math.max(chosen.maxInc[id] ?? 0, inc);
  });
  return wrong === undefined ? undefined : `the highest incarnation of ${nodeName(wrong)} is wrong`;
}

/** Generations and incarnations of one member. */
function refFault(chosen: View, next: View, ref: NodeRef): string | undefined {
  const name = nodeName(ref.id);
  if (isMember(chosen, ref))
    return next.gen[ref.id] === chosen.gen[ref.id]
      ? undefined
      : `the generation of ${name} changed`;
  if (ref.inc <= (chosen.maxInc[ref.id] ?? 0))
    return `${name} was in a view before under this incarnation`;
  return next.gen[ref.id] === next.epoch
    ? undefined
    : `the generation of ${name} is not the epoch it enters`;
}

/** In whatever role. */
export function isMember(view: View, ref: NodeRef): boolean {
  return has(view.full, ref) || has(view.shadow, ref);
}

export function has(refs: readonly NodeRef[], ref: NodeRef): boolean {
  return refs.some((other) => other.id === ref.id && other.inc === ref.inc);
}
