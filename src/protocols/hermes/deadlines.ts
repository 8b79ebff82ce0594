/**
 * Deadlines of requests, and clients that leave (spec §10).
 *
 * Requests that were not answered at once stand in one list by deadline, and one timer is armed for
 * its head. It is set again when it goes off, not when the head is answered: in the usual case no
 * request costs a timer.
 */
import { EXPIRED, answer, failure, retire } from './answers.ts';
import { remove, withdraw } from './queue.ts';
import { type Core, type Request, touch } from './state.ts';

const TIMER = 'deadline';

/** Keeps a request until it is answered. */
export function track(s: Core, request: Request): void {
  compact(s);
  let at = s.open.length;
  while (at > 0 && (s.open[at - 1] as Request).deadlineUs > request.deadlineUs) at--;
  if (at === s.open.length) s.open.push(request);
  else s.open.splice(at, 0, request);
  if (request.deadlineUs === Infinity) return;
  if (s.deadlineArmedUs === 0 || request.deadlineUs < s.deadlineArmedUs) arm(s, request.deadlineUs);
}

/** Drops answered requests once they are the greater part: constant cost per request. */
function compact(s: Core): void {
  if (s.openDone < 64 || s.openDone * 2 < s.open.length) return;
  s.open = s.open.filter((request) => request.phase !== 'done');
  s.openDone = 0;
}

function arm(s: Core, atUs: number): void {
  s.deadlineArmedUs = atUs;
  s.out.setTimer(TIMER, Math.max(1, atUs - s.nowUs));
}

/** Timer `deadline`: tells those whose time is over, and waits for the next. */
export function onDeadline(s: Core): void {
  s.deadlineArmedUs = 0;
  for (const request of s.open) {
    if (request.phase === 'done') continue;
    if (request.deadlineUs > s.nowUs) {
      if (request.deadlineUs < Infinity) arm(s, request.deadlineUs);
      return;
    }
    expire(s, request);
  }
}

/** Was no INV issued since it last failed for certain? Then it definitely did not happen. */
function expire(s: Core, request: Request): void {
  const definite = detach(s, request);
  s.counters[definite ? 'expired' : 'unknown']++;
  answer(
    s,
    request,
    definite
      ? EXPIRED
      : failure('UNKNOWN', 'the deadline passed before all members acknowledged it'),
  );
}

/** The client of a request left: nobody is told, and what is not issued is dropped. */
export function onGone(s: Core, id: number): void {
  const request = s.open.find((open) => open.id === id && open.phase !== 'done');
  if (request === undefined) return;
  detach(s, request);
  retire(s, request);
}

/**
 * Takes a request out of wherever it stands. An update that is out goes on without a client; if it
 * is doomed, or will be, it is dropped and never retried. True: no INV of it is out.
 */
export function detach(s: Core, request: Request): boolean {
  const { rec } = request;
  touch(s, rec);
  switch (request.phase) {
    case 'issued':
      if (rec.pend !== undefined) remove(rec.pend.clients, request);
      return false;
    case 'doomed':
      if (rec.waiting?.doomed?.request === request) rec.waiting.doomed = undefined;
      return false;
    case 'waiting':
    case 'backoff':
      withdraw(s, request);
      return true;
    case 'done':
      return true;
  }
}
