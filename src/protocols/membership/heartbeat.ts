/**
 * Heartbeats: "I am alive", a lease request to every acceptor, and the moment at which a node looks
 * around and proposes (rules §6.3–§6.5).
 */
import type { NodeId, NodeRef } from '../../base/operation.ts';
import type { View } from '../membership.ts';
import type { Acceptor } from '../paxos/acceptor.ts';
import type { Proposal } from '../paxos/proposer.ts';
import { giveWay, knownIds, post, propose, sendProposal } from './agreement.ts';
import { watchOutsiders } from './choose-view.ts';
import { forgive, heard, heardIds, isAlive } from './detector.ts';
import { holdUs, newRequest, onGrant, refKey } from './lease.ts';
import type { Heartbeat, HeartbeatAck } from './messages.ts';
import { has, isMember } from './sanity.ts';
import { type Step, bug } from './state.ts';
import { outlook, wantedView } from './wanted-view.ts';

export const HEARTBEAT_TIMER = 'membership heartbeat';

/** Once per `heartbeatUs`: ask for leases, look around, act. */
export function beat(step: Step): void {
  const { s, out, nowUs } = step;
  const { heartbeatUs, suspectUs } = s.config.timing;
  out.setTimer(HEARTBEAT_TIMER, heartbeatUs);
  const lateUs = nowUs - s.beatUs - heartbeatUs;
  if (lateUs > 0) forgive(s.detector, lateUs, nowUs);
  s.beatUs = nowUs;
  const stays = s.intent === 'member' && !s.lease.stopped;
  const message: Heartbeat = {
    kind: 'HB',
    seq: newRequest(s.lease, nowUs),
    epoch: s.chosen.epoch,
    hears: [...new Set([...heardIds(s.detector, nowUs, suspectUs), s.self.id])],
    join: stays && !isMember(s.chosen, s.self),
    caughtUp: s.caughtUp,
    leaving: !stays,
  };
  for (const id of knownIds(step)) if (id !== s.self.id) out.send(id, message, 0);
  onHeartbeat(step, s.self, message);
  noteLapse(step);
  noteLoss(step);
  if (s.acceptor !== null) considerProposal(step, s.acceptor);
}

export function onHeartbeat(step: Step, from: NodeRef, m: Heartbeat): void {
  const { s, nowUs } = step;
  if (!heard(s.detector, from, m, nowUs, s.config.timing.suspectUs)) return;
  if (m.epoch < s.chosen.epoch) post(step, from.id, { kind: 'DECIDE', view: s.chosen });
  if (m.epoch > s.chosen.epoch) post(step, from.id, { kind: 'VIEW_REQ', epoch: s.chosen.epoch });
  if (s.acceptor === null) return;
  const grant = mayGrant(step, from);
  const { leaseUs } = s.config.timing;
  if (grant) hold(step, from, nowUs + holdUs(leaseUs));
  post(step, from.id, { kind: 'HB_ACK', to: from, seq: m.seq, grant, leaseUs });
}

/** The grant may be in use until then: noted before it leaves. */
function hold({ s, out }: Step, to: NodeRef, untilUs: number): void {
  const key = refKey(to);
  s.grants.holds.set(key, Math.max(s.grants.holds.get(key) ?? 0, untilUs));
  if (out.quiet !== true) out.event({ type: 'grant', detail: { to, untilUs } });
}

/** L-2: a full member, and no proposal at this acceptor that would take its lease away. */
function mayGrant({ s }: Step, to: NodeRef): boolean {
  if (!has(s.chosen.full, to) || s.grants.relinquished.has(refKey(to))) return false;
  if (bug(s, 'grant-after-exclusion')) return true;
  const accepted = s.acceptor?.accepted;
  if (accepted !== null && accepted !== undefined && !has(accepted.value.full, to)) return false;
  return s.waiting === null || has(s.waiting.view.full, to);
}

export function onHeartbeatAck(step: Step, from: NodeId, m: HeartbeatAck): void {
  const { s, nowUs, out, port } = step;
  if (!m.grant || m.to.id !== s.self.id || m.to.inc !== s.self.inc) return;
  const countFrom = bug(s, 'lease-from-receipt') ? nowUs : undefined;
  const longer = onGrant(s.lease, from, m.seq, m.leaseUs, s.quorum, countFrom);
  if (out.quiet !== true)
    out.event({
      type: 'lease',
      detail: { self: s.self, from, untilUs: s.lease.ends.get(from) ?? 0 },
    });
  if (!longer || !has(s.chosen.full, s.self)) return;
  port.lease(s.lease.untilUs);
  if (s.serves || s.lease.untilUs <= nowUs) return;
  s.serves = true;
  out.event({ type: 'serves', detail: { self: s.self, epoch: s.chosen.epoch } });
}

/** The lease ran out: the data path has refused ever since; here it is noticed. */
function noteLapse({ s, nowUs, out }: Step): void {
  if (!s.serves || nowUs < s.lease.untilUs) return;
  s.serves = false;
  const agoUs = nowUs - s.lease.untilUs;
  out.event({ type: 'lapse', detail: { self: s.self, agoUs } });
}

/**
 * All full members of the latest view have been heard of under a later incarnation (§7.5). Not while
 * there may be a later view: somebody knows of one, or one may have been chosen at this acceptor.
 */
function noteLoss({ s, out, port }: Step): void {
  const { chosen, detector } = s;
  const lost =
    chosen.epoch > 0 &&
    chosen.full.every((ref) => (detector.highestInc.get(ref.id) ?? 0) > ref.inc) &&
    [...detector.peers.values()].every((peer) => peer.last.epoch <= chosen.epoch) &&
    (s.acceptor?.accepted ?? null) === null;
  if (lost === s.lost) return;
  s.lost = lost;
  out.event({ type: lost ? 'lost' : 'found', detail: { self: s.self, view: chosen } });
  port.lost(lost);
}

/** Proposes the better view once it is this node's turn (§6.5). */
function considerProposal(step: Step, acceptor: Acceptor<View>): void {
  const { s, nowUs } = step;
  watchOutsiders(outlook(step));
  if (s.proposal !== null && isHopeless(step, s.proposal)) {
    s.proposal = null;
    s.defeats++;
    giveWay(step);
  }
  if (s.proposal !== null) return sendProposal(step);
  // What an acceptor accepted may have been chosen without anybody knowing it: somebody has to ask.
  const wanted = acceptor.accepted !== null || wantedView(step) !== undefined;
  if (!wanted) s.wantSinceUs = null;
  else s.wantSinceUs ??= nowUs;
  if (s.wantSinceUs !== null && isItsTurn(step, s.wantSinceUs)) propose(step);
}

/** Lower acceptors come first, a step each; and nobody comes while another's proposal waits. */
function isItsTurn({ s, nowUs }: Step, wantSinceUs: number): boolean {
  const { suspectUs, stepUs } = s.config.timing;
  const alive = (id: NodeId): boolean => isAlive(s.detector, id, nowUs, suspectUs);
  const ahead = s.acceptors.filter((id) => id < s.self.id && alive(id)).length;
  const waits = s.waiting !== null && s.waiting.from !== s.self.id && alive(s.waiting.from);
  return !waits && nowUs >= s.quietUntilUs && nowUs >= wantSinceUs + ahead * stepUs;
}

/** Its own view, which nobody has accepted yet, could serve no more: all full members are gone. */
function isHopeless({ s, nowUs }: Step, p: Proposal<View>): boolean {
  const { suspectUs } = s.config.timing;
  const lives = (ref: NodeRef): boolean =>
    isAlive(s.detector, ref.id, nowUs, suspectUs) &&
    s.detector.peers.get(ref.id)?.ref.inc === ref.inc;
  const bound = p.found || p.accepts.size > 0;
  return p.value !== null && !bound && !p.value.full.some(lives);
}
