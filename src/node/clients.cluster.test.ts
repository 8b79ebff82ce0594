import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { Redis as Valkey } from 'iovalkey';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeRequest } from '../wire/resp.ts';
import {
  Connection,
  eventually,
  show,
  startReplicas,
  status,
  type TestReplica,
  type Trio,
} from './replicas.case.ts';

const run = promisify(execFile);
const hasTools = await run('redis-cli', ['--version']).then(
  () => true,
  () => false,
);

let trio: Trio;
let n1: TestReplica;
let n2: TestReplica;
let n3: TestReplica;
beforeAll(async () => {
  trio = await startReplicas(3);
  [n1, n2, n3] = trio.nodes as [TestReplica, TestReplica, TestReplica];
});
afterAll(() => trio[Symbol.asyncDispose]());

describe('our own connection', () => {
  test('sees one value through all replicas, in either version, by TCP and unix socket', async () => {
    await using a = await Connection.open(n1.port);
    await using b = await Connection.open(n2.socket);
    await using c = await Connection.open(n3.port);
    expect(await c.say('HELLO 3')).toMatch(/^\{server=redis .*proto=:3 /);
    expect(await a.say('SET one 1')).toBe('OK');
    expect(await b.say('GET one')).toBe('1');
    expect(await c.say('SET one 2 IFEQ 1 GET')).toBe('1');
    expect(await a.say('SET one 3 IFEQ 1 GET')).toBe('2');
    expect(await a.say('SET one 3 IFEQ 1')).toBe('nil');
    expect(await b.say('INCRBY one 40')).toBe(':42');
    expect(await c.say('APPEND one 0')).toBe(':3');
    expect(await c.say('MGET one none')).toBe('[420 nil]');
    expect(await a.say('SET one x NX')).toBe('nil');
    expect(await b.say('DEL one none')).toBe(':1');
    expect(await c.say('GET one')).toBe('nil');
    expect(await c.say('INCR one')).toBe(':1');
    expect(await a.say('SET one text')).toBe('OK');
    expect(await b.say('INCR one')).toBe('-ERR value is not an integer or out of range');
  });

  test('gets Redis’ own answers around the keys', async () => {
    await using a = await Connection.open(n1.port);
    const said: [string, string | RegExp][] = [
      ['PING', 'PONG'],
      ['PING x', 'x'],
      ['ECHO y', 'y'],
      ['SELECT 0', 'OK'],
      ['SELECT 1', '-ERR DB index is out of range'],
      ['CLIENT SETNAME me', 'OK'],
      ['CLIENT GETNAME', 'me'],
      ['CLIENT SETINFO lib-name test', 'OK'],
      ['CLIENT ID', /^:\d+$/],
      ['CLIENT INFO', /name=me .*lib-name=test/],
      ['CLIENT NOPE', /^-ERR unknown subcommand/],
      ['CONFIG GET save appendonly', '[save  appendonly no]'],
      ['COMMAND COUNT', /^:\d\d$/],
      ['COMMAND INFO get nope', /^\[\[get :2 \[readonly fast\] :1 :1 :1 .*nil\]$/],
      ['COMMAND DOCS get', /^\[get \[summary /],
      ['INFO hermes', /state:serving/],
      ['INFO', /redis_version:.*keyspace|redis_version/is],
      ['HELLO 4', /^-NOPROTO/],
      ['HELLO 3 AUTH bob x', /^-WRONGPASS/],
      ['AUTH x', 'OK'],
      ['HERMES VIEW', /"epoch":1/],
      ['HERMES PEEK nokey', /"value":null/],
      ['HERMES NOPE', /^-ERR unknown subcommand/],
      ['SUBSCRIBE x', /^-ERR unknown command 'SUBSCRIBE'/],
      ['DBSIZE', /^:\d+$/],
      ['RESET', 'RESET'],
      ['CLIENT GETNAME', 'nil'],
    ];
    for (const [line, answer] of said) {
      // eslint-disable-next-line no-await-in-loop
      const got = await a.say(line);
      if (typeof answer === 'string') expect(got, line).toBe(answer);
      else expect(got, line).toMatch(answer);
    }
    expect(await a.say('QUIT')).toBe('OK');
    await a.closed;
  });

  test('pipelined: replies come in the order of the requests, whatever takes longer', async () => {
    await using a = await Connection.open(n1.port);
    const lines = Array.from({ length: 3000 }, (_, i) => [
      `SET p${i % 50} ${i}`,
      `GET p${i % 50}`,
      'PING',
      `INCR counter`,
      'ECHO x',
    ]).flat();
    const replies = await Promise.all(lines.map((line) => a.say(line)));
    const counts = replies.filter((_r, i) => i % 5 === 3).map((r) => Number(r.slice(1)));
    expect(counts.toSorted((x, y) => x - y)).toEqual(counts.map((_c, i) => i + 1));
    expect(replies.filter((_r, i) => i % 5 === 0).every((r) => r === 'OK')).toBe(true);
    expect(replies.filter((_r, i) => i % 5 === 2).every((r) => r === 'PONG')).toBe(true);
    expect(replies.filter((_r, i) => i % 5 === 4).every((r) => r === 'x')).toBe(true);
  });

  test('pipelined: a client reads what it wrote, whatever else is done to the key', async () => {
    await using a = await Connection.open(n1.port);
    await using b = await Connection.open(n2.port);
    const others = Promise.all(Array.from({ length: 300 }, () => b.say('INCRBY own 1000000')));
    const said: Promise<string>[] = [];
    for (let i = 0; i < 100; i++) {
      said.push(a.say('DEL own'), a.say('INCR own'), a.say('GET own'), a.say('MGET own none'));
      said.push(a.say(`SET mine ${i}`), a.say('APPEND mine x'), a.say('STRLEN mine'));
      said.push(a.say('GET mine'), a.say(`SET mine y${i}`), a.say('MGET mine'));
    }
    const got = await Promise.all(said);
    for (let i = 0; i < 100; i++) {
      const [, incr, own, owns, , length, strlen, mine, , again] = got.slice(i * 10) as string[];
      const after = (n: string | undefined): number => Number(/\d+/.exec(n ?? '')?.[0]);
      // Others only ever add: what this client reads is never less than what it made.
      expect(after(own)).toBeGreaterThanOrEqual(after(incr));
      expect(after(owns)).toBeGreaterThanOrEqual(after(own));
      expect([length, strlen, mine, again]).toEqual([
        `:${`${i}x`.length}`,
        `:${`${i}x`.length}`,
        `${i}x`,
        `[y${i}]`,
      ]);
    }
    await others;
  });

  test('more requests for one key than its queue takes: held up, never refused', async () => {
    await using a = await Connection.open(n1.port);
    await using b = await Connection.open(n2.port);
    await a.say('SET hot 0');
    const one = encodeRequest(['INCR', 'hot']);
    const replies = await Promise.all(
      [a, b].flatMap((c) => Array.from({ length: 3000 }, () => c.raw(one))),
    );
    const errors = replies.filter((reply) => reply.type === 'error').map(show);
    expect(errors).toEqual([]);
    expect(await a.say('GET hot')).toBe('6000');
  }, 120_000);

  test('a client that asks much and reads nothing is held up; others are served', async () => {
    await using a = await Connection.open(n1.port);
    await using b = await Connection.open(n1.port);
    expect(show(await b.raw(encodeRequest(['SET', 'big', 'x'.repeat(1_000_000)])))).toBe('OK');
    a.socket.pause();
    a.socket.write(
      Buffer.concat(Array.from({ length: 5000 }, () => encodeRequest(['GET', 'big']))),
    );
    for (let i = 0; i < 50; i++) {
      // eslint-disable-next-line no-await-in-loop
      expect(await b.say('PING')).toBe('PONG');
    }
    const info = await b.say('INFO memory');
    expect(Number(/used_memory:(\d+)/.exec(info)?.[1])).toBeLessThan(2_500_000_000);
    // Writing half a gigabyte in one turn may take longer than the others wait for a heartbeat.
    a.socket.destroy();
    await eventually(async () => (await status(n1)).state === 'serving');
  });

  test.each(['*1\r\n$x\r\n', '*99999999\r\n', '*1\r\n$99999999\r\n', 'SET "a\r\n'])(
    'that breaks the protocol (%j) hears why and is closed',
    async (garbage) => {
      await using a = await Connection.open(n1.port);
      expect(show(await a.raw(garbage))).toMatch(/^-ERR Protocol error/);
      await a.closed;
      await using b = await Connection.open(n1.port);
      expect(await b.say('PING')).toBe('PONG');
    },
  );

  test('may leave in the midst of its requests', async () => {
    for (let i = 0; i < 20; i++) {
      // eslint-disable-next-line no-await-in-loop
      const a = await Connection.open(n1.port);
      for (let j = 0; j < 100; j++) a.raw(encodeRequest(['INCR', 'left'])).catch(() => undefined);
      // eslint-disable-next-line no-await-in-loop
      await a[Symbol.asyncDispose]();
    }
    await using b = await Connection.open(n2.port);
    expect(await b.say('INCR left')).toMatch(/^:\d+$/);
    await eventually(async () => (await status(n1)).state === 'serving');
  });
});

describe.skipIf(!hasTools)('redis-tools', () => {
  test('redis-cli works, with RESP2 and RESP3, and typed at', async () => {
    const cli = async (...args: string[]): Promise<string> =>
      (await run('redis-cli', ['-h', '127.0.0.1', ...args])).stdout.trim();
    expect(await cli('-p', String(n1.port), 'SET', 'cli', 'works')).toBe('OK');
    expect(await cli('-3', '-p', String(n2.port), 'GET', 'cli')).toBe('works');
    expect(await cli('-s', n3.socket, '--no-raw', 'EXISTS', 'cli', 'none')).toBe('(integer) 1');
    expect(await cli('-p', String(n1.port), 'COMMAND', 'DOCS', 'get')).toContain('summary');
  });

  test('redis-benchmark runs, pipelined and not, on one key and on many', async () => {
    const shapes = [
      ['-P', '16'],
      ['-P', '16', '-r', '1000'],
      ['-P', '1'],
    ];
    for (const shape of shapes) {
      // eslint-disable-next-line no-await-in-loop
      const { stdout } = await run('redis-benchmark', [
        ...[
          '-h',
          '127.0.0.1',
          '-p',
          String(n2.port),
          '-t',
          'set,get,incr,mset,ping',
          '-n',
          '5000',
          '-c',
          '20',
          '--csv',
        ],
        ...shape,
      ]);
      expect(stdout.split('\n').filter((line) => /^"(SET|GET|INCR|MSET)/.test(line))).toHaveLength(
        4,
      );
      expect(stdout).not.toMatch(/error/i);
    }
    expect((await status(n2)).counters['overloads']).toBe(0);
  });
});

describe('clients from npm, unmodified', () => {
  test('ioredis', async () => {
    const a = new Redis(n1.port, '127.0.0.1');
    const b = new Redis(n2.socket);
    await a.set('io', '1');
    expect(await b.get('io')).toBe('1');
    expect(await b.set('io', '2', 'GET')).toBe('1');
    expect(await b.set('io', '3', 'NX')).toBeNull();
    expect(await b.call('SET', 'io', '3', 'IFEQ', '2')).toBe('OK');
    const results = await a
      .pipeline()
      .incr('io')
      .append('io', '0')
      .strlen('io')
      .mget('io', 'none')
      .exec();
    expect(results).toEqual([
      [null, 4],
      [null, 2],
      [null, 2],
      [null, ['40', null]],
    ]);
    await expect(a.incrby('io', 'x' as never)).rejects.toThrow(/not an integer/);
    expect(await a.del('io')).toBe(1);
    a.disconnect();
    b.disconnect();
  });

  test('iovalkey', async () => {
    const a = new Valkey(n1.port, '127.0.0.1');
    const b = new Valkey(n3.port, '127.0.0.1');
    await a.mset('va', '1', 'vb', '2');
    expect(await b.mget('va', 'vb')).toEqual(['1', '2']);
    const results = await b.pipeline().getset('va', '9').decr('vb').exists('va', 'vb').exec();
    expect(results).toEqual([
      [null, '1'],
      [null, 1],
      [null, 2],
    ]);
    a.disconnect();
    b.disconnect();
  });

  test.each([2, 3] as const)('redis, RESP%i', async (RESP) => {
    const a = await createClient({ url: `redis://127.0.0.1:${n1.port}`, RESP }).connect();
    const b = await createClient({ url: `redis://127.0.0.1:${n2.port}`, RESP }).connect();
    await a.set('nr', 'v');
    expect(await b.get('nr')).toBe('v');
    expect(await b.setNX('nr', 'w')).toBe(0);
    const many = await Promise.all(Array.from({ length: 200 }, () => a.incr(`nr${RESP}`)));
    expect(many.toSorted((x, y) => x - y)).toEqual(many.map((_n, i) => i + 1));
    expect(await b.mGet(['nr', 'none'])).toEqual(['v', null]);
    await a.close();
    await b.close();
  });
});
