/**
 * State of the reliable membership of one node: acceptor, proposer, lease holder and detector in one.
 */
import type { NodeId, NodeRef } from '../../base/operation.ts';
import type { Random } from '../../base/random.ts';
import type { Config, Effects } from '../machine.ts';
import type { View, ViewPort } from '../membership.ts';
import type { Acceptor } from '../paxos/acceptor.ts';
import type { Ballot } from '../paxos/ballot.ts';
import type { Proposal } from '../paxos/proposer.ts';
import type { AcceptorRecord } from './codec.ts';
import type { Detector } from './detector.ts';
import type { Grants, Lease } from './lease.ts';
import type { MembershipMessage } from './messages.ts';

/** A proposal that takes away a lease which has not run out (rule 4 of §6.5). */
export interface Waiting {
  readonly from: NodeId;
  readonly ballot: Ballot;
  readonly view: View;
}

/** What this node is after: to be in the view, to be let out of it, or to stay out until told. */
export type Intent = 'member' | 'left';

/** Commands of an operator. */
export type MembershipCommand =
  | { readonly f: 'leave' }
  | { readonly f: 'join' }
  | { readonly f: 'mend' };

/** A command that has not come true yet. */
export interface Order {
  readonly id: number;
  readonly f: 'leave' | 'join';
  /** When its giver is told what it waits for. */
  readonly untilUs: number;
}

export interface MembershipState {
  readonly config: Config;
  readonly self: NodeRef;
  /** The nodes of the start, for the whole life of the cluster: as they were written down then. */
  readonly acceptors: readonly NodeId[];
  readonly quorum: number;
  readonly random: Random | undefined;
  /** Latest view known to be chosen; epoch 0: none yet. */
  chosen: View;
  /** Null: no acceptor, or one that lost its memory and must stay silent (§7.4). */
  acceptor: Acceptor<View> | null;
  readonly grants: Grants;
  waiting: Waiting | null;
  proposal: Proposal<View> | null;
  /** Acceptors that answered HOLD, and until when there is no use in asking them again. */
  readonly held: Map<NodeId, number>;
  /** Highest round seen or used in the open slot. */
  round: number;
  /** Own proposals for the open slot that were outranked. */
  defeats: number;
  /** No new proposal before then: back-off after being outranked. */
  quietUntilUs: number;
  /** When the last heartbeat was sent; a late one means that this node did not run. */
  beatUs: number;
  /** Position of the latest record: what reveals it waits for that. 0: on disk since the boot. */
  recordLsn: number;
  /** Since when this node would rather have another view. */
  wantSinceUs: number | null;
  readonly lease: Lease;
  readonly detector: Detector;
  intent: Intent;
  /** It has had a lease since it last noticed that it had none: for the log. */
  serves: boolean;
  orders: readonly Order[];
  /** This shadow has copied everything. */
  caughtUp: boolean;
  /** Highest epoch that was asked for after a data message showed it. */
  askedFor: number;
  /** For every full member a later incarnation was heard: nobody holds the data any more (§7.5). */
  lost: boolean;
  /** Answers to itself, each until its log position is durable. */
  mail: { readonly lsn: number; readonly message: MembershipMessage }[];
  durableLsn: number;
}

/** What the handlers of one step share. */
export interface Step {
  readonly s: MembershipState;
  readonly nowUs: number;
  readonly out: Effects<MembershipMessage, AcceptorRecord>;
  readonly port: ViewPort;
}

/** True if the planted bug of that name is on. */
export function bug(s: MembershipState, name: string): boolean {
  return s.config.bugs.has(name);
}
