/**
 * What the invariants remember of views and leases (spec §11.3): from events alone, as in `ghost.ts`.
 */
import type { NodeId, NodeRef } from '../../base/operation.ts';
import type { ProtocolEvent } from '../machine.ts';
import type { View } from '../membership.ts';
import { toCanonical } from './canonical.ts';

export interface MembershipGhost {
  /** Views that were installed, by epoch. */
  readonly views: Map<number, View>;
  /** Views that are known to be chosen, by epoch. */
  readonly chosen: Map<number, View>;
  /** Per acceptor and ref: until when a grant holds, by the acceptor's clock. */
  readonly grants: Map<string, number>;
  /** Per ref: until when it counts the grant of each acceptor, by its own clock. */
  readonly uses: Map<string, Map<NodeId, number>>;
  /** First violation of each invariant. */
  readonly broken: Map<string, string>;
}

/** Name of a ref in the ghost's tables. */
export function refName(ref: NodeRef): string {
  return `${ref.id}/${ref.inc}`;
}

/** Name of what an acceptor granted to a ref. */
export function grantName(acceptor: NodeId, ref: NodeRef): string {
  return `${acceptor}>${refName(ref)}`;
}

/** Keeps the first violation of an invariant. */
export function breaks(g: MembershipGhost, invariant: string, what: string): void {
  if (!g.broken.has(invariant)) g.broken.set(invariant, what);
}

interface Use {
  readonly self: NodeRef;
  readonly from: NodeId;
  readonly untilUs: number;
}

/** An acceptor answers for a grant until then; or no more, for the ref has stopped serving. */
export function onGrant(g: MembershipGhost, node: NodeId, event: ProtocolEvent): void {
  const { to, untilUs } = event.detail as { to: NodeRef; untilUs: number };
  g.grants.set(grantName(node, to), untilUs);
}

/** A holder counts a grant until then. */
export function onLease(g: MembershipGhost, _node: NodeId, event: ProtocolEvent): void {
  const { self, from, untilUs } = event.detail as Use;
  const uses = g.uses.get(refName(self)) ?? new Map<NodeId, number>();
  g.uses.set(refName(self), uses.set(from, untilUs));
}

/** It stopped serving for good. */
export function onRetire(g: MembershipGhost, _node: NodeId, event: ProtocolEvent): void {
  g.uses.delete(refName(event.detail as NodeRef));
}

/** M1: a node has installed a view. */
export function onView(g: MembershipGhost, view: View): void {
  const other = g.chosen.get(view.epoch) ?? g.views.get(view.epoch);
  if (other !== undefined && !sameView(other, view))
    breaks(g, 'M1', `two views of epoch ${view.epoch}`);
  if (g.chosen.size > 0 && !g.chosen.has(view.epoch))
    breaks(g, 'M1', `epoch ${view.epoch} was installed, but never chosen`);
  g.views.set(view.epoch, view);
}

/** M1 and M3: a node has learned that a view was chosen. */
export function onChosen(g: MembershipGhost, _node: NodeId, event: ProtocolEvent): void {
  const view = event.detail as View;
  const other = g.chosen.get(view.epoch);
  if (other !== undefined) {
    if (!sameView(other, view)) breaks(g, 'M1', `two views of epoch ${view.epoch}`);
    return;
  }
  g.chosen.set(view.epoch, view);
  const before = g.chosen.get(view.epoch - 1);
  const wrong = before && chainFault(before, view);
  if (wrong !== undefined) breaks(g, 'M3', `epoch ${view.epoch}: ${wrong}`);
}

/** What is wrong with `view` as the successor of `before` (M3). */
function chainFault(before: View, view: View): string | undefined {
  const was = new Set([...before.full, ...before.shadow].map(refName));
  if (!before.full.some((ref) => view.full.some((kept) => refName(kept) === refName(ref))))
    return 'no full member of the view before';
  for (const ref of [...view.full, ...view.shadow]) {
    if (was.has(refName(ref))) continue;
    if (ref.inc <= (before.maxInc[ref.id] ?? 0)) return `${refName(ref)} returned`;
  }
  for (const [id, inc] of Object.entries(before.maxInc))
    if ((view.maxInc[Number(id)] ?? 0) < inc) return `the highest incarnation of ${id} fell`;
  for (const [id, gen] of Object.entries(view.gen))
    if (gen < (before.gen[Number(id)] ?? 0)) return `the generation of ${id} fell`;
  return undefined;
}

function sameView(a: View, b: View): boolean {
  return Buffer.compare(toCanonical(a), toCanonical(b)) === 0;
}
