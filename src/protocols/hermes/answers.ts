/** Answers to clients, at most one per request, and the events that say what happened. */
import { DEFINITE } from '../../base/outcomes.ts';
import type { ErrorCode, Result } from '../../base/operation.ts';
import type { ProtocolEvent } from '../machine.ts';
import { LOST_TEXT } from '../membership.ts';
import { type Core, type KeyRec, type Request, stateName } from './state.ts';
import { type Ts, printTs } from './timestamp.ts';

/** The answer to a blind write. */
export const DONE: Result = { type: 'done' };

/** An event about a key. Costs nothing while nobody listens. */
export function note(
  s: Core,
  type: string,
  rec: KeyRec,
  ts: Ts = rec.ts,
  op?: number,
  detail?: unknown,
): void {
  if (s.out.quiet === true) return;
  const event: Noted = { type, key: rec.key, ts: printTs(ts), state: stateName(rec) };
  if (op !== undefined) event.op = op;
  if (detail !== undefined) event.detail = detail;
  s.out.event(event);
}

/** An event while it is made. */
type Noted = { -readonly [K in keyof ProtocolEvent]: ProtocolEvent[K] };

/** Answers a request that is still open. */
export function answer(s: Core, request: Request, result: Result): void {
  if (request.phase === 'done') return;
  retire(s, request);
  reply(s, request.id, result);
}

/** Marks a request as answered or left by its client. */
export function retire(s: Core, request: Request): void {
  request.phase = 'done';
  s.openDone++;
}

/** Replies to a request that was never kept. */
export function reply(s: Core, id: number, result: Result): void {
  if (s.out.quiet !== true) s.out.event({ type: 'reply', op: id, detail: outcomeOf(result) });
  s.out.reply(id, result, 0);
}

/** An error answer. */
export function failure(code: ErrorCode, message: string): Result {
  return { type: 'error', code, message };
}

/** The deadline passed, and the request definitely did not happen. */
export const EXPIRED: Result = failure('EXPIRED', 'the deadline passed before it was served');

/** What a node that cannot serve answers. */
export function refusal(s: Core): Result {
  if (s.lost) return failure('LOST', LOST_TEXT);
  if (s.installed === undefined) return failure('NOTMEMBER', 'this node is in no view');
  if (!s.installed.full) return failure('NOTSERVING', 'this node is joining');
  return failure('NOTSERVING', 'this node has no lease');
}

/** Answers a read, from the present value. */
export function answerRead(s: Core, rec: KeyRec, id: number): void {
  noteRead(s, rec, id);
  reply(s, id, { type: 'value', value: rec.value });
}

/** A request was served by reading the present value: a read, or an update that wrote nothing. */
export function noteRead(s: Core, rec: KeyRec, id: number): void {
  if (s.out.quiet === true) return;
  note(s, 'read', rec, rec.ts, id, { leaseLeftUs: s.leaseUntilUs - s.nowUs });
}

/** For the ghosts: did it happen? */
export type Told = { readonly outcome: 'ok' | 'fail' | 'info' };

function outcomeOf(result: Result): Told {
  if (result.type === 'mismatch') return { outcome: 'fail' };
  if (result.type !== 'error') return { outcome: 'ok' };
  return { outcome: DEFINITE.has(result.code) ? 'fail' : 'info' };
}
