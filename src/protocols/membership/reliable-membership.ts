/**
 * Reliable membership (paper §3.1 and §8): views chosen by Paxos, one instance per epoch; leases
 * granted by a majority of acceptors; no view that takes a lease away before it ran out. On the port
 * that the data path knows.
 *
 * The acceptors are the nodes of the start, for the whole life of the cluster; data members come and
 * go by views. An acceptor that lost its disk stays silent for ever (rule §7.4).
 */
import type { NodeId, NodeRef } from '../../base/operation.ts';
import { random } from '../../base/random.ts';
import type { Config, Input } from '../machine.ts';
import type { Boot, Membership, View } from '../membership.ts';
import { type Acceptor, newAcceptor } from '../paxos/acceptor.ts';
import { majority } from '../paxos/proposer.ts';
import {
  HOLD_TIMER,
  learn,
  onAccept,
  onAcceptedBy,
  onHold,
  onNack,
  onPrepare,
  onPromised,
  onRelinquish,
  persist,
  post,
  recordOf,
  tryAccept,
} from './agreement.ts';
import type { AcceptorRecord } from './codec.ts';
import { isAlive, newDetector } from './detector.ts';
import { HEARTBEAT_TIMER, beat, onHeartbeat, onHeartbeatAck } from './heartbeat.ts';
import { holdUs, newLease } from './lease.ts';
import type { MembershipMessage } from './messages.ts';
import { settleOrders, takeOrder } from './orders.ts';
import { has, isMember } from './sanity.ts';
import { loadMembership, saveMembership } from './save.ts';
import type { MembershipCommand, MembershipState, Step } from './state.ts';

const NO_VIEW: View = { epoch: 0, full: [], shadow: [], gen: {}, maxInc: {} };

export const reliableMembership: Membership<
  MembershipState,
  MembershipMessage,
  AcceptorRecord,
  MembershipCommand
> = {
  init(config, boot, nowUs, out, port) {
    const s = boots(config, boot, nowUs);
    const step: Step = { s, nowUs, out, port };
    // The first boot leaves a record: one without it later has lost its disk.
    if (boot.records.length === 0) persist(step);
    else if (boot.records.length > RECORDS_KEPT) s.recordLsn = out.checkpoint([recordOf(s)]);
    if (s.chosen.epoch > 0) port.view(s.chosen);
    beat(step);
    readMail(step);
    return s;
  },

  step(s, input, nowUs, out, port) {
    const step: Step = { s, nowUs, out, port };
    handle(step, input);
    readMail(step);
    if (s.orders.length > 0) settleOrders(step);
  },

  suspect() {},

  // Asked once per heartbeat at most: the answer to the heartbeat carries the view as well.
  behind(s, epoch, from, _nowUs, out) {
    if (epoch > s.chosen.epoch && epoch > s.askedFor) {
      s.askedFor = epoch;
      out.send(from.id, { kind: 'VIEW_REQ', epoch: s.chosen.epoch }, 0);
    }
  },

  caughtUp(s) {
    s.caughtUp = has(s.chosen.shadow, s.self);
  },

  standing: (s, nowUs) => ({
    left: s.intent === 'left' && !isMember(s.chosen, s.self),
    leader: leaderOf(s, nowUs),
    acceptors: s.acceptors,
    vote: s.acceptors.includes(s.self.id) ? (s.acceptor === null ? 'lost' : 'yes') : 'none',
  }),

  save: saveMembership,
  load: loadMembership,
};

function boots(config: Config, boot: Boot<AcceptorRecord>, nowUs: number): MembershipState {
  const self = { id: config.self, inc: boot.incarnation };
  const record = boot.records.at(-1);
  const acceptors = record?.acceptors ?? config.acceptors ?? config.members;
  const chosen = record?.chosen ?? NO_VIEW;
  return {
    config,
    self,
    acceptors,
    quorum: majority(acceptors.length),
    random: config.seed === undefined ? undefined : random(`${config.seed}/membership`),
    chosen,
    acceptor: bootAcceptor(acceptors, self, record, chosen, config.bugs.has('forget-promises')),
    grants: {
      holds: new Map(),
      relinquished: new Set(),
      coldUntilUs: record === undefined ? 0 : nowUs + holdUs(config.timing.leaseUs),
    },
    waiting: null,
    proposal: null,
    held: new Map(),
    round: config.bugs.has('ballot-reuse') ? 0 : (record?.promised.round ?? 0),
    defeats: 0,
    // After a restart it hears first who else is there.
    quietUntilUs: record === undefined ? 0 : nowUs + config.timing.stepUs,
    beatUs: nowUs,
    recordLsn: 0,
    wantSinceUs: null,
    lease: newLease(),
    detector: newDetector(),
    intent: record?.left === true ? 'left' : 'member',
    serves: false,
    orders: [],
    caughtUp: false,
    askedFor: 0,
    lost: false,
    mail: [],
    durableLsn: 0,
  };
}

/** A log of more records than this is written anew at the next boot: only the last one counts. */
const RECORDS_KEPT = 64;

/** As it was; fresh at the first boot; none where there is nothing to remember and should be. */
function bootAcceptor(
  acceptors: readonly NodeId[],
  self: NodeRef,
  record: AcceptorRecord | undefined,
  chosen: View,
  forgetful: boolean,
): Acceptor<View> | null {
  if (!acceptors.includes(self.id)) return null;
  if (record === undefined) return self.inc === 1 ? newAcceptor(1) : null;
  if (!record.votes) return null;
  if (forgetful) return newAcceptor(chosen.epoch + 1);
  return { slot: chosen.epoch + 1, promised: record.promised, accepted: record.accepted };
}

function handle(step: Step, input: Input<MembershipMessage, MembershipCommand>): void {
  switch (input.kind) {
    case 'message':
      return receive(step, input.from, input.message);
    case 'timer':
      if (input.timer === HEARTBEAT_TIMER) beat(step);
      else if (input.timer === HOLD_TIMER) tryAccept(step);
      return;
    case 'durable':
      step.s.durableLsn = input.lsn;
      return;
    case 'admin':
      return takeOrder(step, input.id, input.command);
    case 'request':
    case 'gone':
      return;
  }
}

type Handlers = {
  readonly [K in MembershipMessage['kind']]: (
    step: Step,
    from: NodeRef,
    m: Extract<MembershipMessage, { kind: K }>,
  ) => void;
};

/** Keyed by the kind: a new kind that nobody handles does not compile. */
const HANDLERS: Handlers = {
  HB: onHeartbeat,
  HB_ACK: (step, from, m) => onHeartbeatAck(step, from.id, m),
  PREPARE: (step, from, m) => onPrepare(step, from.id, m),
  PROMISE: (step, from, m) => onPromised(step, from.id, m),
  ACCEPT: (step, from, m) => onAccept(step, from.id, m),
  ACCEPTED: (step, from, m) => onAcceptedBy(step, from.id, m),
  HOLD: (step, from, m) => onHold(step, from.id, m),
  NACK: (step, from, m) => onNack(step, from.id, m),
  DECIDE: (step, _from, m) => learn(step, m.view),
  VIEW_REQ(step, from, m) {
    if (m.epoch < step.s.chosen.epoch) post(step, from.id, { kind: 'DECIDE', view: step.s.chosen });
  },
  RELINQUISH: onRelinquish,
};

function receive(step: Step, from: NodeRef, m: MembershipMessage): void {
  (HANDLERS[m.kind] as (step: Step, from: NodeRef, m: MembershipMessage) => void)(step, from, m);
}

/** Who proposes first: the lowest acceptor that is heard, as far as this node can tell (§6.5). */
function leaderOf(s: MembershipState, nowUs: number): NodeId | null {
  const { suspectUs } = s.config.timing;
  const found = s.acceptors.find((id) =>
    id === s.self.id ? s.acceptor !== null : isAlive(s.detector, id, nowUs, suspectUs),
  );
  return found ?? null;
}

/** Delivers what this node sent to itself, as far as the log allows. */
function readMail(step: Step): void {
  const { s } = step;
  for (;;) {
    const at = s.mail.findIndex(({ lsn }) => lsn <= s.durableLsn);
    if (at < 0) return;
    const [letter] = s.mail.splice(at, 1);
    if (letter !== undefined) receive(step, s.self, letter.message);
  }
}
