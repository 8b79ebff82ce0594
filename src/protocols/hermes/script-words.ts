/** The words of scripts and transcripts: requests, results, keys, durations. */
import { nodeName } from '../../base/node-name.ts';
import type { Bytes, Command, NodeRef, Result } from '../../base/operation.ts';
import type { ProtocolEvent } from '../machine.ts';
import type { View } from '../membership.ts';
import { printView } from '../membership/messages.ts';
import { type HermesMessage, showMessage, showValue } from './messages.ts';
import { stateName, type KeyRec } from './state.ts';
import { printTs } from './timestamp.ts';

export function brief(rec: KeyRec): string {
  const pend = rec.pend !== undefined && rec.pend.ts !== rec.ts ? rec.pend : undefined;
  const own = pend === undefined || printTs(pend.ts) === printTs(rec.ts) ? '' : printTs(pend.ts);
  return `${stateName(rec)} ${printTs(rec.ts)}${own === '' ? '' : ` (own ${own})`}`;
}

export function full(rec: KeyRec): string {
  const waiting = rec.waiting;
  const queue = (waiting?.reads.length ?? 0) + (waiting?.updates.length ?? 0);
  const doomed = waiting?.doomed === undefined ? '' : `, doomed ${printTs(waiting.doomed.ts)}`;
  const last = `last writer ${nodeName(rec.lastWriter.id)}`;
  return `${brief(rec)} =${showValue(rec.value)}, ${last}${queue > 0 ? `, ${queue} wait` : ''}${doomed}`;
}

export function showEvent(event: ProtocolEvent): string {
  const op = event.op === undefined ? '' : ` request ${event.op}`;
  switch (event.type) {
    case 'suspect':
      return `suspects ${nodeName((event.detail as NodeRef).id)}`;
    case 'drop':
      return `drops ${showMessage(event.detail as HermesMessage)}`;
    case 'leave':
      return 'is removed';
    case 'chosen':
      return `learns ${printView(event.detail as View)}`;
    case 'retire':
      return 'stops serving';
    case 'retry':
      return `tries${op} again`;
    case 'abort':
      return `aborts ${event.ts}${op}`;
    case 'doom':
      return `dooms ${event.ts}${op}`;
    case 'replay':
      return `replays ${event.ts}`;
    default:
      return `${event.type}s with ${event.ts}`;
  }
}

export function showResult(result: Result): string {
  switch (result.type) {
    case 'value':
      return showValue(result.value);
    case 'done':
      return 'done';
    case 'integer':
      return String(result.value);
    case 'mismatch':
      return `no: it is ${showValue(result.observed)}`;
    case 'error':
      return `${result.code} ${result.message}`;
  }
}

export function parseCommand(f: string | undefined, args: readonly string[]): Command {
  const [key = 'k', a, b] = args;
  switch (f) {
    case 'get':
    case 'delete':
      return { f, key };
    case 'set':
    case 'setxx':
    case 'getset':
    case 'append':
      return { f, key, value: bytes(a) };
    case 'add':
      return { f, key, delta: BigInt(a ?? 1) };
    case 'cas':
      return { f, key, expected: a === 'nothing' ? null : bytes(a), value: bytes(b) };
    default:
      throw new TypeError(`no such operation: ${f}`);
  }
}

function bytes(text: string | undefined): Bytes {
  return Buffer.from(text ?? '', 'utf8');
}

export function micros(text: string | undefined): number {
  const [, number, unit] = /^(\d+)(us|ms|s)$/.exec(text ?? '') ?? [];
  if (number === undefined) throw new TypeError(`not a duration: ${text}`);
  return Number(number) * (unit === 's' ? 1_000_000 : unit === 'ms' ? 1000 : 1);
}
