import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RequestParser, splitInline } from './resp-request.ts';
import { encodeRequest, RespError } from './resp.ts';

function read(pieces: readonly Buffer[], parser = new RequestParser()): string[][] {
  const got: string[][] = [];
  for (const piece of pieces) {
    parser.push(piece);
    for (let args = parser.next(); args !== undefined; args = parser.next())
      got.push(args.map((arg) => arg.toString('hex')));
  }
  return got;
}

const requests = fc.array(
  fc.array(fc.uint8Array({ maxLength: 30 }), { minLength: 1, maxLength: 5 }),
  {
    maxLength: 5,
  },
);
const hex = (list: readonly (readonly Uint8Array[])[]): string[][] =>
  list.map((args) => args.map((arg) => Buffer.from(arg).toString('hex')));
const words = (...list: readonly string[][]): string[][] =>
  list.map((args) => args.map((arg) => Buffer.from(arg, 'latin1').toString('hex')));

describe('pipelined requests', () => {
  test('are read the same however the network cuts them', () => {
    fc.assert(
      fc.property(requests, fc.array(fc.nat(300)), (list, cuts) => {
        const bytes = Buffer.concat(list.map((args) => encodeRequest(args)));
        const at = [...new Set(cuts.map((c) => c % (bytes.length + 1)))].toSorted((a, b) => a - b);
        const pieces = [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length));
        expect(read(pieces)).toEqual(hex(list));
      }),
    );
  });

  test('are read the same when cut at every byte', () => {
    const text = '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nhello\r\nPING "a b"\r\n*1\r\n$4\r\nQUIT\r\n';
    const whole = words(['SET', 'k', 'hello'], ['PING', 'a b'], ['QUIT']);
    for (let cut = 0; cut <= text.length; cut++)
      expect(read([Buffer.from(text.slice(0, cut)), Buffer.from(text.slice(cut))])).toEqual(whole);
    expect(read(Array.from(Buffer.from(text), (byte) => Buffer.from([byte])))).toEqual(whole);
  });

  test('that are empty are passed over, in any number', () => {
    const empty = Buffer.from('*0\r\n\r\n*-1\r\n'.repeat(20_000));
    expect(read([empty, Buffer.from('PING\r\n')])).toEqual(words(['PING']));
  });

  test('a long string that comes in many pieces is joined once', () => {
    const value = Buffer.alloc(1_000_000, 'x');
    const bytes = encodeRequest(['SET', 'k', value]);
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += 1000) pieces.push(bytes.subarray(at, at + 1000));
    expect(read(pieces)).toEqual(hex([[Buffer.from('SET'), Buffer.from('k'), value]]));
  });
});

const SMALL = { bulkBytes: 10, args: 4, requestBytes: 25, inlineBytes: 20 };

describe('violations', () => {
  test.each([
    ['a count that is none', '*x\r\n', 'invalid multibulk length'],
    ['a count beyond the limit', '*5\r\n', 'invalid multibulk length'],
    ['a count without end', `*${'1'.repeat(40)}`, 'too big mbulk count string'],
    ['something else than a string', '*1\r\n:1\r\n', "expected '$', got ':'"],
    ['a length that is none', '*1\r\n$x\r\n', 'invalid bulk length'],
    ['a negative length', '*1\r\n$-1\r\n', 'invalid bulk length'],
    ['a string beyond the limit', '*1\r\n$11\r\n', 'invalid bulk length'],
    [
      'a request beyond the limit',
      `*3\r\n${'$10\r\n0123456789\r\n'.repeat(3)}`,
      'request too large',
    ],
    ['a string longer than it says', '*1\r\n$1\r\nabc\r\n', 'longer than it says'],
    ['a long inline command', 'x'.repeat(21), 'too big inline request'],
    ['a web page', 'POST / HTTP/1.1\r\n', 'HTTP'],
    ['a web page by GET', 'GET / HTTP/1.1\r\nHost: x\r\n', 'HTTP'],
    ['open quotes', 'SET "a\r\n', 'unbalanced quotes'],
  ])('%s', (_what, text, message) => {
    const parse = (): unknown => read([Buffer.from(text)], new RequestParser(SMALL));
    expect(parse).toThrow(RespError);
    expect(parse).toThrow(message);
  });

  test('are told before the bytes have come that they announce', () => {
    expect(() => read([Buffer.from('*1\r\n$999999999\r\n')])).toThrow(RespError);
  });

  test('of any kind break nothing else', () => {
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

test.each([
  ['SET k v', ['SET', 'k', 'v']],
  ['  a   b  ', ['a', 'b']],
  ["\"a\\n\\x41\\q\" 'b\\'c\\n'", ['a\nAq', "b'c\\n"]],
  ['a"b c"', ['ab c']],
  ['"a"b', undefined],
  ["'a", undefined],
  ['', []],
] as const)('inline %s', (line, expected) => {
  expect(splitInline(line)).toEqual(expected);
});
