/**
 * What a read-modify-write makes of the present value: `f(value) → new value and answer`, or an
 * answer alone, which makes it a read.
 */
import type { Bytes, Command, Result } from '../../base/operation.ts';

/** Commands that depend on the present value; `set` is a blind write, `get` a read. */
export type RmwCommand = Exclude<Command, { f: 'get' | 'set' }>;

/** `next` is `undefined` when nothing is to be written. */
export interface Evaluation {
  readonly next: Bytes | null | undefined;
  readonly result: Result;
}

/** Evaluates a command on a value. `maxBytes` bounds what `append` may make. */
export function evaluate(command: RmwCommand, value: Bytes | null, maxBytes: number): Evaluation {
  switch (command.f) {
    case 'cas':
      return sameBytes(value, command.expected)
        ? { next: command.value, result: { type: 'value', value } }
        : { next: undefined, result: { type: 'mismatch', observed: value } };
    case 'setxx':
      return value === null
        ? { next: undefined, result: { type: 'mismatch', observed: null } }
        : { next: command.value, result: { type: 'value', value } };
    case 'getset':
      return { next: command.value, result: { type: 'value', value } };
    case 'add':
      return add(value, command.delta);
    case 'append':
      return append(value, command.value, maxBytes);
    case 'delete':
      return value === null
        ? { next: undefined, result: { type: 'integer', value: 0n } }
        : { next: null, result: { type: 'integer', value: 1n } };
  }
}

/** Equal bytes, or both absent. */
export function sameBytes(a: Bytes | null, b: Bytes | null): boolean {
  if (a === null || b === null) return a === b;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function add(value: Bytes | null, delta: bigint): Evaluation {
  const present = value === null ? 0n : decimal(value);
  if (present === undefined) return error('value is not an integer or out of range');
  const sum = present + delta;
  if (BigInt.asIntN(64, sum) !== sum) return error('increment or decrement would overflow');
  return { next: Buffer.from(String(sum), 'latin1'), result: { type: 'integer', value: sum } };
}

function append(value: Bytes | null, tail: Bytes, maxBytes: number): Evaluation {
  const length = (value?.length ?? 0) + tail.length;
  if (length > maxBytes) return error(`string exceeds maximum allowed size (${maxBytes} bytes)`);
  const next = value === null ? tail : Buffer.concat([value, tail]);
  return { next, result: { type: 'integer', value: BigInt(length) } };
}

/** The 64-bit integer whose shortest decimal these bytes are, as Redis reads them. */
function decimal(value: Bytes): bigint | undefined {
  if (value.length === 0 || value.length > 20) return undefined;
  const text = Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1');
  if (!/^(0|-?[1-9]\d*)$/.test(text)) return undefined;
  const n = BigInt(text);
  return BigInt.asIntN(64, n) === n ? n : undefined;
}

function error(message: string): Evaluation {
  return { next: undefined, result: { type: 'error', code: 'ERR', message } };
}
