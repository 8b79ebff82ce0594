/**
 * An operator's orders, JOIN and LEAVE: each is answered when it has come true, or, when that takes
 * long, with what it waits for. It stays in force all the same.
 */
import { nodeName } from '../../base/node-name.ts';
import type { NodeId } from '../../base/operation.ts';
import { LOST_TEXT } from '../membership.ts';
import { newAcceptor } from '../paxos/acceptor.ts';
import { persist } from './agreement.ts';
import { isAlive } from './detector.ts';
import { beat } from './heartbeat.ts';
import { holdUs } from './lease.ts';
import { has, isMember } from './sanity.ts';
import type { MembershipCommand, Order, Step } from './state.ts';

/** How long an order may take before its giver hears why, in suspicion times. */
const PATIENCE = 60;

/** An operator asks. */
export function takeOrder(step: Step, id: number, { f }: MembershipCommand): void {
  const { s, nowUs, out } = step;
  if (f === 'mend') return mend(step, id);
  const fault = f === 'leave' ? leaveFault(step) : undefined;
  if (fault !== undefined) {
    out.reply(id, { type: 'error', code: 'ERR', message: fault }, 0);
    return;
  }
  for (const older of s.orders.filter((order) => order.f !== f))
    answer(step, older, `HERMES ${f.toUpperCase()} came after it`);
  if (f === 'leave') leave(step);
  else rejoin(step);
  const untilUs = nowUs + PATIENCE * s.config.timing.suspectUs;
  s.orders = [...s.orders, { id, f, untilUs }];
}

/** Answers the orders that have come true, and those that took too long. After every step. */
export function settleOrders(step: Step): void {
  const { s, out, nowUs } = step;
  for (const order of s.orders) {
    if (isDone(step, order)) {
      drop(step, order);
      out.reply(order.id, { type: 'done' }, s.recordLsn);
    } else if (order.f === 'join' && s.lost) answer(step, order, LOST_TEXT);
    else if (nowUs >= order.untilUs) answer(step, order, whatIsMissing(step, order));
  }
}

function isDone({ s, nowUs }: Step, { f }: Order): boolean {
  if (f === 'leave') return !isMember(s.chosen, s.self);
  return has(s.chosen.full, s.self) && nowUs < s.lease.untilUs;
}

function answer(step: Step, order: Order, message: string): void {
  drop(step, order);
  const code = message === LOST_TEXT ? 'LOST' : 'ERR';
  step.out.reply(order.id, { type: 'error', code, message }, 0);
}

function drop({ s }: Step, order: Order): void {
  s.orders = s.orders.filter((other) => other !== order);
}

function whatIsMissing(step: Step, { f }: Order): string {
  const after =
    f === 'join'
      ? 'it goes on trying'
      : 'it serves until then and goes on asking; HERMES JOIN takes that back';
  return `${missing(step, f)}; ${after}`;
}

function missing({ s, nowUs }: Step, f: Order['f']): string {
  const { suspectUs } = s.config.timing;
  const alive = (id: NodeId): boolean =>
    id === s.self.id ? s.acceptor !== null : isAlive(s.detector, id, nowUs, suspectUs);
  const reached = s.acceptors.filter(alive);
  if (reached.length < s.quorum)
    return `a majority of ${names(s.acceptors)} has to agree, and of them ${names(reached)} can be reached`;
  if (f === 'leave') return 'no view without it has been agreed on yet';
  if (has(s.chosen.shadow, s.self))
    return 'it is still copying the data (HERMES STATUS says how far it is)';
  return isMember(s.chosen, s.self)
    ? 'it has no lease yet'
    : 'the members have not let it in yet: each of them has to hear it, and it them';
}

function names(ids: readonly NodeId[]): string {
  return ids.length === 0 ? 'nobody' : ids.map(nodeName).join(' ');
}

/**
 * An acceptor that lost its disk votes again, from the next view on (§7.4).
 *
 * Sound only while the present view holds this incarnation. What its former life promised or accepted
 * concerned views up to the first that was not yet decided when the disk was lost. A view that holds
 * this incarnation was proposed after that, so it is that one or a later one: of all that is still to
 * be decided the former life knew nothing. It may have granted leases; so this life waits them out
 * before it lets a view take one away.
 */
function mend(step: Step, id: number): void {
  const { s, nowUs, out } = step;
  const fault = mendFault(step);
  if (fault !== undefined) return out.reply(id, { type: 'error', code: 'ERR', message: fault }, 0);
  if (s.acceptor === null) {
    s.acceptor = newAcceptor(s.chosen.epoch + 1);
    s.grants.coldUntilUs = Math.max(s.grants.coldUntilUs, nowUs + holdUs(s.config.timing.leaseUs));
    persist(step);
  }
  out.reply(id, { type: 'done' }, s.recordLsn);
}

function mendFault({ s }: Step): string | undefined {
  if (!s.acceptors.includes(s.self.id))
    return `it never decided on views: that is for ${names(s.acceptors)}`;
  if (s.acceptor !== null || isMember(s.chosen, s.self)) return undefined;
  return 'the others have to take it in first: a view without it does not show that what it promised before is over';
}

/** Why a node may not leave; undefined: it may. */
function leaveFault({ s }: Step): string | undefined {
  if (s.chosen.epoch === 0) return 'there is no view yet that it could leave';
  const last = s.chosen.full.length === 1 && has(s.chosen.full, s.self);
  return last
    ? 'the last full member cannot leave: nobody else holds the data. Let another node join first'
    : undefined;
}

/**
 * Asks to be left out of the next view, and does not ask to be let in again. It serves on until a
 * view without it is proposed: by then others are known to hold the data.
 */
function leave(step: Step): void {
  const { s } = step;
  if (s.intent === 'left') return;
  s.intent = 'left';
  persist(step);
  beat(step);
}

/**
 * Takes back `leave`. Who stopped serving cannot go on under this identity (L-7): still a member, it
 * comes back once the view without it is there; outside already, it is born anew at once.
 */
function rejoin(step: Step): void {
  const { s } = step;
  if (s.intent === 'member') return;
  s.intent = 'member';
  persist(step);
  if (s.lease.stopped && !isMember(s.chosen, s.self)) step.out.reborn();
  else beat(step);
}
