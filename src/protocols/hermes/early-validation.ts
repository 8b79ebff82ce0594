/**
 * O3: followers send their acknowledgements to all, and each validates a write by itself when every
 * other member is known to have passed through it (paper §3.3; ). Read-modify-writes
 * keep their VAL: a follower may not expose one before its coordinator knows.
 */
import type { NodeId } from '../../base/operation.ts';
import { note } from './answers.ts';
import { ones } from './coordinator.ts';
import { type Core, type Installed, type KeyRec, type Tally, become, touch } from './state.ts';
import type { Ts } from './timestamp.ts';

/** Does the update travel by O3? */
export function isEarly(s: Core, rmw: boolean): boolean {
  return s.options.o3 && (!rmw || s.bugs['o3-validates-rmw']);
}

/**
 * Member `id` has passed through `ts` in this epoch: it acknowledged without `sup`, or sent an INV
 * of it. May come before this node knows the update. One timestamp per key is kept, the highest.
 */
export function witness(s: Core, installed: Installed, rec: KeyRec, ts: Ts, id: NodeId): void {
  const order = s.compare(ts, rec.ts);
  if (order < 0 || (order === 0 && rec.state === 'V')) return;
  let tally = rec.tally;
  if (tally === undefined || s.compare(ts, tally.ts) > 0) {
    tally = { ts, low: 0, high: 0 };
    rec.tally = tally;
  }
  if (s.compare(ts, tally.ts) !== 0) return;
  if (id < 32) tally.low |= 1 << id;
  else tally.high |= 1 << id;
  validateEarly(s, installed, rec, tally);
}

function validateEarly(s: Core, installed: Installed, rec: KeyRec, tally: Tally): void {
  if (rec.state !== 'I' || s.compare(tally.ts, rec.ts) !== 0 || !isEarly(s, rec.rmw)) return;
  const absent = ones(installed.othersLow & ~tally.low) + ones(installed.othersHigh & ~tally.high);
  if (absent > (s.bugs['o3-one-ack-too-few'] ? 1 : 0)) return;
  rec.tally = undefined;
  become(s, rec, 'V', rec.pend);
  note(s, 'validate', rec);
  touch(s, rec);
}
