import { describe, expect, test } from 'vitest';
import { Writer } from '../base/bytes.ts';
import type { Command, Result } from '../base/operation.ts';
import { argsOf, resultOf } from './resp-command.ts';
import { interpret } from './resp-interpret.ts';
import { ReplyParser } from './resp.ts';

const ask = (line: string): ReturnType<typeof interpret> =>
  interpret(line.split(' ').map((word) => Buffer.from(word, 'latin1')));
const bytes = (text: string): Buffer => Buffer.from(text);

/** What a client reads when the machine answers a request so. */
function answer(line: string, results: readonly Result[], version: 2 | 3 = 2): string {
  const asked = ask(line);
  const w = new Writer();
  if (asked.kind === 'one') asked.write(w, results[0] as Result, version);
  else if (asked.kind === 'many') asked.write(w, results, version);
  else throw new Error(`${line} is not for the machine`);
  return w.view().toString();
}

describe('what a request asks of the machine', () => {
  test.each<[string, Command]>([
    ['GET k', { f: 'get', key: 'k' }],
    ['get k', { f: 'get', key: 'k' }],
    ['StrLen k', { f: 'get', key: 'k' }],
    ['SET k v', { f: 'set', key: 'k', value: bytes('v') }],
    ['SET k v NX', { f: 'cas', key: 'k', expected: null, value: bytes('v') }],
    ['SET k v nx get', { f: 'cas', key: 'k', expected: null, value: bytes('v') }],
    ['SET k v GET XX', { f: 'setxx', key: 'k', value: bytes('v') }],
    ['SET k v IFEQ old', { f: 'cas', key: 'k', expected: bytes('old'), value: bytes('v') }],
    ['SET k v IFEQ GET GET', { f: 'cas', key: 'k', expected: bytes('GET'), value: bytes('v') }],
    ['SET k v GET', { f: 'getset', key: 'k', value: bytes('v') }],
    ['SETNX k v', { f: 'cas', key: 'k', expected: null, value: bytes('v') }],
    ['GETSET k v', { f: 'getset', key: 'k', value: bytes('v') }],
    ['DEL k', { f: 'delete', key: 'k' }],
    ['INCR k', { f: 'add', key: 'k', delta: 1n }],
    ['DECR k', { f: 'add', key: 'k', delta: -1n }],
    ['INCRBY k 9223372036854775807', { f: 'add', key: 'k', delta: 2n ** 63n - 1n }],
    ['DECRBY k 5', { f: 'add', key: 'k', delta: -5n }],
    ['APPEND k v', { f: 'append', key: 'k', value: bytes('v') }],
  ])('%s', (line, command) => {
    expect(ask(line)).toMatchObject({ kind: 'one', command });
  });

  test('several keys are several commands', () => {
    expect(ask('MSET a 1 b 2')).toMatchObject({
      commands: [
        { f: 'set', key: 'a', value: bytes('1') },
        { f: 'set', key: 'b', value: bytes('2') },
      ],
    });
    expect(ask('DEL a b')).toMatchObject({
      commands: [
        { f: 'delete', key: 'a' },
        { f: 'delete', key: 'b' },
      ],
    });
    expect(ask('EXISTS a a')).toMatchObject({
      commands: [
        { f: 'get', key: 'a' },
        { f: 'get', key: 'a' },
      ],
    });
  });

  test('values and keys outlive the bytes that they came in', () => {
    const args = [bytes('SET'), bytes('k'), bytes('v')];
    const asked = interpret(args);
    for (const arg of args) arg.fill(0);
    expect(asked).toMatchObject({ command: { key: 'k', value: bytes('v') } });
  });

  test.each([
    ['NOPE a', "ERR unknown command 'NOPE', with args beginning with: 'a' "],
    ['GET', "ERR wrong number of arguments for 'get' command"],
    ['MSET a 1 b', "ERR wrong number of arguments for 'mset' command"],
    ['SET k v NX XX', 'ERR syntax error'],
    ['SET k v NX IFEQ a', 'ERR syntax error'],
    ['SET k v IFEQ', 'ERR syntax error'],
    ['SET k v WHAT', 'ERR syntax error'],
    ['SET k v EX 10', 'ERR keys do not expire here: EX, PX, EXAT, PXAT are not supported'],
    ['INCRBY k 1.5', 'ERR value is not an integer or out of range'],
    ['INCRBY k 9223372036854775808', 'ERR value is not an integer or out of range'],
    ['INCRBY k 01', 'ERR value is not an integer or out of range'],
    ['DECRBY k -9223372036854775808', 'ERR decrement would overflow'],
  ])('%s is refused', (line, message) => {
    expect(ask(line)).toEqual({ kind: 'error', message });
  });

  test('no byte of a request gets into the line of an error', () => {
    expect(interpret([Buffer.from('A\r\n+OK')])).toMatchObject({
      message: expect.not.stringMatching(/[\r\n]/) as string,
    });
  });
});

const value = (text: string | null): Result => ({
  type: 'value',
  value: text === null ? null : bytes(text),
});
const mismatch = (text: string | null): Result => ({
  type: 'mismatch',
  observed: text === null ? null : bytes(text),
});
const failed = (code: 'NOTSERVING' | 'UNKNOWN'): Result => ({ type: 'error', code, message: 'x' });
const integer = (n: bigint): Result => ({ type: 'integer', value: n });

describe('what a client is answered', () => {
  test.each<[string, Result[], string]>([
    ['GET k', [value(null)], '$-1\r\n'],
    ['GET k', [value('v')], '$1\r\nv\r\n'],
    ['STRLEN k', [value('abc')], ':3\r\n'],
    ['STRLEN k', [value(null)], ':0\r\n'],
    ['SET k v', [{ type: 'done' }], '+OK\r\n'],
    ['SET k v NX', [value(null)], '+OK\r\n'],
    ['SET k v NX', [mismatch('o')], '$-1\r\n'],
    ['SET k v NX GET', [value(null)], '$-1\r\n'],
    ['SET k v NX GET', [mismatch('o')], '$1\r\no\r\n'],
    ['SET k v XX', [mismatch(null)], '$-1\r\n'],
    ['SET k v XX', [value('o')], '+OK\r\n'],
    ['SET k v IFEQ o GET', [value('o')], '$1\r\no\r\n'],
    ['SET k v IFEQ o GET', [mismatch(null)], '$-1\r\n'],
    ['SETNX k v', [value(null)], ':1\r\n'],
    ['SETNX k v', [mismatch('o')], ':0\r\n'],
    ['INCR k', [integer(-5n)], ':-5\r\n'],
    ['INCR k', [failed('UNKNOWN')], '-UNKNOWN x\r\n'],
    ['MGET a b', [value('1'), value(null)], '*2\r\n$1\r\n1\r\n$-1\r\n'],
    ['MGET a b', [value('1'), failed('NOTSERVING')], '-NOTSERVING x\r\n'],
    ['EXISTS a b c', [value('1'), value(null), value('')], ':2\r\n'],
    ['DEL a b', [integer(1n), integer(0n)], ':1\r\n'],
    ['MSET a 1 b 2', [{ type: 'done' }, { type: 'done' }], '+OK\r\n'],
    ['MSET a 1 b 2', [failed('NOTSERVING'), failed('NOTSERVING')], '-NOTSERVING x\r\n'],
    ['MSET a 1 b 2', [failed('NOTSERVING'), failed('UNKNOWN')], '-UNKNOWN x\r\n'],
    ['GET k', [integer(1n)], '-UNKNOWN a result of type integer where none is due\r\n'],
  ])('%s', (line, results, reply) => {
    expect(answer(line, results)).toBe(reply);
  });

  test('an update of several keys that was done in part is unknown, never failed', () => {
    expect(answer('MSET a 1 b 2', [{ type: 'done' }, failed('NOTSERVING')])).toMatch(
      /^-UNKNOWN 1 of 2/,
    );
    expect(answer('DEL a b', [integer(1n), failed('NOTSERVING')])).toMatch(/^-UNKNOWN 1 of 2/);
  });

  test('absence in RESP3', () => {
    expect(answer('GET k', [value(null)], 3)).toBe('_\r\n');
  });
});

test('client and server mean the same: each command and result comes through unchanged', () => {
  const key = '\u00ffkey';
  const v = bytes('v');
  const pairs: [Command, Result[]][] = [
    [{ f: 'get', key }, [value(null), value('x')]],
    [{ f: 'set', key, value: v }, [{ type: 'done' }]],
    [
      { f: 'cas', key, expected: bytes('o'), value: v },
      [value('o'), mismatch('p'), mismatch(null)],
    ],
    [{ f: 'cas', key, expected: null, value: v }, [value(null), mismatch('p')]],
    [{ f: 'setxx', key, value: v }, [value('o'), mismatch(null)]],
    [{ f: 'getset', key, value: v }, [value(null), value('o')]],
    [{ f: 'add', key, delta: -7n }, [integer(3n), failed('UNKNOWN')]],
    [{ f: 'append', key, value: v }, [integer(4n)]],
    [{ f: 'delete', key }, [integer(1n), integer(0n)]],
  ];
  for (const [command, results] of pairs) {
    const asked = interpret(argsOf(command).map((arg) => Buffer.from(arg)));
    expect(asked).toMatchObject({ kind: 'one', command });
    for (const result of results) {
      for (const version of [2, 3] as const) {
        const w = new Writer();
        if (asked.kind === 'one') asked.write(w, result, version);
        const parser = new ReplyParser();
        parser.push(Buffer.from(w.view()));
        const reply = parser.next();
        expect(reply && resultOf(command, reply)).toEqual(result);
      }
    }
  }
});
