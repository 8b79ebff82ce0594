/**
 * One proposal for one slot: phase 1 with a quorum, then phase 2 with the value that phase 1 found,
 * else the proposer's own, which is asked for at that moment: phase 1 may take long.
 */
import type { NodeId } from '../../base/operation.ts';
import type { Accepted } from './acceptor.ts';
import { type Ballot, compareBallots } from './ballot.ts';

export interface Proposal<V> {
  readonly slot: number;
  readonly ballot: Ballot;
  phase: 'prepare' | 'accept';
  /** Who promised, and what each had accepted. */
  readonly promises: Map<NodeId, Accepted<V> | null>;
  /** Who accepted; filled in phase 2. */
  readonly accepts: Set<NodeId>;
  /** Bound when phase 2 begins. */
  value: V | null;
  /** Phase 1 found it accepted somewhere: it may be chosen already. */
  found: boolean;
}

export function newProposal<V>(slot: number, ballot: Ballot): Proposal<V> {
  const empty = { promises: new Map(), accepts: new Set<NodeId>(), value: null, found: false };
  return { slot, ballot, phase: 'prepare', ...empty };
}

/**
 * Counts a promise. `begun` exactly once: when the quorum is complete and phase 2 begins. `idle`:
 * the quorum is complete, but nobody accepted anything and `own` has nothing to propose.
 */
export function onPromise<V>(
  p: Proposal<V>,
  from: NodeId,
  accepted: Accepted<V> | null,
  quorum: number,
  own: () => V | undefined,
): 'waiting' | 'begun' | 'idle' {
  if (p.phase !== 'prepare') return 'waiting';
  p.promises.set(from, accepted);
  if (p.promises.size < quorum) return 'waiting';
  const found = highestAccepted(p.promises.values())?.value;
  const value = found ?? own();
  if (value === undefined) return 'idle';
  p.phase = 'accept';
  p.value = value;
  p.found = found !== undefined;
  return 'begun';
}

/** Counts an acceptance. True exactly once: when the value is chosen. */
export function onAccepted<V>(p: Proposal<V>, from: NodeId, quorum: number): boolean {
  if (p.phase !== 'accept' || p.accepts.has(from)) return false;
  p.accepts.add(from);
  return p.accepts.size === quorum;
}

/** Acceptors that have not answered in the present phase. */
export function silent<V>(p: Proposal<V>, acceptors: readonly NodeId[]): NodeId[] {
  return acceptors.filter(
    (id) => !(p.phase === 'prepare' ? p.promises.has(id) : p.accepts.has(id)),
  );
}

function highestAccepted<V>(found: Iterable<Accepted<V> | null>): Accepted<V> | null {
  let highest: Accepted<V> | null = null;
  for (const one of found)
    if (one !== null && (highest === null || compareBallots(one.ballot, highest.ballot) > 0))
      highest = one;
  return highest;
}

/** Smallest number of `n` acceptors any two of which share a member. */
export function majority(n: number): number {
  return Math.floor(n / 2) + 1;
}
