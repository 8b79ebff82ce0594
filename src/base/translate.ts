/**
 * Between the two vocabularies: what an `Op` asks of a replica, and what its `Result` means.
 *
 * Wire form of a value: the shortest decimal of an integer, or the bytes of a string; `valueBytes`
 * adds `.` and filler up to that length, which is checked and cut on the way back. A reply that is
 * the shortest decimal of an integer up to 2^53 is that integer.
 */
import type { Bytes, Command, Key, Op, Outcome, Result, Value } from './operation.ts';
import { outcomeOfError } from './outcomes.ts';

export interface Wire {
  /** Put before the number of a key: every run has its own, so that a used cluster gives no phantoms. */
  readonly keyPrefix: string;
  /** Width of the elements of append keys, in bytes; 0: no append keys. */
  readonly elementBytes: number;
  /** Length up to which written values are filled; 0: none. */
  readonly valueBytes: number;
}

/** Redis key of a workload's key: `k<run>:<key>`. */
export function keyOf(key: number | string, wire: Wire): Key {
  return `${wire.keyPrefix}${key}`;
}

/** The command that carries out an operation. Throws a `TypeError` on an operation no replica knows. */
export function commandOf(op: Op, wire: Wire): Command {
  const key = keyOf(op.key, wire);
  const bytes = (value: Value): Bytes => encodeValue(value, wire.valueBytes);
  switch (op.f) {
    case 'read':
      return { f: 'get', key };
    case 'write':
      return op.value === null ? { f: 'delete', key } : { f: 'set', key, value: bytes(op.value) };
    case 'cas': {
      const [expected, value] = pair(op.value);
      return {
        f: 'cas',
        key,
        expected: expected === null ? null : bytes(expected),
        value: bytes(value),
      };
    }
    case 'add':
      return { f: 'add', key, delta: BigInt(op.value as number) };
    case 'getset':
      return { f: 'getset', key, value: bytes(op.value) };
    case 'append':
      return { f: 'append', key, value: encodeValue(op.value, 0) };
    case 'delete':
      return { f: 'delete', key };
    default:
      throw new TypeError(`no command carries out the operation "${op.f}"`);
  }
}

/** What the answer of a replica means for the operation that was asked. */
export function outcomeOf(op: Op, result: Result, wire: Wire): Outcome {
  switch (result.type) {
    case 'error':
      return outcomeOfError(op, result.code, result.message);
    case 'mismatch':
      return { type: 'fail', error: 'mismatch', observed: decodeValue(result.observed, wire, op) };
    case 'done':
      return { type: 'ok', value: op.value };
    case 'value': {
      const value = decodeValue(result.value, wire, op);
      if (op.f === 'read') return { type: 'ok', value };
      return op.f === 'getset'
        ? { type: 'ok', value: op.value, result: value }
        : { type: 'ok', value: op.value };
    }
    case 'integer': {
      const n = Number(result.value);
      if (op.f === 'append') return { type: 'ok', value: op.value, result: n / wire.elementBytes };
      return { type: 'ok', value: op.value, result: n };
    }
  }
}

/** Wire form of a value. */
export function encodeValue(value: Value, valueBytes: number): Bytes {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : undefined;
  if (text === undefined) {
    if (value !== null && typeof value === 'object' && 'b64' in value)
      return Buffer.from(value.b64, 'base64');
    throw new TypeError(`not a value that a replica can hold: ${JSON.stringify(value)}`);
  }
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length >= valueBytes) return bytes;
  const filled = Buffer.alloc(valueBytes, 'x');
  bytes.copy(filled);
  filled[bytes.length] = DOT;
  return filled;
}

/** Value of its wire form; for a read of an append key the list of its elements. */
export function decodeValue(bytes: Bytes | null, wire: Wire, op?: Op): Value {
  const lists = wire.elementBytes > 0 && (op === undefined || op.f === 'read' || op.f === 'append');
  if (bytes === null) return lists ? [] : null;
  if (lists) return elements(bytes, wire.elementBytes);
  const cut = wire.valueBytes > 0 && bytes.length === wire.valueBytes ? bytes.indexOf(DOT) : -1;
  return scalar(cut < 0 ? bytes : bytes.subarray(0, cut));
}

const DOT = 0x2e;

function elements(bytes: Bytes, width: number): Value {
  if (bytes.length % width !== 0) return scalar(bytes);
  const list: Value[] = [];
  for (let at = 0; at < bytes.length; at += width)
    list.push(scalar(bytes.subarray(at, at + width)));
  return list;
}

function scalar(bytes: Bytes): Value {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const text = buffer.toString('utf8');
  if (/^-?\d{1,16}$/.test(text) && isShortestDecimal(text)) return Number(text);
  return Buffer.from(text, 'utf8').equals(buffer) ? text : { b64: buffer.toString('base64') };
}

function isShortestDecimal(text: string): boolean {
  const n = Number(text);
  return Math.abs(n) <= 2 ** 53 && String(n) === text;
}

function pair(value: Value): readonly [Value, Value] {
  if (Array.isArray(value) && value.length === 2)
    return value as unknown as readonly [Value, Value];
  throw new TypeError(`a cas wants [old, new], not ${JSON.stringify(value)}`);
}
