/**
 * Messages of the reliable membership (paper §3.1, §8; rules §6.3). All may be lost, repeated and
 * reordered. The sender is the identity of the link, not a field.
 */
import { nodeName } from '../../base/node-name.ts';
import type { NodeId, NodeRef } from '../../base/operation.ts';
import type { View } from '../membership.ts';
import type { Accepted } from '../paxos/acceptor.ts';
import { type Ballot, printBallot } from '../paxos/ballot.ts';

/** "I am alive, and I ask for a lease" (L-1). */
export interface Heartbeat {
  readonly kind: 'HB';
  /** Names this round of requests; the holder remembers when it sent it. */
  readonly seq: number;
  /** Epoch of the latest view the sender knows; 0: none. */
  readonly epoch: number;
  /** Ids that the sender hears, itself included. */
  readonly hears: readonly NodeId[];
  /** The sender is in no view and wants to be. */
  readonly join: boolean;
  /** The sender is a shadow that has copied everything. */
  readonly caughtUp: boolean;
  /** The sender wants to be left out of the next view. */
  readonly leaving: boolean;
}

/** Answer of an acceptor: a lease of `leaseUs` counted from the request, or none (L-2). */
export interface HeartbeatAck {
  readonly kind: 'HB_ACK';
  /** A late grant to an earlier incarnation must not match. */
  readonly to: NodeRef;
  readonly seq: number;
  readonly grant: boolean;
  readonly leaseUs: number;
}

export interface Prepare {
  readonly kind: 'PREPARE';
  readonly slot: number;
  readonly ballot: Ballot;
}

export interface PromiseMessage {
  readonly kind: 'PROMISE';
  readonly slot: number;
  readonly ballot: Ballot;
  readonly accepted: Accepted<View> | null;
}

export interface Accept {
  readonly kind: 'ACCEPT';
  readonly slot: number;
  readonly ballot: Ballot;
  readonly view: View;
}

export interface AcceptedMessage {
  readonly kind: 'ACCEPTED';
  readonly slot: number;
  readonly ballot: Ballot;
}

/** "A lease that this view takes away has not run out yet; I will answer when it has" (§6.5). */
export interface Hold {
  readonly kind: 'HOLD';
  readonly slot: number;
  readonly ballot: Ballot;
  readonly leftUs: number;
}

export interface Nack {
  readonly kind: 'NACK';
  readonly slot: number;
  readonly ballot: Ballot;
  readonly why: 'ballot' | 'behind' | 'invalid';
  readonly promised: Ballot;
}

/** A view that was chosen. */
export interface Decide {
  readonly kind: 'DECIDE';
  readonly view: View;
}

/** "Is there a newer view than this epoch's?" */
export interface ViewRequest {
  readonly kind: 'VIEW_REQ';
  readonly epoch: number;
}

/** "I stopped serving and never will again under this identity" (L-7). */
export interface Relinquish {
  readonly kind: 'RELINQUISH';
}

export type MembershipMessage =
  | Heartbeat
  | HeartbeatAck
  | Prepare
  | PromiseMessage
  | Accept
  | AcceptedMessage
  | Hold
  | Nack
  | Decide
  | ViewRequest
  | Relinquish;

/** `{n1 n3 | shadow n2.7}`: incarnations are written where they are not 1. */
export function printView(view: View): string {
  const ref = ({ id, inc }: NodeRef): string => `${nodeName(id)}${inc === 1 ? '' : `.${inc}`}`;
  const shadows = view.shadow.length === 0 ? '' : ` | shadow ${view.shadow.map(ref).join(' ')}`;
  return `view ${view.epoch} {${view.full.map(ref).join(' ')}${shadows}}`;
}

/** One line for transcripts, traces and logs. */
export function showMembershipMessage(m: MembershipMessage): string {
  switch (m.kind) {
    case 'HB': {
      const flags = [m.join && 'join', m.caughtUp && 'caught-up', m.leaving && 'leaving'].filter(
        Boolean,
      );
      const words = ['hears', ...m.hears.map(nodeName), ...flags];
      return `HB ${m.seq} epoch ${m.epoch} ${words.join(' ')}`;
    }
    case 'HB_ACK':
      return `HB_ACK ${m.seq} ${m.grant ? `grant ${m.leaseUs} µs` : 'no grant'}`;
    case 'PREPARE':
    case 'ACCEPTED':
      return `${m.kind} ${m.slot} ${printBallot(m.ballot)}`;
    case 'PROMISE': {
      const found =
        m.accepted === null
          ? ''
          : ` accepted ${printBallot(m.accepted.ballot)} ${printView(m.accepted.value)}`;
      return `PROMISE ${m.slot} ${printBallot(m.ballot)}${found}`;
    }
    case 'ACCEPT':
      return `ACCEPT ${printBallot(m.ballot)} ${printView(m.view)}`;
    case 'HOLD':
      return `HOLD ${m.slot} ${printBallot(m.ballot)} ${m.leftUs} µs`;
    case 'NACK':
      return `NACK ${m.slot} ${printBallot(m.ballot)} ${m.why}`;
    case 'DECIDE':
      return `DECIDE ${printView(m.view)}`;
    case 'VIEW_REQ':
      return `VIEW_REQ ${m.epoch}`;
    case 'RELINQUISH':
      return 'RELINQUISH';
  }
}
