/**
 * Does the evidence of a broken session guarantee hold? By the definitions, from the operations that it
 * names alone: each next one is a later one of the same process, or a read that shows what the one before
 * wrote.
 */
import type { Value } from '../../base/operation.ts';
import type { Call } from '../calls.ts';
import type { Anomaly } from '../verdict.ts';
import { type Calls, isFailed, isOk, named } from './property.ts';
import { seenBy } from './session-history.ts';

export function verifySession(calls: Calls, anomaly: Anomaly): string | undefined {
  const ops = named(calls, anomaly);
  const read = ops?.at(-1);
  if (ops === undefined || read === undefined) return 'an operation is not in the history';
  const at = Number(anomaly.detail?.['at'] ?? 0);
  switch (anomaly.detail?.['rule']) {
    case 'stranger':
      return stranger(calls, read, anomaly.detail?.['element'] as Value);
    case 'missing':
      return missing(calls, ops, at);
    case 'again': {
      const [a, b, c] = ops as [Call, Call, Call];
      const order = later(a, b) && later(b, c) && sameKey(a, b) && sameKey(b, c);
      const again = text(seenBy(a)) === text(seenBy(c)) && text(seenBy(a)) !== text(seenBy(b));
      return order && again ? undefined : 'it did not come, go and come again';
    }
    case 'order': {
      const [first, second] = ops as [Call, Call, Call];
      if (!later(first, second)) return 'the writes are not in this order';
      return behind(first, second, read);
    }
    case 'follow': {
      const [first, seen, second] = ops as [Call, Call, Call, Call];
      if (!shows(seen, first) || !later(seen, second)) return 'the session had not read it';
      return behind(first, second, read);
    }
    default:
      return 'it follows no known rule';
  }
}

function missing(calls: Calls, ops: readonly Call[], at: number): string | undefined {
  const read = ops.at(-1) as Call;
  const write = ops[at];
  if (write === undefined || !sameKey(write, read)) return 'the missed write is of another key';
  const broken = ops.findIndex((op, i) => i > 0 && !linked(ops[i - 1] as Call, op));
  if (broken > 0)
    return `operation ${ops[broken]?.invoke.index} does not follow from the one before`;
  if (isFailed(write)) return 'the missed write failed';
  const happened = isOk(write) || ops.slice(at + 1, -1).some((op) => shows(op, write));
  if (!happened) return 'the missed write may not have happened';
  const saw = seenBy(read);
  if (Array.isArray(saw) || write.invoke.f === 'append')
    return shows(read, write) ? 'the read shows it' : undefined;
  if (at === 0)
    return text(saw) === text(calls.header.initial ?? null)
      ? undefined
      : 'the read does not show the initial value';
  const [older] = ops as [Call];
  return shows(read, older) && sameKey(older, write) && older !== write
    ? undefined
    : 'the read does not show an older value';
}

function stranger(calls: Calls, read: Call, value: Value): string | undefined {
  const saw = seenBy(read);
  const there =
    text(saw) === text(value) ||
    (Array.isArray(saw) && saw.some((e) => text(e as Value) === text(value)));
  const appended = calls.all.some((call) => sameKey(call, read) && call.invoke.f === 'append');
  if (appended && there && !Array.isArray(saw)) return undefined;
  const known = calls.all.some(
    (call) =>
      call !== read &&
      call.call < read.ret &&
      sameKey(call, read) &&
      !isFailed(call) &&
      wrote(call) === text(value),
  );
  return there && !known ? undefined : 'it was written';
}

/** In a list the second without the first before it. */
function behind(first: Call, second: Call, read: Call): string | undefined {
  const list = seenBy(read);
  if (!Array.isArray(list) || !sameKey(first, read) || !sameKey(second, read))
    return 'it is no list of this key';
  const place = (call: Call): number => list.findIndex((e) => text(e as Value) === wrote(call));
  const [a, b] = [place(first), place(second)];
  return b >= 0 && (a < 0 || a > b) ? undefined : 'they are in order';
}

function linked(a: Call, b: Call): boolean {
  return later(a, b) || (sameKey(a, b) && shows(b, a));
}

/** The same process, one after the other. */
function later(a: Call, b: Call): boolean {
  return a.invoke.process === b.invoke.process && a.ret < b.call;
}

function shows(read: Call, write: Call): boolean {
  const saw = seenBy(read);
  const value = wrote(write);
  if (saw === undefined || value === undefined || isFailed(write)) return false;
  return text(saw) === value || (Array.isArray(saw) && saw.some((e) => text(e as Value) === value));
}

function sameKey(a: Call, b: Call): boolean {
  return a.invoke.key === b.invoke.key;
}

function wrote({ invoke: { f, value } }: Call): string | undefined {
  if (f === 'read') return undefined;
  if (f !== 'cas') return text(value);
  return Array.isArray(value) ? text(value[1] as Value | undefined) : undefined;
}

function text(value: Value | undefined): string | undefined {
  return JSON.stringify(value);
}
