/** The chain of views: how one follows another (spec §1.1). */
import type { NodeId, NodeRef } from '../base/operation.ts';
import type { View } from './membership.ts';

/**
 * The view that follows `before` with these members: refs that were in it keep their generation,
 * others enter with this epoch.
 */
export function nextView(
  before: View,
  full: readonly NodeRef[],
  shadow: readonly NodeRef[] = [],
): View {
  const epoch = before.epoch + 1;
  const known = new Map([...before.full, ...before.shadow].map((ref) => [ref.id, ref.inc]));
  const gen: Record<NodeId, number> = {};
  const maxInc: Record<NodeId, number> = { ...before.maxInc };
  for (const { id, inc } of [...full, ...shadow]) {
    gen[id] = known.get(id) === inc ? (before.gen[id] ?? epoch) : epoch;
    maxInc[id] = Math.max(maxInc[id] ?? 0, inc);
  }
  return { epoch, full, shadow, gen, maxInc };
}
