/** Who waits for a key: order, bounds, coalescing (R-2.7, spec §2.6). */
import { answer, failure } from './answers.ts';
import { type Core, type KeyRec, type Request, type Waiting, waitingOf } from './state.ts';

/**
 * Puts a request at the end of its queue. A write behind a waiting write joins it: both become one
 * update and share one place. False: there is no room, and the request was refused.
 */
export function enqueue(s: Core, request: Request): boolean {
  const waiting = waitingOf(request.rec);
  const { f } = request.command;
  const last = f === 'set' && s.options.coalesce ? waiting.updates.at(-1) : undefined;
  if (last?.[0]?.command.f === 'set') {
    last.push(request);
    s.counters.coalesced++;
    return true;
  }
  if (places(waiting) >= s.options.keyQueue || s.queued >= s.options.nodeQueue) {
    s.counters.overloads++;
    answer(s, request, failure('OVERLOAD', 'too many requests wait'));
    return false;
  }
  s.queued++;
  if (f === 'get') waiting.reads.push(request);
  else waiting.updates.push([request]);
  return true;
}

function places(waiting: Waiting): number {
  return waiting.reads.length + waiting.updates.length + waiting.backoffs.length;
}

/** Takes all waiting reads. */
export function takeReads(s: Core, waiting: Waiting): Request[] {
  const reads = waiting.reads.splice(0);
  s.queued -= reads.length;
  return reads;
}

/** Takes the update at the head: one request, or the writes that became one. */
export function takeUpdate(s: Core, waiting: Waiting): void {
  waiting.updates.shift();
  s.queued--;
}

/** A further attempt goes to the head: it has waited longest. */
export function enqueueFirst(s: Core, request: Request): void {
  request.phase = 'waiting';
  s.queued++;
  waitingOf(request.rec).updates.unshift([request]);
}

/** Takes out a request that is not issued. */
export function withdraw(s: Core, request: Request): void {
  const waiting = request.rec.waiting;
  if (waiting === undefined) return;
  if (remove(waiting.backoffs, request)) return;
  if (remove(waiting.reads, request)) {
    s.queued--;
    return;
  }
  const place = waiting.updates.findIndex((group) => group.includes(request));
  const group = waiting.updates[place];
  if (group === undefined) return;
  remove(group, request);
  if (group.length > 0) return;
  waiting.updates.splice(place, 1);
  s.queued--;
}

/** Removes one item; false if it is not there. */
export function remove<T>(items: T[], item: T): boolean {
  const at = items.indexOf(item);
  if (at >= 0) items.splice(at, 1);
  return at >= 0;
}

/** Does somebody wait for more than the key's state gives? Asked in state I. */
export function isAwaited(s: Core, rec: KeyRec): boolean {
  const waiting = rec.waiting;
  if (waiting === undefined) return false;
  const doomed = waiting.doomed !== undefined && !s.bugs['doomed-not-waiting'];
  return doomed || waiting.reads.length > 0 || waiting.updates.length > 0;
}

/** Nobody waits any more: the record is dropped. */
export function dropIfEmpty(rec: KeyRec): void {
  const waiting = rec.waiting;
  if (waiting !== undefined && places(waiting) === 0 && waiting.doomed === undefined)
    rec.waiting = undefined;
}
