import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Writer } from '../base/bytes.ts';
import type { Command, Result } from '../base/operation.ts';
import { argsOf, resultOf } from './resp-command.ts';
import { encodeRequest, MAX_BULK_BYTES, type Reply, ReplyParser, RespError } from './resp.ts';
import { replyOf, writeReply } from './resp-write.ts';

const leaf: fc.Arbitrary<Reply> = fc.oneof(
  fc.record({ type: fc.constant('simple' as const), text: fc.string({ unit: 'grapheme-ascii' }) }),
  fc.record({
    type: fc.constant('error' as const),
    code: fc.constantFrom('ERR', 'NOTSERVING'),
    message: fc.constantFrom('no', 'a longer text'),
  }),
  fc.record({
    type: fc.constant('integer' as const),
    value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  }),
  fc.record({
    type: fc.constant('bulk' as const),
    value: fc.uint8Array().map((b) => Buffer.from(b)),
  }),
  fc.constant({ type: 'null' as const }),
  fc.record({ type: fc.constant('boolean' as const), value: fc.boolean() }),
  fc.record({
    type: fc.constant('double' as const),
    value: fc.double({ noNaN: true }).filter((x) => !Object.is(x, -0)),
  }),
);

const replies = fc.letrec<{ reply: Reply }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.record({
      type: fc.constantFrom('array' as const, 'set' as const, 'push' as const),
      items: fc.array(tie('reply'), { maxLength: 4 }),
    }),
    fc.record({
      type: fc.constant('map' as const),
      entries: fc.array(fc.tuple(tie('reply'), tie('reply')), { maxLength: 3 }),
    }),
  ),
})).reply;

function write(list: readonly Reply[], version: 2 | 3): Buffer {
  const w = new Writer(1);
  for (const reply of list) writeReply(w, reply, version);
  return Buffer.from(w.view());
}

function read(pieces: readonly Buffer[]): Reply[] {
  const parser = new ReplyParser();
  const got: Reply[] = [];
  for (const piece of pieces) {
    parser.push(piece);
    for (let reply = parser.next(); reply !== undefined; reply = parser.next()) got.push(reply);
  }
  return got;
}

/** Buffers compare by what they hold, wherever they were cut from. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, v: unknown) =>
      typeof v === 'bigint' || v === Infinity || v === -Infinity ? String(v) : v,
    ),
  );

describe('replies', () => {
  test('in RESP3 are read as they were written, however they are cut', () => {
    fc.assert(
      fc.property(fc.array(replies, { maxLength: 4 }), fc.array(fc.nat(100)), (list, cuts) => {
        const bytes = write(list, 3);
        const at = [...new Set(cuts.map((c) => c % (bytes.length + 1)))].toSorted((a, b) => a - b);
        const pieces = [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length));
        expect(plain(read(pieces))).toEqual(plain(list));
      }),
      { numRuns: 1000 },
    );
  });

  test('a string cut behind its length, after another reply, waits for no byte too many', () => {
    const list: Reply[] = [
      { type: 'array', items: [] },
      { type: 'bulk', value: Buffer.from('ab') },
    ];
    const bytes = write(list, 3);
    expect(plain(read([bytes.subarray(0, 8), bytes.subarray(8)]))).toEqual(plain(list));
  });

  test('are read the same byte by byte', () => {
    const list = [replyOf({ a: ['x', 1, null], b: 'long'.repeat(30) }), replyOf('end')];
    const pieces = Array.from(write(list, 3), (byte) => Buffer.from([byte]));
    expect(plain(read(pieces))).toEqual(plain(list));
  });

  test('in RESP2 carry what RESP2 lacks as its nearest kin', () => {
    const list: Reply[] = [
      { type: 'null' },
      { type: 'boolean', value: true },
      { type: 'double', value: 1.5 },
      replyOf({ a: 1 }),
      { type: 'set', items: [replyOf(1)] },
    ];
    expect(write(list, 2).toString()).toBe(
      '$-1\r\n:1\r\n$3\r\n1.5\r\n*2\r\n$1\r\na\r\n:1\r\n*1\r\n:1\r\n',
    );
    expect(write(list.slice(0, 1), 3).toString()).toBe('_\r\n');
  });

  test('of other servers are understood: verbatim text, blob errors, attributes, big numbers', () => {
    const bytes = Buffer.from(
      '|1\r\n+k\r\n+v\r\n=6\r\ntxt:hi\r\n!5\r\nERR x\r\n(123456789012345678901\r\n',
    );
    expect(plain(read([bytes]))).toEqual(
      plain([
        { type: 'bulk', value: Buffer.from('hi') },
        { type: 'error', code: 'ERR', message: 'x' },
        { type: 'integer', value: 123456789012345678901n },
      ]),
    );
  });

  test.each([
    ['no type', 'hello\r\n'],
    ['a line without CR', '+OK\n'],
    ['a length that is none', '$abc\r\n'],
    ['a length beyond the limit', `$${MAX_BULK_BYTES * 2 + 1}\r\n`],
    ['too many items', '*9999999\r\n'],
    ['a string longer than it says', '$1\r\nabc\r\n'],
    ['nested without end', '*1\r\n'.repeat(40)],
    ['an integer that is none', ':1x\r\n'],
  ])('garbage is refused: %s', (_what, text) => {
    expect(() => read([Buffer.from(text)])).toThrow(RespError);
  });

  test('garbage never breaks the parser otherwise', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (pieces) => {
        try {
          read(pieces.map((p) => Buffer.from(p)));
        } catch (error) {
          expect(error).toBeInstanceOf(RespError);
        }
      }),
    );
  });
});

const bytes = (text: string): Buffer => Buffer.from(text);
const key = 'k\u00ff';

describe('commands of a client', () => {
  const spoken: [Command, string][] = [
    [{ f: 'get', key }, 'GET K'],
    [{ f: 'set', key, value: bytes('v') }, 'SET K v'],
    [{ f: 'cas', key, expected: bytes('o'), value: bytes('v') }, 'SET K v IFEQ o GET'],
    [{ f: 'cas', key, expected: null, value: bytes('v') }, 'SET K v NX GET'],
    [{ f: 'setxx', key, value: bytes('v') }, 'SET K v XX GET'],
    [{ f: 'getset', key, value: bytes('v') }, 'SET K v GET'],
    [{ f: 'add', key, delta: -3n }, 'INCRBY K -3'],
    [{ f: 'append', key, value: bytes('e') }, 'APPEND K e'],
    [{ f: 'delete', key }, 'DEL K'],
  ];

  test.each(spoken)('%o is %s', (command, words) => {
    const said = argsOf(command).map((arg) => Buffer.from(arg).toString('latin1'));
    expect(said.join(' ').replace(key, 'K')).toBe(words);
  });

  test('requests are arrays of strings, keys byte for byte', () => {
    expect(encodeRequest(argsOf({ f: 'get', key })).toString('latin1')).toBe(
      '*2\r\n$3\r\nGET\r\n$2\r\nk\u00ff\r\n',
    );
  });

  const cas: Command = { f: 'cas', key, expected: bytes('o'), value: bytes('v') };
  const fresh: Command = { f: 'cas', key, expected: null, value: bytes('v') };
  const heard: [Command, Reply, Result][] = [
    [{ f: 'get', key }, { type: 'null' }, { type: 'value', value: null }],
    [{ f: 'get', key }, replyOf('x'), { type: 'value', value: bytes('x') }],
    [{ f: 'set', key, value: bytes('v') }, { type: 'simple', text: 'OK' }, { type: 'done' }],
    [cas, replyOf('o'), { type: 'value', value: bytes('o') }],
    [cas, replyOf('p'), { type: 'mismatch', observed: bytes('p') }],
    [cas, { type: 'null' }, { type: 'mismatch', observed: null }],
    [fresh, { type: 'null' }, { type: 'value', value: null }],
    [fresh, replyOf('p'), { type: 'mismatch', observed: bytes('p') }],
    [
      { f: 'setxx', key, value: bytes('v') },
      { type: 'null' },
      { type: 'mismatch', observed: null },
    ],
    [{ f: 'getset', key, value: bytes('v') }, replyOf('o'), { type: 'value', value: bytes('o') }],
    [{ f: 'add', key, delta: 1n }, replyOf(7), { type: 'integer', value: 7n }],
    [
      cas,
      { type: 'error', code: 'TRYLATER', message: 'x' },
      { type: 'error', code: 'TRYLATER' as never, message: 'x' },
    ],
  ];

  test.each(heard)('%o, answered %o, is %o', (command, reply, result) => {
    expect(plain(resultOf(command, reply))).toEqual(plain(result));
  });

  test('a reply of the wrong kind is refused, never guessed at', () => {
    expect(() => resultOf({ f: 'set', key, value: bytes('v') }, replyOf(1))).toThrow(RespError);
    expect(() => resultOf({ f: 'get', key }, replyOf(1))).toThrow(RespError);
    expect(() => resultOf({ f: 'delete', key }, replyOf('x'))).toThrow(RespError);
  });
});
