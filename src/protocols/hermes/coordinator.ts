/**
 * The coordinator of an update (paper §3.2; spec §2.3): issue, count acknowledgements, complete,
 * send again. Replays use the same path with the original timestamp (spec §4).
 */
import type { Bytes, NodeId, NodeRef, Result } from '../../base/operation.ts';
import { DONE, answer, note } from './answers.ts';
import type { Ack, Inv } from './messages.ts';
import {
  type Core,
  type Installed,
  type KeyRec,
  type Pend,
  type Request,
  become,
  sendOthers,
  touch,
} from './state.ts';
import { type Ts, virtualId } from './timestamp.ts';

/** What is to be written, and for whom. */
export interface Update {
  readonly kind: 'write' | 'rmw';
  readonly value: Bytes | null;
  readonly result: Result;
  readonly clients: Request[];
}

/** Issues an own update with a new timestamp. */
export function issue(s: Core, installed: Installed, rec: KeyRec, update: Update): void {
  const rmw = update.kind === 'rmw';
  const base = rec.ts;
  const step = rmw || s.bugs['write-plus-one'] ? 1 : 2;
  const ts = newTs(s, installed, s.bugs['node-wide-version'] ? s.lastInv : base, step);
  s.lastInv = ts;
  for (const client of update.clients) {
    client.phase = 'issued';
    client.attempts++;
  }
  s.counters[rmw ? 'rmws' : 'writes']++;
  if (s.out.quiet !== true) {
    const ops = update.clients.map((client) => client.id);
    note(s, 'issue', rec, ts, ops[0], { base, ts, rmw, value: update.value, ops });
  }
  begin(s, installed, rec, newPend(s, update, ts, rmw, false));
}

/** Replays the update that the key holds: same timestamp, same value, same flag (spec §4). */
export function replay(s: Core, installed: Installed, rec: KeyRec, eager: boolean): void {
  s.counters.replays++;
  const of = rec.ts;
  const ts = s.bugs['replay-new-timestamp'] ? newTs(s, installed, of, 2) : of;
  if (s.out.quiet !== true) note(s, 'replay', rec, ts, undefined, { of, ts });
  // With the planted bug `complete-on-higher-val` an overtaken write completes with what overtook it.
  const clients = rec.pend?.clients ?? [];
  if (rec.pend !== undefined) giveUp(s, rec);
  const update: Job = { kind: 'replay', value: rec.value, result: DONE, clients };
  begin(s, installed, rec, newPend(s, update, ts, rec.rmw, eager));
}

type Job = Omit<Update, 'kind'> & { readonly kind: Pend['kind'] };

function newTs(s: Core, installed: Installed, base: Ts, step: number): Ts {
  const k = s.options.o2 && s.random !== undefined ? s.random.below(s.options.virtualIds) : 0;
  const g = s.bugs['no-generation'] ? 1 : installed.gen;
  return { v: base.v + step, c: virtualId(s.self.id, k), g };
}

function newPend(s: Core, update: Job, ts: Ts, rmw: boolean, eager: boolean): Pend {
  return {
    kind: update.kind,
    ts,
    value: update.value,
    rmw,
    ackedLow: 0,
    ackedHigh: 0,
    sup: false,
    resent: 0,
    sentUs: s.nowUs,
    result: update.result,
    clients: update.clients,
    eager,
  };
}

function begin(s: Core, installed: Installed, rec: KeyRec, pend: Pend): void {
  rec.ts = pend.ts;
  rec.value = pend.value;
  rec.rmw = pend.rmw;
  rec.lastWriter = s.self;
  become(s, rec, pend.kind === 'replay' ? 'R' : 'W', pend);
  sendOthers(s, installed, invOf(s, installed, rec, pend, pend.kind === 'replay'));
  waitForAcks(s, installed, rec, pend);
}

/** Arms the retransmission, or completes at once where nobody else has to answer. */
function waitForAcks(s: Core, installed: Installed, rec: KeyRec, pend: Pend): void {
  if (missing(installed, pend) === 0) {
    complete(s, installed, rec, pend);
    return;
  }
  const factor = Math.min(1.5 ** pend.resent, 8);
  s.out.setTimer(retransmitTimer(rec), Math.round(s.config.timing.retransmitUs * factor));
}

function retransmitTimer(rec: KeyRec): string {
  rec.retransmitTimer ??= `retransmit ${rec.key}`;
  return rec.retransmitTimer;
}

function invOf(s: Core, installed: Installed, rec: KeyRec, pend: Pend, re: boolean): Inv {
  return {
    kind: 'INV',
    key: rec.key,
    epoch: installed.view.epoch,
    ts: pend.ts,
    rmw: pend.rmw && !(re && s.bugs['replay-drops-flag']),
    value: pend.value,
    re,
  };
}

/** How many members have not acknowledged. */
function missing(installed: Installed, pend: Pend): number {
  const low = installed.othersLow & ~pend.ackedLow;
  const high = installed.othersHigh & ~pend.ackedHigh;
  return low === 0 && high === 0 ? 0 : ones(low) + ones(high);
}

/** How many bits are set. */
export function ones(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function acknowledged(pend: Pend, id: NodeId): boolean {
  return ((id < 32 ? pend.ackedLow : pend.ackedHigh) & (1 << id)) !== 0;
}

/** An acknowledgement came. */
export function onAck(s: Core, installed: Installed, from: NodeRef, m: Ack, rec: KeyRec): void {
  const pend = rec.pend;
  if (pend === undefined) return;
  if (s.compare(m.ts, pend.ts) !== 0 && !s.bugs['ack-any-timestamp']) return;
  countAck(s, installed, rec, pend, from.id, m.sup);
}

/** Counts one member's acknowledgement, once, and completes with the last. */
export function countAck(
  s: Core,
  installed: Installed,
  rec: KeyRec,
  pend: Pend,
  id: NodeId,
  sup: boolean,
): void {
  if (acknowledged(pend, id)) return;
  if (id < 32) pend.ackedLow |= 1 << id;
  else pend.ackedHigh |= 1 << id;
  if (sup && !s.bugs['published-rmw']) pend.sup = true;
  if (missing(installed, pend) <= (s.bugs['commit-before-all-acks'] ? 1 : 0))
    complete(s, installed, rec, pend);
}

/** All members acknowledged: the update took effect. */
function complete(s: Core, installed: Installed, rec: KeyRec, pend: Pend): void {
  const current = s.compare(pend.ts, rec.ts) === 0;
  if (pend.resent === 0 && s.nowUs > pend.sentUs) observeRoundTrip(s, s.nowUs - pend.sentUs);
  if (!current) {
    become(s, rec, rec.state, undefined);
    // O1: the key belongs to a higher timestamp already.
    if (!s.options.o1 && !pend.sup) sendVal(s, installed, rec, pend.ts);
    if (s.bugs['validate-current']) validate(s, installed, rec);
  } else if (pend.sup) {
    // some member never passed through it, so nobody may read it or build on it.
    become(s, rec, 'I', undefined);
  } else {
    become(s, rec, 'V', undefined);
    s.counters.commits++;
    note(s, 'commit', rec);
    note(s, 'validate', rec);
    if (!s.options.o3 || (pend.rmw && !s.bugs['o3-validates-rmw']))
      sendVal(s, installed, rec, pend.ts);
  }
  finish(s, rec, pend);
}

/** The planted bug `validate-current`. */
function validate(s: Core, installed: Installed, rec: KeyRec): void {
  become(s, rec, 'V', undefined);
  note(s, 'validate', rec);
  sendVal(s, installed, rec, rec.ts);
}

function sendVal(s: Core, installed: Installed, rec: KeyRec, ts: Ts): void {
  sendOthers(s, installed, { kind: 'VAL', key: rec.key, epoch: installed.view.epoch, ts });
}

/** A pending update is known to have taken effect: tells its clients. `rec.pend` is cleared. */
export function finish(s: Core, rec: KeyRec, pend: Pend): void {
  s.out.cancelTimer(retransmitTimer(rec));
  if (s.out.quiet !== true) {
    const ops = pend.clients.map((client) => client.id);
    note(s, 'complete', rec, pend.ts, ops[0], { ts: pend.ts, ops });
  }
  for (const client of pend.clients) answer(s, client, pend.result);
  touch(s, rec);
}

/** A pending update is given up: it was overtaken and is not waited for here. */
export function giveUp(s: Core, rec: KeyRec): void {
  s.out.cancelTimer(retransmitTimer(rec));
}

function observeRoundTrip(s: Core, us: number): void {
  s.roundTripUs += Math.trunc((us - s.roundTripUs) / 8);
}

/** Timer `retransmit`: INV again, to those that have not answered (X4). */
export function retransmit(s: Core, installed: Installed, rec: KeyRec): void {
  const pend = rec.pend;
  if (pend === undefined) return;
  pend.resent++;
  const inv = invOf(s, installed, rec, pend, true);
  // the coordinator of a read-modify-write is silent towards those who replay it.
  const suspicious = pend.resent > s.options.suspectAfter && !(pend.kind === 'replay' && pend.rmw);
  for (const id of installed.others) {
    const silent = !acknowledged(pend, id);
    if (!silent && s.options.x4) continue;
    s.counters.retransmissions++;
    s.out.send(id, inv, 0);
    if (silent && suspicious) suspect(s, installed.members[id] as NodeRef);
  }
  waitForAcks(s, installed, rec, pend);
}

function suspect(s: Core, ref: NodeRef): void {
  if (s.out.quiet !== true) s.out.event({ type: 'suspect', detail: ref });
  s.hints.suspect(ref);
}

/** A new view: acknowledgements start anew, from its members alone. */
export function restart(s: Core, installed: Installed, rec: KeyRec, pend: Pend): void {
  pend.resent = 0;
  if (!(pend.kind === 'rmw' && s.bugs['keep-rmw-acks'])) {
    pend.ackedLow = 0;
    pend.ackedHigh = 0;
    pend.sup = false;
  }
  const inv = invOf(s, installed, rec, pend, true);
  for (const id of installed.others) if (!acknowledged(pend, id)) s.out.send(id, inv, 0);
  waitForAcks(s, installed, rec, pend);
}
