import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Bytes } from '../../base/operation.ts';
import { type Evaluation, type RmwCommand, evaluate, sameBytes } from './evaluate.ts';

const LIMIT = 12;
const b = (text: string) => Buffer.from(text, 'latin1');
const text = (bytes: Bytes | null) =>
  bytes === null ? null : Buffer.from(bytes).toString('latin1');

/** What a replica should do, on strings and without a thought to speed. */
function twin(command: RmwCommand, value: string | null): { next?: string | null; says: string } {
  switch (command.f) {
    case 'cas':
      return value === text(command.expected)
        ? { next: text(command.value), says: `was ${value}` }
        : { says: `is ${value}` };
    case 'setxx':
      return value === null
        ? { says: 'is null' }
        : { next: text(command.value), says: `was ${value}` };
    case 'getset':
      return { next: text(command.value), says: `was ${value}` };
    case 'delete':
      return value === null ? { says: '0' } : { next: null, says: '1' };
    case 'append': {
      const all = (value ?? '') + text(command.value);
      return all.length > LIMIT ? { says: 'ERR' } : { next: all, says: String(all.length) };
    }
    case 'add': {
      const n = value ?? '0';
      const isInteger = /^-?\d+$/.test(n) && String(BigInt(n)) === n;
      const fits = (x: bigint) => x >= -(2n ** 63n) && x < 2n ** 63n;
      if (!isInteger || !fits(BigInt(n))) return { says: 'ERR' };
      const sum = BigInt(n) + command.delta;
      return fits(sum) ? { next: String(sum), says: String(sum) } : { says: 'ERR' };
    }
  }
}

function described({ next, result }: Evaluation): { next?: string | null; says: string } {
  const wrote = next === undefined ? {} : { next: text(next) };
  switch (result.type) {
    case 'value':
      return { ...wrote, says: `was ${text(result.value)}` };
    case 'mismatch':
      return { ...wrote, says: `is ${text(result.observed)}` };
    case 'integer':
      return { ...wrote, says: String(result.value) };
    case 'error':
      return { ...wrote, says: result.code };
    case 'done':
      return { ...wrote, says: 'done' };
  }
}

const word = fc.constantFrom(
  '',
  '0',
  '1',
  '-1',
  '-0',
  '01',
  '+1',
  ' 1',
  'a',
  'ab',
  'abcdefgh',
  '\xff',
);
const number = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)),
);
const content = fc.option(fc.oneof(word, number.map(String), fc.constant(String(2n ** 63n))));
const bytes = word.map(b);
const key = fc.constant('k');
const command: fc.Arbitrary<RmwCommand> = fc.oneof(
  fc.record({ f: fc.constant('cas' as const), key, expected: fc.option(bytes), value: bytes }),
  fc.record({ f: fc.constant('setxx' as const), key, value: bytes }),
  fc.record({ f: fc.constant('getset' as const), key, value: bytes }),
  fc.record({ f: fc.constant('append' as const), key, value: bytes }),
  fc.record({ f: fc.constant('delete' as const), key }),
  fc.record({ f: fc.constant('add' as const), key, delta: number }),
);

test('every read-modify-write does what its obvious twin does', () => {
  fc.assert(
    fc.property(command, content, (c, value) => {
      const got = described(evaluate(c, value === null ? null : b(value), LIMIT));
      expect(got).toEqual(twin(c, value));
    }),
    { numRuns: 3000 },
  );
});

test('the value that was there is not changed', () => {
  fc.assert(
    fc.property(command, bytes, (c, value) => {
      const before = Buffer.from(value);
      evaluate(c, value, LIMIT);
      expect(before.equals(value)).toBe(true);
    }),
  );
});

describe('errors in the words of Redis', () => {
  test.each([
    [{ f: 'add', key: 'k', delta: 1n }, 'ten', 'value is not an integer or out of range'],
    [
      { f: 'add', key: 'k', delta: 1n },
      String(2n ** 63n - 1n),
      'increment or decrement would overflow',
    ],
    [
      { f: 'append', key: 'k', value: b('0123456789') },
      'abc',
      'string exceeds maximum allowed size (12 bytes)',
    ],
  ] as const)('%o on %s', (c, value, message) => {
    expect(evaluate(c, b(value), LIMIT)).toEqual({
      next: undefined,
      result: { type: 'error', code: 'ERR', message },
    });
  });
});

test('equal bytes are equal, absent is equal to absent only', () => {
  expect(sameBytes(null, null)).toBe(true);
  expect(sameBytes(null, b(''))).toBe(false);
  expect(sameBytes(b('a'), null)).toBe(false);
  expect(sameBytes(b('ab'), b('ac'))).toBe(false);
  expect(sameBytes(b('a'), b('ab'))).toBe(false);
  expect(sameBytes(b('ab'), new Uint8Array([97, 98]))).toBe(true);
});
