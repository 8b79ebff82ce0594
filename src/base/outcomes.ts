/**
 * Did it happen? The only table that decides between `fail` (definitely not) and `info` (unknown).
 */
import type { ErrorCode, Op, Outcome } from './operation.ts';

/** Error prefixes of a replica after which the operation definitely did not happen. */
export const DEFINITE: ReadonlySet<string> = new Set<ErrorCode>([
  'ERR',
  'WRONGTYPE',
  'NOAUTH',
  'NOTSERVING',
  'NOTMEMBER',
  'OVERLOAD',
  'ABORTED',
  'LOST',
  // The deadline passed and no INV was issued.
  'EXPIRED',
]);

/** Prefixes after which a client waits (50 ms doubling to 500 ms) before it invokes again. */
export const BACK_OFF: ReadonlySet<string> = new Set<ErrorCode>([
  'NOTSERVING',
  'NOTMEMBER',
  'OVERLOAD',
  'LOST',
]);

/** Outcome of an error reply: a prefix that is not listed is `info`; a read has no effect and fails. */
export function outcomeOfError(op: Op, code: string, message: string): Outcome {
  const error = message === '' ? code : `${code} ${message}`;
  return DEFINITE.has(code) || op.f === 'read' ? { type: 'fail', error } : { type: 'info', error };
}

/** Outcome of a time-out or of a connection that was lost after the request was written. */
export function outcomeOfSilence(op: Op, error: 'timeout' | 'connection lost'): Outcome {
  return op.f === 'read' ? { type: 'fail', error } : { type: 'info', error };
}

/** Outcome where the session was not connected when the operation was submitted. */
export const NOT_CONNECTED = {
  type: 'fail',
  error: 'not connected',
} as const satisfies Outcome;
