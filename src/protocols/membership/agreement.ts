/**
 * Agreement on the next view: the acceptor's and the proposer's handlers (rules §6.3, §6.5), on the
 * Paxos of `paxos/`. Slot e decides view e; slot e + 1 opens when view e is known.
 */
import type { NodeId, NodeRef } from '../../base/operation.ts';
import type { View } from '../membership.ts';
import { type Acceptor, accept, openSlot, promise } from '../paxos/acceptor.ts';
import { type Ballot, NO_BALLOT, compareBallots } from '../paxos/ballot.ts';
import { newProposal, onAccepted, onPromise, silent } from '../paxos/proposer.ts';
import type { AcceptorRecord } from './codec.ts';
import { forgetGrants, refKey, stopLease } from './lease.ts';
import type { Accept, Hold, MembershipMessage, Nack, Prepare } from './messages.ts';
import { has, isMember, viewFault } from './sanity.ts';
import { type MembershipState, type Step, bug } from './state.ts';
import { wantedView } from './wanted-view.ts';

export const HOLD_TIMER = 'membership hold';

/** Sends to any node, itself included: that waits in `mail` for its log position. */
export function post(step: Step, to: NodeId, message: MembershipMessage, after = 0): void {
  if (to === step.s.self.id) step.s.mail.push({ lsn: after, message });
  else step.out.send(to, message, after);
}

/** What must not be forgotten, as it is now. */
export function recordOf(s: MembershipState): AcceptorRecord {
  return {
    votes: s.acceptor !== null,
    acceptors: s.acceptors,
    chosen: s.chosen,
    promised: s.acceptor?.promised ?? NO_BALLOT,
    accepted: s.acceptor?.accepted ?? null,
    left: s.intent === 'left',
  };
}

/** Writes it down, and notes the position that answers which reveal it must wait for. */
export function persist({ s, out }: Step): void {
  s.recordLsn = out.append(recordOf(s));
}

/** A view that was chosen: forget what concerned its slot, tell the data path. */
export function learn(step: Step, view: View): void {
  const { s, nowUs, out, port } = step;
  if (view.epoch <= s.chosen.epoch) return;
  s.chosen = view;
  if (s.acceptor !== null) openSlot(s.acceptor, view.epoch + 1);
  s.waiting = null;
  s.proposal = null;
  s.wantSinceUs = null;
  s.round = 0;
  s.quietUntilUs = 0;
  s.defeats = 0;
  forgetGrants(s.grants, view, nowUs);
  out.cancelTimer(HOLD_TIMER);
  persist(step);
  if (out.quiet !== true) out.event({ type: 'chosen', detail: view });
  const over = !isMember(view, s.self) && (view.maxInc[s.self.id] ?? 0) >= s.self.inc;
  if (over) retire(step);
  port.view(view);
  // It may never have installed a view that it was in: the data path would not ask for it.
  if (over) out.reborn();
}

/** Stops serving for good under this identity (L-7). */
export function retire({ s, out, port }: Step): void {
  stopLease(s.lease);
  s.serves = false;
  port.lease(0);
  if (out.quiet !== true) out.event({ type: 'retire', detail: s.self });
}

export function onPrepare(step: Step, from: NodeId, m: Prepare): void {
  const { s } = step;
  const a = s.acceptor;
  if (a === null || !isOpen(step, from, m)) return;
  s.round = Math.max(s.round, m.ballot.round);
  const outranks = compareBallots(m.ballot, a.promised) > 0;
  if (!raise(step, a, m.ballot)) return refuse(step, from, m, 'ballot');
  if (outranks) s.waiting = null;
  if (from !== s.self.id) giveWay(step);
  const answer = { kind: 'PROMISE', slot: m.slot, ballot: m.ballot, accepted: a.accepted } as const;
  post(step, from, answer, s.recordLsn);
}

/** Promises the ballot, in writing. False: a higher one was promised. */
function raise(step: Step, a: Acceptor<View>, ballot: Ballot): boolean {
  const before = a.promised;
  if (!promise(a, ballot)) return false;
  if (compareBallots(ballot, before) > 0) persist(step);
  return true;
}

export function onAccept(step: Step, from: NodeId, m: Accept): void {
  const { s } = step;
  const a = s.acceptor;
  if (a === null || !isOpen(step, from, m)) return;
  if (!raise(step, a, m.ballot)) return refuse(step, from, m, 'ballot');
  if (viewFault(s.chosen, m.view) !== undefined) return refuse(step, from, m, 'invalid');
  s.waiting = { from, ballot: m.ballot, view: m.view };
  const letGo = has(s.chosen.full, s.self) && !has(m.view.full, s.self);
  if (letGo && s.intent === 'left' && !s.lease.stopped) relinquish(step);
  tryAccept(step);
}

/** Wanted to leave, and is being let go: stops serving, so that nobody need wait for its lease. */
function relinquish(step: Step): void {
  if (!bug(step.s, 'serve-after-relinquish')) retire(step);
  for (const id of step.s.acceptors) post(step, id, { kind: 'RELINQUISH' });
}

/** "I stopped serving": the grants of that incarnation are over at once (L-7). */
export function onRelinquish(step: Step, from: NodeRef): void {
  const { s, nowUs, out } = step;
  const key = refKey(from);
  if (s.grants.holds.has(key)) s.grants.holds.set(key, nowUs);
  s.grants.relinquished.add(key);
  if (out.quiet !== true) out.event({ type: 'relinquished', detail: { to: from, untilUs: nowUs } });
  tryAccept(step);
}

/** Accepts the waiting proposal once no lease that it takes away can be in use any more. */
export function tryAccept(step: Step): void {
  const { s, out, nowUs } = step;
  const { acceptor: a, waiting: w } = s;
  if (a === null || w === null) return;
  const untilUs = bug(s, 'no-lease-wait') ? 0 : blockedUntil(step, w.view);
  if (untilUs > nowUs) {
    const leftUs = untilUs - nowUs;
    out.setTimer(HOLD_TIMER, leftUs);
    return post(step, w.from, { kind: 'HOLD', slot: a.slot, ballot: w.ballot, leftUs });
  }
  s.waiting = null;
  // A repeated request gets the same answer, and waits for the same position.
  if (a.accepted === null || compareBallots(a.accepted.ballot, w.ballot) !== 0) {
    accept(a, w.ballot, w.view);
    persist(step);
  }
  // Others may hold theirs for a lease longer: meanwhile this is not taken for forgotten.
  const { leaseUs } = s.config.timing;
  if (w.from !== s.self.id) s.quietUntilUs = Math.max(s.quietUntilUs, nowUs + leaseUs);
  post(step, w.from, { kind: 'ACCEPTED', slot: a.slot, ballot: w.ballot }, s.recordLsn);
}

/** Local time at which the last lease that `view` takes away has run out (rule 4 of §6.5). */
function blockedUntil({ s }: Step, view: View): number {
  let until = 0;
  for (const [key, end] of s.grants.holds)
    if (end > until && !view.full.some((ref) => refKey(ref) === key)) until = end;
  const drops = s.chosen.full.some((ref) => !has(view.full, ref));
  return drops && !bug(s, 'no-cold-wait') ? Math.max(until, s.grants.coldUntilUs) : until;
}

/** The slot is the open one; else the sender is told what it needs to know. */
function isOpen(step: Step, from: NodeId, m: Prepare | Accept): boolean {
  const { s } = step;
  if (m.slot === s.chosen.epoch + 1) return true;
  if (m.slot <= s.chosen.epoch) post(step, from, { kind: 'DECIDE', view: s.chosen });
  else refuse(step, from, m, 'behind');
  return false;
}

function refuse(step: Step, from: NodeId, m: Prepare | Accept, why: Nack['why']): void {
  const promised = step.s.acceptor?.promised ?? NO_BALLOT;
  post(step, from, { kind: 'NACK', slot: m.slot, ballot: m.ballot, why, promised });
}

/** Begins a proposal for the open slot, under a ballot of its own. */
export function propose(step: Step): void {
  const { s } = step;
  s.round++;
  s.held.clear();
  const inc = bug(s, 'ballot-reuse') ? 0 : s.self.inc;
  s.proposal = newProposal(s.chosen.epoch + 1, { round: s.round, id: s.self.id, inc });
  sendProposal(step);
}

/** Sends the request of the present phase to all acceptors that have not answered it. */
export function sendProposal(step: Step): void {
  const p = step.s.proposal;
  if (p === null) return;
  const { slot, ballot } = p;
  const message: MembershipMessage =
    p.phase === 'prepare'
      ? { kind: 'PREPARE', slot, ballot }
      : { kind: 'ACCEPT', slot, ballot, view: p.value as View };
  const { held } = step.s;
  for (const id of silent(p, step.s.acceptors))
    if (p.phase === 'prepare' || (held.get(id) ?? 0) <= step.nowUs) post(step, id, message);
}

/** The proposal that an answer is about; undefined: it is over. */
function answered(
  { s }: Step,
  m: { slot: number; ballot: Ballot },
): NonNullable<typeof s.proposal> | undefined {
  const p = s.proposal;
  return p !== null && p.slot === m.slot && compareBallots(p.ballot, m.ballot) === 0
    ? p
    : undefined;
}

export function onPromised(
  step: Step,
  from: NodeId,
  m: Extract<MembershipMessage, { kind: 'PROMISE' }>,
): void {
  const p = answered(step, m);
  if (p === undefined) return;
  const phase = onPromise(p, from, m.accepted, step.s.quorum, () => wantedView(step));
  if (phase === 'begun') sendProposal(step);
  else if (phase === 'idle') step.s.proposal = null;
}

export function onAcceptedBy(
  step: Step,
  from: NodeId,
  m: Extract<MembershipMessage, { kind: 'ACCEPTED' }>,
): void {
  const p = answered(step, m);
  if (p === undefined || !onAccepted(p, from, step.s.quorum)) return;
  const view = p.value as View;
  for (const id of knownIds(step))
    if (id !== step.s.self.id) post(step, id, { kind: 'DECIDE', view });
  learn(step, view);
}

/** The acceptor answers by itself when the lease has run out. */
export function onHold(step: Step, from: NodeId, m: Hold): void {
  if (answered(step, m) !== undefined) step.s.held.set(from, step.nowUs + m.leftUs);
}

/** Outranked: give up for a while. Behind: teach. Invalid: this node's own view of things is old. */
export function onNack(step: Step, from: NodeId, m: Nack): void {
  const { s } = step;
  if (answered(step, m) === undefined) return;
  if (m.why === 'behind') return post(step, from, { kind: 'DECIDE', view: s.chosen });
  s.round = Math.max(s.round, m.promised.round);
  s.proposal = null;
  s.defeats++;
  giveWay(step);
}

/** Somebody else proposes: hold back, the longer the more often this happened, by chance. */
export function giveWay({ s, nowUs }: Step): void {
  const longest = s.config.timing.stepUs * Math.min(2 ** s.defeats, 64);
  const wait = s.random === undefined ? longest : Math.ceil(longest / 2) + s.random.below(longest);
  s.quietUntilUs = Math.max(s.quietUntilUs, nowUs + wait);
}

/** Everybody who may want to know of a view: acceptors, members, and who was heard of. */
export function knownIds({ s }: Step): Set<NodeId> {
  const refs: readonly NodeRef[] = [...s.chosen.full, ...s.chosen.shadow];
  return new Set([...s.acceptors, ...refs.map((ref) => ref.id), ...s.detector.peers.keys()]);
}
