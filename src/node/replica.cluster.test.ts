import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  Connection,
  eventually,
  freePorts,
  linked,
  pause,
  runToEnd,
  serving,
  show,
  startReplicas,
  status,
  type TestReplica,
} from './replicas.case.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hermes-replica-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const three = (trio: { nodes: readonly TestReplica[] }): [TestReplica, TestReplica, TestReplica] =>
  trio.nodes as [TestReplica, TestReplica, TestReplica];

/** However slow the machine is to start it. */
const endsByItself = (args: readonly string[]): ReturnType<typeof runToEnd> =>
  runToEnd(args, undefined, 20_000);

describe('starting and stopping', () => {
  test('SIGTERM, SIGINT and the end of stdin are clean ends', async () => {
    await using trio = await startReplicas(3);
    const [n1, n2] = three(trio);
    n1.kill('SIGTERM');
    n2.kill('SIGINT');
    expect(await n1.exited()).toBe(0);
    expect(await n2.exited()).toBe(0);
    const alone = ['--id', '1', '--data', join(dir, 'n1'), '--listen', 'none', '--secret-stdin'];
    expect(await runToEnd([...alone, '--bootstrap'])).toMatchObject({ code: 254 });
    const { code, stderr } = await runToEnd([...alone, '--bootstrap', '-v'], 'word\n');
    expect(code).toBe(0);
    expect(stderr).toContain('"end of stdin"');
    expect(stderr).not.toContain('word');
  });

  test('a taken port is one sentence and 254; the same command works once it is free', async () => {
    const [port] = await freePorts(1);
    const taken = createServer().listen(port, '127.0.0.1');
    const args = [
      '--id',
      '1',
      '--data',
      join(dir, 'n1'),
      '--listen',
      `127.0.0.1:${port}`,
      '--bootstrap',
    ];
    const first = await endsByItself(args);
    expect(first).toEqual({
      code: 254,
      stderr: `Error: port ${port} on 127.0.0.1 is taken, so clients cannot be listened to there\n  Stop whoever listens there, or choose another port.\n`,
    });
    await new Promise((done) => taken.close(done));
    expect((await runToEnd([...args, '--secret-stdin'], 's\n')).code).toBe(0);
    expect(await endsByItself(args)).toMatchObject({
      code: 254,
      stderr: expect.stringContaining('--bootstrap is for the first start only') as string,
    });
  });

  test('what cannot be is told in one sentence: folder, flags, damaged log', async () => {
    writeFileSync(join(dir, 'file'), '');
    const cases: [string[], string][] = [
      [['--id', '1', '--data', join(dir, 'file', 'x')], 'cannot write to the data folder'],
      [['--id', '1', '--data', '/proc/nowhere'], 'cannot write to the data folder'],
      [['--id', '99', '--data', dir], '--id takes a number from 1 to 64'],
      [
        ['--id', '1', '--data', dir, '--peers', '2=10.1.1.1:1'],
        'no secret by which replicas know each other',
      ],
    ];
    for (const [args, message] of cases) {
      // eslint-disable-next-line no-await-in-loop
      const { code, stderr } = await endsByItself(args);
      expect({ code, first: stderr.split('\n')[0] }).toEqual({
        code: 254,
        first: expect.stringContaining(message) as string,
      });
    }
  });

  test('two processes on one data folder: the second is told who has it', async () => {
    await using trio = await startReplicas(1);
    const [n1] = three(trio);
    const { code, stderr } = await endsByItself([
      ...['--id', '1', '--data', n1.data, '--listen', 'none'],
    ]);
    expect({ code, stderr }).toEqual({
      code: 254,
      stderr: expect.stringContaining(`in use by process ${n1.pid}`) as string,
    });
    n1.kill('SIGKILL');
    await n1.exited();
    await n1.restart();
    expect((await status(n1)).incarnation).toBeGreaterThan(1);
  });
});

test('a replica that was started again refuses everything until it has rejoined with all that was written', async () => {
  // Rejoining takes five seconds at this scale: time to look.
  await using trio = await startReplicas(3, ['--time-scale', '5']);
  const [n1, , n3] = three(trio);
  await using before = await Connection.open(n1.port);
  expect(await before.say('SET k old')).toBe('OK');
  n3.kill('SIGKILL');
  await n3.exited();
  await n3.restart();
  expect(await status(n3)).toMatchObject({ state: 'not-member' });
  await linked(n3, 2);
  await using after = await Connection.open(n3.port);
  const refused = [
    'GET k',
    'GET absent',
    'STRLEN k',
    'EXISTS k',
    'MGET k absent',
    'SET k new',
    'SET k new NX',
    'SET k new XX GET',
    'SET k new IFEQ old GET',
    'SETNX k new',
    'GETSET k new',
    'DEL k',
    'INCR n',
    'DECRBY n 2',
    'APPEND k x',
    'MSET a 1 b 2',
  ];
  for (const line of refused) {
    // eslint-disable-next-line no-await-in-loop
    expect(await after.say(line), line).toMatch(/^-NOTMEMBER /);
  }
  expect(await after.say('PING')).toBe('PONG');
  // The others go on without it as soon as they have agreed on that.
  expect(await before.say('GET k')).toBe('old');
  await eventually(async () => (await before.say('SET k newer')) === 'OK');
  expect(await after.say('GET k')).toMatch(/^-(NOTMEMBER|NOTSERVING) /);
  await serving(n3);
  expect(await after.say('GET k')).toBe('newer');
  const { members } = await status(n1);
  expect(members.map((ref) => ref.inc > 1)).toEqual([false, false, true]);
}, 60_000);

test('an operation that cannot complete is told its end at the deadline', async () => {
  await using trio = await startReplicas(3, ['--op-timeout-ms', '300', '--time-scale', '5']);
  const [n1, , n3] = three(trio);
  await using client = await Connection.open(n1.socket);
  n3.kill('SIGSTOP');
  const started = performance.now();
  expect(await client.say('SET k 1')).toMatch(/^-UNKNOWN /);
  expect(await client.say('GET k')).toMatch(/^-EXPIRED /);
  expect(performance.now() - started).toBeGreaterThan(500);
  n3.kill('SIGCONT');
  await eventually(async () => (await client.say('GET k')) === '1');
});

describe('links', () => {
  test('garbage and strangers at the peer port are one line each, and nothing else', async () => {
    await using trio = await startReplicas(3);
    const [n1] = three(trio);
    const before = n1.log().length;
    for (const garbage of ['GET / HTTP/1.1\r\n\r\n', '\x05\0\0\0\x01abcd', '\x01\0\0\0\x03']) {
      const socket = connect(n1.peerPort, '127.0.0.1');
      socket.on('error', () => {});
      socket.end(garbage);
      // eslint-disable-next-line no-await-in-loop
      await new Promise((done) => socket.on('close', done));
    }
    const silent = connect(n1.peerPort, '127.0.0.1');
    await pause(200);
    silent.destroy();
    await eventually(async () => n1.log().length >= before + 3);
    await pause(200);
    const lines = n1.log().slice(before);
    expect(lines.map((line) => line.event)).toEqual(
      Array.from({ length: 3 }, () => 'peer connection closed'),
    );
    expect((await status(n1)).counters['linksMade']).toBe(2);
    await using client = await Connection.open(n1.port);
    expect(await client.say('SET k 1')).toBe('OK');
  });

  test('another secret, another cluster: no link', async () => {
    await using trio = await startReplicas(2);
    const [n1] = three(trio);
    writeFileSync(join(dir, 'secret'), 'another\n');
    const strangers: [string[], string, string][] = [
      [['--secret-file', join(dir, 'secret')], '2', 'does not know the secret'],
      [['--cluster', 'elsewhere'], '2', 'another cluster (\\"elsewhere\\")'],
    ];
    for (const [i, [flags, id, reason]] of strangers.entries()) {
      // eslint-disable-next-line no-await-in-loop
      const [peerPort] = await freePorts(1);
      const address = [
        '--peers',
        `1=127.0.0.1:${n1.peerPort}`,
        '--peer-listen',
        `127.0.0.1:${peerPort}`,
      ];
      const data = ['--id', id, '--data', join(dir, `x${i}`), '--listen', 'none'];
      // eslint-disable-next-line no-await-in-loop
      await runToEnd([...data, ...address, ...flags]);
      expect(n1.stderr()).toContain(reason);
    }
    expect((await status(n1)).links).toEqual([
      { peer: 'n2', incarnation: 1, roundTripUs: expect.any(Number) as number },
    ]);
  }, 120_000);

  test('that are cut, or fall silent, are made anew, and nothing is lost', async () => {
    await using pipe = await Pipe.open();
    await using trio = await startReplicas(3, ['-v'], (from, to, port) =>
      from === 1 && to === 0 ? pipe.to(port) : port,
    );
    const [n1, n2] = three(trio);
    await using client = await Connection.open(n2.port);
    for (let i = 0; i < 10; i++) {
      pipe.cut();
      // eslint-disable-next-line no-await-in-loop
      expect(await client.say(`SET k ${i}`)).toBe('OK');
      // A link that holds for a while is dialled again at once: no time for suspicion.
      // eslint-disable-next-line no-await-in-loop
      await pause(300);
    }
    pipe.hold();
    const written = client.say('SET k held');
    // Whoever notices first closes; the other side hears that.
    await eventually(async () => [n1, n2].some((n) => n.stderr().includes('"link silent"')));
    pipe.letGo();
    const answer = await written;
    expect(answer).toMatch(/^(OK|-UNKNOWN )/);
    await serving(n2);
    expect(await client.say('GET k')).toMatch(answer === 'OK' ? /^held$/ : /^(held|9)$/);
    await linked(n1, 2);
    expect((await status(n2)).counters['linksMade']).toBeGreaterThan(3);
  });

  test('a replica that stood still reads what came before it judges the others silent', async () => {
    await using trio = await startReplicas(3, ['-v', '--time-scale', '5']);
    const [n1, n2] = three(trio);
    n1.kill('SIGSTOP');
    await pause(1200);
    n1.kill('SIGCONT');
    await using client = await Connection.open(n1.port);
    expect(await client.say('SET k 1')).toBe('OK');
    // Silence is 2 s at this scale, and the stop was shorter: nobody gave up anybody.
    expect([n1, n2].flatMap((n) => n.log()).filter((line) => line.event === 'link silent')).toEqual(
      [],
    );
  });
});

test('every message is logged at -vv, and as soon as it is asked for', async () => {
  await using trio = await startReplicas(2);
  const [n1] = three(trio);
  await using client = await Connection.open(n1.port);
  await client.say('SET quiet 1');
  expect(n1.stderr()).not.toContain('quiet');
  expect(await client.say('HERMES VERBOSE 2')).toBe('OK');
  await client.say('SET loud 1');
  await eventually(async () =>
    n1
      .log()
      .some((line) => line.event === 'receive' && String(line['message']).startsWith('ACK loud ')),
  );
  expect(
    n1
      .log()
      .some((line) => line.event === 'send' && String(line['message']).startsWith('INV loud ')),
  ).toBe(true);
  expect(await client.say('HERMES VERBOSE 3')).toMatch(/^-ERR/);
  expect(show(await client.call('HERMES', 'PEEK', 'loud'))).toMatch(/"value":\{"utf8":"1"\}/);
});

/** A TCP relay that can cut its connections, or hold back what they carry. */
class Pipe implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #port: number;
  #target = 0;
  #held = false;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.#port = port;
    server.on('connection', (near: Socket) => {
      const far = connect(this.#target, '127.0.0.1');
      for (const [from, into] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on('data', (piece) => {
          if (!this.#held) into.write(piece);
        });
        from.on('error', () => into.destroy());
        from.on('close', () => into.destroy());
      }
    });
  }

  static async open(): Promise<Pipe> {
    const [port] = await freePorts(1);
    const server = createServer();
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
    return new Pipe(server, port as number);
  }

  to(port: number): number {
    this.#target = port;
    return this.#port;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  /** From now on nothing comes through, though the connections stand. */
  hold(): void {
    this.#held = true;
  }

  letGo(): void {
    this.#held = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((done) => this.#server.close(done));
  }
}
