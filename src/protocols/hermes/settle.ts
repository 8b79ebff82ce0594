/**
 * The end of every step: whoever waits for a key that changed is served as far as its state allows
 * and the replay timer is set where nothing else will move the key (spec §4).
 */
import { admit } from './admission.ts';
import { EXPIRED, answer, answerRead, failure, note, refusal, retire } from './answers.ts';
import { replay } from './coordinator.ts';
import { dropIfEmpty, enqueueFirst, isAwaited, remove, takeReads, takeUpdate } from './queue.ts';
import {
  type Core,
  type Doomed,
  type Installed,
  type KeyRec,
  type Request,
  type Waiting,
  operational,
  replayTimer,
  touch,
} from './state.ts';

/** Settles every key that this step touched. Settling may touch keys again, never without end. */
export function settle(s: Core): void {
  const { unsettled } = s;
  do {
    for (let i = 0; i < unsettled.length; i++) settleKey(s, unsettled[i] as KeyRec);
    unsettled.length = 0;
    if (s.eager.length > 0) replayEagerly(s);
  } while (unsettled.length > 0);
}

function settleKey(s: Core, rec: KeyRec): void {
  rec.touched = false;
  const installed = s.installed;
  if (installed === undefined) return;
  if (rec.waiting !== undefined) {
    if (rec.state === 'V') serveReads(s, rec, rec.waiting);
    serveUpdates(s, installed, rec, rec.waiting);
    dropIfEmpty(rec);
  }
  watch(s, installed, rec);
}

/** The key is Valid: the fate of a doomed read-modify-write is known, and reads are answered. */
function serveReads(s: Core, rec: KeyRec, waiting: Waiting): void {
  if (waiting.doomed !== undefined) resolveDoomed(s, rec, waiting, waiting.doomed);
  if (waiting.reads.length === 0) return;
  const serving = operational(s);
  for (const read of takeReads(s, waiting)) {
    if (serving) {
      retire(s, read);
      answerRead(s, rec, read.id);
    } else answer(s, read, refusal(s));
  }
}

/** Issues updates from the head of the queue until one is out. */
function serveUpdates(s: Core, installed: Installed, rec: KeyRec, waiting: Waiting): void {
  while (rec.pend === undefined) {
    const head = waiting.updates[0];
    if (head === undefined) return;
    expireOverdue(s, head);
    if (head.length === 0) {
      // Nothing is left of it to issue.
    } else if (!operational(s)) {
      for (const request of head) answer(s, request, refusal(s));
    } else if (!admit(s, installed, rec, head)) return;
    takeUpdate(s, waiting);
    // Alone in the view an update completes at once, and its readers may have been waiting.
  }
}

/** The timer may be late: what is over its deadline is not begun. */
function expireOverdue(s: Core, group: Request[]): void {
  for (const request of group.filter(({ deadlineUs }) => deadlineUs <= s.nowUs)) {
    remove(group, request);
    s.counters.expired++;
    answer(s, request, EXPIRED);
  }
}

/**
 * the key is Valid above the read-modify-write, so nobody can commit it any more. It is
 * tried again after a random wait, or reported aborted.
 */
function resolveDoomed(s: Core, rec: KeyRec, waiting: Waiting, doomed: Doomed): void {
  const { request } = doomed;
  waiting.doomed = undefined;
  s.counters.aborted++;
  note(s, 'abort', rec, doomed.ts, request.id);
  if (request.deadlineUs <= s.nowUs) {
    answer(s, request, failure('EXPIRED', 'the deadline passed between two attempts'));
  } else if (!s.options.retry || request.attempts >= s.options.maxAttempts) {
    answer(s, request, failure('ABORTED', 'a concurrent update came first'));
  } else {
    request.phase = 'backoff';
    request.retryAtUs = s.nowUs + backoffUs(s, request.attempts);
    waiting.backoffs.push(request);
    armRetry(s, rec, waiting);
  }
}

/** One round trip, doubled with each attempt, at most 64; half of it up or down by chance. */
function backoffUs(s: Core, attempts: number): number {
  const us = Math.max(1, s.roundTripUs) * Math.min(2 ** (attempts - 1), 64);
  return s.random === undefined ? us : Math.ceil(us / 2) + s.random.below(us + 1);
}

function armRetry(s: Core, rec: KeyRec, waiting: Waiting): void {
  const first = Math.min(...waiting.backoffs.map((request) => request.retryAtUs));
  s.out.setTimer(`retry ${rec.key}`, Math.max(1, first - s.nowUs));
}

/** Timer `retry`: the wait of at least one read-modify-write is over. */
export function onRetry(s: Core, rec: KeyRec): void {
  const waiting = rec.waiting;
  if (waiting === undefined || waiting.backoffs.length === 0) return;
  waiting.backoffs.sort((a, b) => a.retryAtUs - b.retryAtUs);
  const due = Math.max(1, waiting.backoffs.filter((r) => r.retryAtUs <= s.nowUs).length);
  for (const request of waiting.backoffs.splice(0, due).toReversed()) {
    s.counters.retries++;
    note(s, 'retry', rec, rec.ts, request.id);
    enqueueFirst(s, request);
  }
  if (waiting.backoffs.length > 0) armRetry(s, rec, waiting);
  touch(s, rec);
}

/** Sets or clears the replay timer: it runs while somebody waits on an Invalid key (trigger a). */
function watch(s: Core, installed: Installed, rec: KeyRec): void {
  const stuck = isReplayable(s, installed, rec);
  if (stuck && isOrphan(installed, rec)) s.eager.push(rec);
  const wanted = stuck && isAwaited(s, rec);
  if (wanted === rec.replayArmed) return;
  rec.replayArmed = wanted;
  if (wanted) s.out.setTimer(replayTimer(rec), replayUs(s, installed));
  else s.out.cancelTimer(replayTimer(rec));
}

/** Staggered by rank, so that one node's replay serves the others (spec §4, storm control). */
function replayUs(s: Core, installed: Installed): number {
  const base = s.config.timing.replayUs;
  const jitter = s.random === undefined ? 0 : s.random.below(Math.max(1, Math.round(base / 4)));
  return Math.round(base * (1 + installed.rank / 2)) + jitter;
}

/** Timer `replay`: the update was not validated for too long; it is completed from here. */
export function onReplay(s: Core, installed: Installed, rec: KeyRec): void {
  rec.replayArmed = false;
  if (isReplayable(s, installed, rec) && isAwaited(s, rec)) replay(s, installed, rec, false);
}

/** Its last writer is no full member: nobody else may be at work on it. */
export function isOrphan(installed: Installed, rec: KeyRec): boolean {
  const { id, inc } = rec.lastWriter;
  return installed.isFull[id] !== true || installed.members[id]?.inc !== inc;
}

/** Trigger b: orphans are replayed unasked, so many at a time (spec §4). */
function replayEagerly(s: Core): void {
  const { installed } = s;
  if (installed === undefined || s.bugs['no-help'] || s.options.eagerReplays === 0) s.eager = [];
  while (s.eager.length > 0 && s.eagerRunning < s.options.eagerReplays) {
    const rec = s.eager.pop() as KeyRec;
    if (installed !== undefined && isReplayable(s, installed, rec) && isOrphan(installed, rec))
      replay(s, installed, rec, true);
  }
}

/** Any full member may replay what it holds Invalid, unless an own update is in the way. */
function isReplayable(s: Core, installed: Installed, rec: KeyRec): boolean {
  const free = rec.pend === undefined || s.bugs['complete-on-higher-val'];
  return installed.full && rec.state === 'I' && free;
}
