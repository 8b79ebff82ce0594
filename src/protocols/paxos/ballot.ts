/**
 * Ballots: the numbers by which proposers outrank each other (Lamport, "Paxos Made Simple", §2.2).
 *
 * The incarnation keeps a proposer that was restarted, and has forgotten its rounds, from using one
 * ballot for two values (M39).
 */
import type { Reader, Writer } from '../../base/bytes.ts';
import type { NodeId } from '../../base/operation.ts';

export interface Ballot {
  readonly round: number;
  readonly id: NodeId;
  readonly inc: number;
}

/** Below every ballot that is ever proposed. */
export const NO_BALLOT: Ballot = { round: 0, id: 0, inc: 0 };

/** Negative, zero or positive: `a` below, equal to or above `b`. */
export function compareBallots(a: Ballot, b: Ballot): number {
  return a.round - b.round || a.id - b.id || a.inc - b.inc;
}

/** `3.n2.1`: round, proposer, its incarnation. */
export function printBallot(b: Ballot): string {
  return `${b.round}.n${b.id + 1}.${b.inc}`;
}

export function writeBallot(w: Writer, b: Ballot): void {
  w.uint(b.round);
  w.uint(b.id);
  w.uint(b.inc);
}

export function readBallot(r: Reader): Ballot {
  return { round: r.uint(), id: r.uint(), inc: r.uint() };
}
