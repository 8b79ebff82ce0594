/** What a world tells of its steps, and to whom. */
import type { Command, NodeId, NodeRef, Outcome, Result } from '../base/operation.ts';
import type { ProtocolEvent } from '../protocols/machine.ts';
import type { Armed } from './host.ts';
import type { MessageName } from './step.ts';

/** A message under way. */
export interface Envelope extends MessageName {
  readonly from: NodeRef;
  /** The incarnation that it was sent to; another one never gets it. */
  readonly incarnation: number;
  readonly message: unknown;
  /** Copies that a driver still means to deliver. */
  copies: number;
}

/** What went wrong, and after which step. */
export interface Failure {
  /** `crash`: the machine threw. `answer`: it answered what was not open. `history`, `progress`: judged at the end. */
  readonly kind: 'invariant' | 'crash' | 'answer' | 'history' | 'progress';
  /** Name of the invariant, or what was judged. */
  readonly name: string;
  readonly message: string;
  readonly step: number;
  /** `crash`: what was thrown. */
  readonly thrown?: unknown;
}

/** Who wants to know what a step causes. Called inside the step: put aside, do not drive. */
export interface Watcher {
  sent(envelope: Envelope): void;
  armed(armed: Armed): void;
  syncing(node: NodeId): void;
  answered(request: number, outcome: Outcome): void;
  event(node: NodeId, event: ProtocolEvent): void;
  /** The answer to an admin command; absent: nobody waits for it. */
  ordered?(id: number, result: Result): void;
}

export const NOBODY: Watcher = {
  sent() {},
  armed() {},
  syncing() {},
  answered() {},
  event() {},
};

/** What only a trace wants to know. Called inside the step that it tells of. */
export interface Witness {
  sent(envelope: Envelope): void;
  received(envelope: Envelope): void;
  lost(envelope: Envelope): void;
  asked(node: NodeId, id: number, client: number, command: Command): void;
  replied(node: NodeId, id: number, result: Result): void;
  /** A request ended without a reply. */
  gaveUp(node: NodeId, id: number, outcome: Outcome): void;
  timer(armed: Armed): void;
  event(node: NodeId, event: ProtocolEvent): void;
  crashed(node: NodeId): void;
  booted(node: NodeId, incarnation: number): void;
  /** A step of that node is over. */
  stepped(node: NodeId, state: unknown): void;
}
