/**
 * The edges that were inferred between transactions, as three growing columns, and hubs: nodes that
 * stand for many edges at once.
 */
import { IntList } from '../../base/int-list.ts';

/** The later one wrote what follows, in version order, on what the earlier one wrote. */
export const WW = 1;
/** The later one read what the earlier one wrote. */
export const WR = 2;
/** The later one overwrote what the earlier one read. */
export const RW = 4;
/** Both are of one process. */
export const PROCESS = 8;
/** The earlier one had completed before the later one was invoked. */
export const REALTIME = 16;
/** Out of a hub: belongs to every mask and keeps the kind of the edge that led in. */
export const HUB = 32;

export class Edges {
  readonly from = new IntList(1024);
  readonly to = new IntList(1024);
  readonly kind = new IntList(1024);
  /** Transactions and hubs. */
  nodes: number;

  constructor(transactions: number) {
    this.nodes = transactions;
  }

  add(from: number, to: number, kind: number): void {
    if (from === to) return;
    this.from.push(from);
    this.to.push(to);
    this.kind.push(kind);
  }
}

/** Who leads into a fan, and by which kind of edge. */
export interface Entrant {
  readonly t: number;
  readonly kind: number;
}

/** More edges than this are told by hubs. */
const PLAIN_MAX = 16;

/**
 * An edge from every entrant to every target, save from a transaction to itself: plain ones where they
 * are few; else two chains of hubs (those up to a target, those from a target on), so that there are
 * as many edges as there are entrants and targets.
 */
export function fan(edges: Edges, entrants: readonly Entrant[], targets: readonly number[]): void {
  if (entrants.length * targets.length <= PLAIN_MAX) {
    for (const { t, kind } of entrants) for (const to of targets) edges.add(t, to, kind);
    return;
  }
  const place = new Map(targets.map((t, i) => [t, i]));
  const up = edges.nodes;
  const down = up + targets.length;
  edges.nodes += 2 * targets.length;
  for (const [i, t] of targets.entries()) {
    edges.add(up + i, t, HUB);
    edges.add(down + i, t, HUB);
    if (i + 1 < targets.length) edges.add(up + i, up + i + 1, HUB);
    if (i > 0) edges.add(down + i, down + i - 1, HUB);
  }
  for (const { t, kind } of entrants) {
    const i = place.get(t);
    if (i === undefined) edges.add(t, up, kind);
    else {
      if (i + 1 < targets.length) edges.add(t, up + i + 1, kind);
      if (i > 0) edges.add(t, down + i - 1, kind);
    }
  }
}
