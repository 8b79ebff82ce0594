/** What a member does with the INVs and VALs of others (paper §3.2; spec §2.4, the table §2.5). */
import type { NodeRef } from '../../base/operation.ts';
import { answer, failure, note } from './answers.ts';
import { countAck, finish, giveUp } from './coordinator.ts';
import { isEarly, witness } from './early-validation.ts';
import type { Inv, Val } from './messages.ts';
import {
  type Core,
  type Installed,
  type KeyRec,
  type Pend,
  become,
  restartReplayTimer,
  sendOthers,
  touch,
  waitingOf,
} from './state.ts';

/** An INV came. */
export function onInv(s: Core, installed: Installed, from: NodeRef, m: Inv, rec: KeyRec): void {
  const order = s.compare(m.ts, rec.ts);
  if (order > 0) adopt(s, installed, from, m, rec);
  else if (order === 0) again(s, installed, from, m, rec);
  else stale(s, installed, from, m, rec);
  if (s.options.o3 && order >= 0) witness(s, installed, rec, m.ts, from.id);
  // X2: who invalidates with a higher timestamp has seen, or will never pass through, the lower.
  const pend = rec.pend;
  if (s.options.x2 && pend?.kind === 'write' && s.compare(m.ts, pend.ts) > 0)
    countAck(s, installed, rec, pend, from.id, true);
}

/** A newer update: take it over, invalid until it is known to be everywhere. */
function adopt(s: Core, installed: Installed, from: NodeRef, m: Inv, rec: KeyRec): void {
  const overtaken = rec.pend;
  s.counters.adopted++;
  rec.ts = m.ts;
  rec.value = m.value;
  rec.rmw = m.rmw;
  rec.lastWriter = from;
  const open = stillOpen(overtaken);
  become(s, rec, 'I', open);
  if (overtaken !== undefined) overtake(s, rec, open ?? overtaken);
  note(s, 'adopt', rec, m.ts, undefined, m);
  acknowledge(s, installed, from, m, false);
  restartReplayTimer(s, rec);
}

/**
 * What of an overtaken update goes on: a write. With the planted bug `complete-on-higher-val` a replay may
 * have an overtaken write's clients to answer; then it does too.
 */
function stillOpen(pend: Pend | undefined): Pend | undefined {
  if (pend?.kind === 'replay' && pend.clients.length > 0) return { ...pend, kind: 'write' };
  return pend?.kind === 'write' ? pend : undefined;
}

/** A write goes on (T), a replay is dropped, a read-modify-write is doomed. */
function overtake(s: Core, rec: KeyRec, pend: Pend): void {
  if (pend.kind === 'write') {
    if (s.bugs['complete-on-higher-inv']) abandon(s, rec, pend, () => finish(s, rec, pend));
    if (s.bugs['reject-overtaken']) abandon(s, rec, pend, () => rejectAll(s, pend));
    return;
  }
  giveUp(s, rec);
  const client = pend.clients[0];
  if (pend.kind === 'replay' || client === undefined) return;
  s.counters.doomed++;
  note(s, 'doom', rec, pend.ts, client.id);
  if (s.bugs['abort-at-once']) {
    rejectAll(s, pend);
    return;
  }
  client.phase = 'doomed';
  waitingOf(rec).doomed = { ts: pend.ts, request: client };
}

/** Planted bugs only: the pending write ends here and now. */
function abandon(s: Core, rec: KeyRec, pend: Pend, tell: () => void): void {
  if (rec.pend !== pend) return;
  become(s, rec, rec.state, undefined);
  giveUp(s, rec);
  tell();
}

function rejectAll(s: Core, pend: Pend): void {
  for (const client of pend.clients) answer(s, client, failure('ABORTED', 'overtaken'));
}

/** The update that this node holds already: a repetition, or somebody replays it. */
function again(s: Core, installed: Installed, from: NodeRef, m: Inv, rec: KeyRec): void {
  // whether an own read-modify-write commits is decided here and nowhere else.
  const own = rec.pend?.kind === 'rmw' && s.compare(rec.pend.ts, m.ts) === 0;
  if (own && !s.bugs['ack-own-replay']) return;
  rec.lastWriter = from;
  if (rec.state === 'V' && s.options.x3) {
    const val: Val = { kind: 'VAL', key: m.key, epoch: installed.view.epoch, ts: rec.ts };
    s.out.send(from.id, val, 0);
    return;
  }
  acknowledge(s, installed, from, m, false);
  restartReplayTimer(s, rec);
}

/** An update that this node has gone past. */
function stale(s: Core, installed: Installed, from: NodeRef, m: Inv, rec: KeyRec): void {
  if (m.rmw && !s.bugs['ack-stale-rmw']) {
    // of two read-modify-writes on one base, the lower must not get this acknowledgement.
    sendOwn(s, installed, from, rec);
    return;
  }
  acknowledge(s, installed, from, m, true);
  const helps = !s.bugs['no-help'] && (installed.full || !s.bugs['help-by-full-members']);
  if (m.re && rec.state === 'I' && rec.pend === undefined && helps) {
    s.counters.helps++;
    note(s, 'help', rec);
    sendOwn(s, installed, from, rec);
  }
}

function acknowledge(s: Core, installed: Installed, from: NodeRef, m: Inv, sup: boolean): void {
  const epoch = installed.view.epoch;
  const ack = { kind: 'ACK', key: m.key, epoch, ts: m.ts, sup } as const;
  if (!sup && isEarly(s, m.rmw)) sendOthers(s, installed, ack);
  else s.out.send(from.id, ack, 0);
}

/** Answers a stale INV with what this node holds. */
function sendOwn(s: Core, installed: Installed, to: NodeRef, rec: KeyRec): void {
  const rmw = rec.rmw && !s.bugs['replay-drops-flag'];
  const { key, ts, value } = rec;
  const epoch = installed.view.epoch;
  s.out.send(to.id, { kind: 'INV', key, epoch, ts, rmw, value, re: false }, 0);
}

/** A VAL came. */
export function onVal(s: Core, m: Val, rec: KeyRec): void {
  const pend = rec.pend;
  if (s.compare(m.ts, rec.ts) === 0 || s.bugs['val-any-timestamp']) {
    if (rec.state !== 'V') validated(s, rec, pend);
    return;
  }
  // Needed with X3: a Valid peer answers VAL instead of ACK, for ever.
  const own = pend?.kind === 'write' && s.compare(m.ts, pend.ts) === 0;
  if (!own || s.bugs['val-own-ignored']) return;
  become(s, rec, rec.state, undefined);
  finish(s, rec, pend);
}

/** The local timestamp is committed. An own older write stays pending (V+p): see D6. */
function validated(s: Core, rec: KeyRec, pend: Pend | undefined): void {
  const over =
    pend !== undefined && (s.compare(pend.ts, rec.ts) === 0 || s.bugs['complete-on-higher-val']);
  become(s, rec, 'V', over ? undefined : pend);
  note(s, 'validate', rec);
  if (over) finish(s, rec, pend);
  touch(s, rec);
}
