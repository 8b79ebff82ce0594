/**
 * Who is heard, and what they say they hear: the failure detector (rules §6.2). It may be wrong;
 * nothing but progress rests on it.
 */
import type { NodeId, NodeRef } from '../../base/operation.ts';
import type { Heartbeat } from './messages.ts';

export interface Peer {
  readonly ref: NodeRef;
  /** Local time of the first heartbeat of this incarnation. */
  readonly sinceUs: number;
  /** Local time of its latest heartbeat. */
  heardUs: number;
  readonly last: Heartbeat;
}

export interface Detector {
  readonly peers: Map<NodeId, Peer>;
  /** Highest incarnation of each id that was heard, its own included. */
  readonly highestInc: Map<NodeId, number>;
  /** Nodes outside the view: since when they and all members hear each other. */
  readonly steadySince: Map<NodeId, number>;
}

export function newDetector(): Detector {
  return { peers: new Map(), highestInc: new Map(), steadySince: new Map() };
}

/** A heartbeat arrived. False: it is one of an earlier incarnation than the latest heard. */
export function heard(
  d: Detector,
  from: NodeRef,
  message: Heartbeat,
  nowUs: number,
  suspectUs: number,
): boolean {
  if (from.inc < (d.highestInc.get(from.id) ?? 0)) return false;
  const before = d.peers.get(from.id);
  const same = before !== undefined && before.ref.inc === from.inc;
  if (!same || !isAlive(d, from.id, nowUs, suspectUs)) d.steadySince.delete(from.id);
  d.highestInc.set(from.id, from.inc);
  const sinceUs = same ? before.sinceUs : nowUs;
  d.peers.set(from.id, { ref: from, sinceUs, heardUs: nowUs, last: message });
  return true;
}

/** Heard within the suspicion time. */
export function isAlive(d: Detector, id: NodeId, nowUs: number, suspectUs: number): boolean {
  const peer = d.peers.get(id);
  return peer !== undefined && nowUs - peer.heardUs < suspectUs;
}

/** Ids of all that are heard, ascending. */
export function heardIds(d: Detector, nowUs: number, suspectUs: number): NodeId[] {
  return [...d.peers.keys()]
    .filter((id) => isAlive(d, id, nowUs, suspectUs))
    .toSorted((a, b) => a - b);
}

/** This node did not run for `us`: it could hear nobody, which is nobody's silence. */
export function forgive(d: Detector, us: number, nowUs: number): void {
  for (const peer of d.peers.values()) peer.heardUs = Math.min(nowUs, peer.heardUs + us);
}
