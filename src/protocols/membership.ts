/**
 * Who takes part: the port between a protocol's data path and whatever decides its views.
 *
 * A membership is a small machine of its own. It runs beside the data path in one replica and tells
 * it two things: a new view, and until when the lease lasts. The data path asks nothing of it and
 * gives it hints only (spec §0.1, §5).
 */
import type { Reader, Writer } from '../base/bytes.ts';
import type { NodeId, NodeRef } from '../base/operation.ts';
import type { Config, Effects, Input } from './machine.ts';

/** A membership configuration, one per epoch (spec §1.1). */
export interface View {
  readonly epoch: number;
  /** Serve, coordinate and replay. Ascending by id; at most one ref per id in the whole view. */
  readonly full: readonly NodeRef[];
  /** Acknowledge like full members while they copy the data; serve nothing. Ascending by id. */
  readonly shadow: readonly NodeRef[];
  /** Epoch in which the ref of each id entered: the generation in its timestamps. */
  readonly gen: Readonly<Record<NodeId, number>>;
  /** Highest incarnation of each id that was ever in a view. */
  readonly maxInc: Readonly<Record<NodeId, number>>;
}

/** What a membership tells the data path. */
export interface ViewPort {
  /** A view was decided. Older than the installed one or equal: ignored. */
  view(view: View): void;
  /** This node may serve until then, by its own clock (µs). `Infinity`: without limit. */
  lease(untilUs: number): void;
  /** Nobody holds the data any more, as far as this node can tell, or somebody does after all. */
  lost(lost: boolean): void;
}

/** The hints of the data path, as it gives them. All of them may be ignored. */
export interface MembershipHints {
  suspect(ref: NodeRef): void;
  behind(epoch: number, from: NodeRef): void;
  /** This shadow holds a copy of everything (rules §7.1, step 8). */
  caughtUp(): void;
}

/**
 * @typeParam S state, @typeParam M message (its `kind` differs from those of the data path),
 * @typeParam R log record, @typeParam A admin command
 */
export interface Membership<S, M, R, A> {
  init(config: Config, boot: Boot<R>, nowUs: number, out: Effects<M, R>, port: ViewPort): S;
  /**
   * One input that concerns the membership: its messages, timers that begin with
   * `MEMBERSHIP_TIMER`, `durable`, `admin`.
   */
  step(s: S, input: Input<M, A>, nowUs: number, out: Effects<M, R>, port: ViewPort): void;
  /** The data path's hint: `ref` left several retransmissions unanswered. */
  suspect(s: S, ref: NodeRef, nowUs: number, out: Effects<M, R>): void;
  /** The data path's hint: `from` speaks in a higher epoch; there is a view to ask for. */
  behind(s: S, epoch: number, from: NodeRef, nowUs: number, out: Effects<M, R>): void;
  /** The data path's hint: this shadow has copied everything. */
  caughtUp(s: S, nowUs: number, out: Effects<M, R>): void;
  standing(s: S, nowUs: number): Standing;
  save(s: S, w: Writer): void;
  load(r: Reader, config: Config): S;
}

/** What a membership tells of itself to people. */
export interface Standing {
  /** Out of the view by command, and not to come back by itself. */
  readonly left: boolean;
  /** Who proposes views, as far as this node knows; null: nobody it knows of; absent: no such role. */
  readonly leader?: NodeId | null;
  /** Who decides on views; absent: nobody does. */
  readonly acceptors?: readonly NodeId[];
  /** `lost`: it was an acceptor, lost its disk, and must be silent for ever (§7.4). */
  readonly vote?: 'yes' | 'none' | 'lost';
}

export interface Boot<R> {
  readonly incarnation: number;
  readonly records: readonly R[];
}

/** What every node says when nobody holds the data any more (§7.5). */
export const LOST_TEXT =
  'the memory of every full member is gone, and the data with it; hermes cluster reset starts anew with an empty store';

/** Timers of a membership begin with this. */
export const MEMBERSHIP_TIMER = 'membership ';

/** The view in which all configured nodes of the first incarnation are full members. */
export function firstView(members: readonly NodeId[]): View {
  return {
    epoch: 1,
    full: members.map((id) => ({ id, inc: 1 })),
    shadow: [],
    gen: Object.fromEntries(members.map((id) => [id, 1])),
    maxInc: Object.fromEntries(members.map((id) => [id, 1])),
  };
}
