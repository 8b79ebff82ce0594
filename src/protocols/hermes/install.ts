/** Views as an input: what changes when one is installed (paper §3.4; ). */
import type { NodeId, NodeRef } from '../../base/operation.ts';
import type { View } from '../membership.ts';
import { answer, failure } from './answers.ts';
import { restart } from './coordinator.ts';
import { type Core, type Installed, type KeyRec, become, touch } from './state.ts';
import { ZERO } from './timestamp.ts';
import { arrangeTransfer } from './transfer.ts';

/**
 * Installs a decided view. False: this node was in the view before and is not in this one; it has
 * stopped, and must come back as a new incarnation.
 */
export function install(s: Core, view: View): boolean {
  const before = s.installed;
  if (before !== undefined && view.epoch <= before.view.epoch) return true;
  const member = [...view.full, ...view.shadow].some((ref) => isSelf(s, ref));
  if (!member && before === undefined) return true;
  const promoted = before?.full === false && view.full.some((ref) => isSelf(s, ref));
  s.out.event({ type: member ? 'install' : 'leave', detail: { self: s.self, view, promoted } });
  if (!member) {
    stop(s);
    return false;
  }
  const installed = derive(s, view);
  s.installed = installed;
  s.eager = [];
  const filled = installed.full && before?.full !== true;
  for (const rec of concerned(s)) reset(s, installed, rec, filled);
  arrangeTransfer(s, installed);
  return true;
}

/** Keys that a view changes anything for, in an order that follows from the state alone. */
function concerned(s: Core): KeyRec[] {
  const found: KeyRec[] = [];
  for (const rec of s.keys.values()) {
    rec.tally = undefined;
    if (rec.state !== 'V' || rec.pend !== undefined) found.push(rec);
  }
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

function isSelf(s: Core, ref: NodeRef): boolean {
  return ref.id === s.self.id && ref.inc === s.self.inc;
}

/** What the message handlers ask of a view, worked out once. */
export function derive(s: Core, view: View): Installed {
  const members: (NodeRef | undefined)[] = [];
  const isFull: boolean[] = [];
  for (const ref of [...view.full, ...view.shadow]) members[ref.id] = ref;
  for (const ref of view.full) isFull[ref.id] = true;
  const others = members.flatMap((ref) =>
    ref === undefined || ref.id === s.self.id ? [] : [ref.id],
  );
  const counted = others.filter((id) => isFull[id] === true || !s.bugs['shadows-not-counted']);
  if (s.bugs['waits-for-the-removed'])
    counted.push(
      ...Object.keys(view.maxInc)
        .map(Number)
        .filter((id) => id !== s.self.id),
    );
  return {
    view,
    full: isFull[s.self.id] === true,
    gen: view.gen[s.self.id] ?? view.epoch,
    members,
    isFull,
    others,
    othersLow: bits(counted, 0),
    othersHigh: bits(counted, 32),
    rank: others.filter((id) => isFull[id] === true && id < s.self.id).length,
  };
}

function bits(ids: readonly NodeId[], from: number): number {
  let word = 0;
  for (const id of ids) if (id >= from && id < from + 32) word |= 1 << (id - from);
  return word;
}

/** One key in a new view: its own update starts over; who waits is looked at anew. */
function reset(s: Core, installed: Installed, rec: KeyRec, filled: boolean): void {
  // What no source had is absent, and Valid, at a full member.
  if (filled && s.compare(rec.ts, ZERO) === 0) become(s, rec, 'V', undefined);
  if (rec.pend !== undefined) restart(s, installed, rec, rec.pend);
  touch(s, rec);
}

/** Not a member any more: answers everyone, forgets everything. */
function stop(s: Core): void {
  s.leaseUntilUs = 0;
  for (const request of s.open) {
    const definite = request.phase === 'waiting' || request.phase === 'backoff';
    answer(
      s,
      request,
      definite
        ? failure('NOTMEMBER', 'this node was removed before it was issued')
        : failure('UNKNOWN', 'this node was removed before all members acknowledged it'),
    );
  }
  s.installed = undefined;
  if (!s.bugs['keep-entries']) s.keys.clear();
  s.open = [];
  s.openDone = 0;
  s.queued = 0;
  s.eager = [];
  s.transfer = undefined;
  s.listing = undefined;
  s.eagerRunning = 0;
  s.unsettled.length = 0;
  s.census.fill(0);
}
