/**
 * One acceptor and its open slot. Slots are decided one after another; learning the value of a slot
 * opens the next and forgets everything about older ones.
 *
 * Every change must be durable before an answer reveals it: the caller appends `Acceptor` to its log
 * between the change and the reply.
 */
import { type Ballot, NO_BALLOT, compareBallots } from './ballot.ts';

export interface Accepted<V> {
  readonly ballot: Ballot;
  readonly value: V;
}

export interface Acceptor<V> {
  /** The slot that is open: promises and acceptances are about it. */
  slot: number;
  /** Nothing below it is promised to or accepted any more. Never falls within a slot. */
  promised: Ballot;
  /** `accepted.ballot ≤ promised`. */
  accepted: Accepted<V> | null;
}

export function newAcceptor<V>(slot: number): Acceptor<V> {
  return { slot, promised: NO_BALLOT, accepted: null };
}

/**
 * Phase 1: true if `ballot` is promised from now on. An equal one is a duplicate of the request and
 * gets the same answer.
 */
export function promise<V>(a: Acceptor<V>, ballot: Ballot): boolean {
  if (compareBallots(ballot, a.promised) < 0) return false;
  a.promised = ballot;
  return true;
}

/** Phase 2: false if a higher ballot was promised; nothing is changed then. */
export function accept<V>(a: Acceptor<V>, ballot: Ballot, value: V): boolean {
  if (!promise(a, ballot)) return false;
  a.accepted = { ballot, value };
  return true;
}

/** The value of the open slot, or of a later one, was learned: the slot after it is open now. */
export function openSlot<V>(a: Acceptor<V>, slot: number): void {
  if (slot <= a.slot) return;
  a.slot = slot;
  a.promised = NO_BALLOT;
  a.accepted = null;
}
