/**
 * Leases, both sides (rules L-1 … L-7). A grant belongs to one incarnation of one node and is good
 * over all views that keep it. The holder counts from its request, the granter from its answer, each
 * by its own clock; the granter waits longer, so that drift within the bound never lets a lease
 * outlive the wait.
 */
import type { NodeId, NodeRef } from '../../base/operation.ts';
import type { View } from '../membership.ts';

/** Largest error of a clock's rate against real time, in parts of 1: 0.2 %. */
export const MAX_DRIFT = 0.002;

/** Slack for clocks that are read in whole milliseconds, in µs. */
const TICK_US = 1000;

/** D′: how long a granter must wait for a lease of `leaseUs` (L-4). */
export function holdUs(leaseUs: number): number {
  return Math.ceil((leaseUs * (1 + MAX_DRIFT)) / (1 - MAX_DRIFT)) + 2 * TICK_US;
}

/** A ref as a key: `2.7`. */
export function refKey(ref: NodeRef): string {
  return `${ref.id}.${ref.inc}`;
}

/** What an acceptor granted. Volatile: after a restart `coldUntilUs` stands for what was forgotten. */
export interface Grants {
  /** Local time until which a grant to the ref may be in use. Never falls, but by RELINQUISH. */
  readonly holds: Map<string, number>;
  /** Refs that stopped serving for good: no more grants (L-7). */
  readonly relinquished: Set<string>;
  /** Until then no view may drop a member of the latest one (L-6). */
  coldUntilUs: number;
}

/** After a view change: nothing is kept of grants that are over and of refs that never come back. */
export function forgetGrants(grants: Grants, view: View, nowUs: number): void {
  const granted = new Set(view.full.map(refKey));
  for (const [key, untilUs] of grants.holds) if (untilUs <= nowUs) grants.holds.delete(key);
  for (const key of grants.relinquished) if (!granted.has(key)) grants.relinquished.delete(key);
}

/** What a full member was granted. */
export interface Lease {
  seq: number;
  /** When each of the last requests was sent; older ones are forgotten. */
  readonly sentAt: Map<number, number>;
  /** End of the grant of each acceptor, by the holder's clock. */
  readonly ends: Map<NodeId, number>;
  untilUs: number;
  /** Never serves again under this identity (L-7). */
  stopped: boolean;
}

export function newLease(): Lease {
  return { seq: 0, sentAt: new Map(), ends: new Map(), untilUs: 0, stopped: false };
}

/** Requests that are remembered: more than are sent in the life of a lease. */
const REQUESTS_KEPT = 64;

/** A new round of requests, sent now: to be noted *before* the first of them leaves (L-1). */
export function newRequest(lease: Lease, nowUs: number): number {
  lease.seq++;
  lease.sentAt.set(lease.seq, nowUs);
  lease.sentAt.delete(lease.seq - REQUESTS_KEPT);
  return lease.seq;
}

/**
 * A grant of `leaseUs` for request `seq` (L-3). True if the lease of the majority got longer.
 * `countFromUs` is a planted bug's: the receipt instead of the request (M31).
 */
export function onGrant(
  lease: Lease,
  from: NodeId,
  seq: number,
  leaseUs: number,
  quorum: number,
  countFromUs?: number,
): boolean {
  const sent = lease.sentAt.get(seq);
  if (sent === undefined || lease.stopped) return false;
  const end = (countFromUs ?? sent) + leaseUs;
  if (end <= (lease.ends.get(from) ?? 0)) return false;
  lease.ends.set(from, end);
  const sorted = [...lease.ends.values()].toSorted((a, b) => b - a);
  const until = sorted[quorum - 1] ?? 0;
  if (until <= lease.untilUs) return false;
  lease.untilUs = until;
  return true;
}

/** Stops for good: grants that are under way count no more (L-7). */
export function stopLease(lease: Lease): void {
  lease.stopped = true;
  lease.untilUs = 0;
  lease.sentAt.clear();
  lease.ends.clear();
}
