import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { reliableHermes } from '../protocols/hermes/reliable.ts';
import { encodeRequest } from '../wire/resp.ts';
import { makeDataFolder, nextIncarnation } from './identity.ts';
import { ledger, ledgers, type LedgerState } from './ledger-protocol.case.ts';
import { openLog } from './log.ts';
import { GroupWriter } from './log-file.ts';
import { ReplicaHost } from './replica-host.ts';
import { Connection, eventually, freePorts, show } from './replicas.case.ts';

let dir: string;
let hosts: ReplicaHost[];
let lines: string[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hermes-host-'));
  hosts = [];
  lines = [];
  ledgers.length = 0;
});
afterEach(async () => {
  await Promise.all(hosts.map((host) => host.stop()));
  rmSync(dir, { recursive: true });
});

interface Overrides {
  readonly secret?: string;
  readonly cluster?: string;
  readonly inc?: number;
  readonly onFatal?: (error: Error) => void;
}

/** Starts ledgers in this process; all know each other. */
async function start(count: number, overrides: readonly Overrides[] = []): Promise<LedgerState[]> {
  const ports = await freePorts(count);
  const from = ledgers.length;
  for (let id = 0; id < count; id++) {
    const {
      secret = 'word',
      cluster = 'c',
      inc = 1,
      onFatal = (error: Error): void => void lines.push(`fatal ${error.message}`),
    } = overrides[id] ?? {};
    const peers = ports.flatMap((port, i) =>
      i === id ? [] : [[i, { host: '127.0.0.1', port }] as const],
    );
    hosts.push(
      // eslint-disable-next-line no-await-in-loop
      await ReplicaHost.start({
        protocol: ledger,
        self: { id, inc },
        cluster,
        secret: Buffer.from(secret),
        listen: { host: '127.0.0.1', port: 0 },
        socket: join(dir, `n${id + 1}.sock`),
        peerListen: { host: '127.0.0.1', port: ports[id] as number },
        peers: new Map(peers),
        // eslint-disable-next-line no-await-in-loop
        dataDir: await folder(id),
        timeScale: 1,
        opTimeoutMs: 1000,
        bugs: new Set(),
        options: {},
        seed: 1,
        log: openLog(`n${id + 1}`, 2, (text) => lines.push(...text.trim().split('\n'))),
        onFatal,
      }),
    );
  }
  return ledgers.slice(from);
}

async function folder(id: number): Promise<string> {
  const path = join(dir, `n${id + 1}`);
  await makeDataFolder(path);
  return path;
}

const client = (i: number): Promise<Connection> => Connection.open(hosts[i]?.port as number);
const linked = (i: number, count: number): Promise<void> =>
  eventually(async () => hosts[i]?.status().links.length === count);

describe('a first boot that was cut short', () => {
  const n1 = { id: 0, cluster: 'c' };

  /** Boots a replica of one in a folder, as its process does. */
  async function boot(bootstrap: boolean): Promise<ReplicaHost> {
    const host = await ReplicaHost.start({
      protocol: reliableHermes,
      self: { id: 0, inc: await nextIncarnation(await folder(0), n1, bootstrap, Date.now()) },
      cluster: 'c',
      secret: Buffer.from('word'),
      listen: undefined,
      socket: undefined,
      peerListen: undefined,
      peers: new Map(),
      dataDir: join(dir, 'n1'),
      timeScale: 1,
      opTimeoutMs: 1000,
      bugs: new Set(),
      options: {},
      seed: 1,
      log: openLog('n1', 0, (text) => lines.push(text)),
      onFatal: (error) => void lines.push(`fatal ${error.message}`),
    });
    hosts.push(host);
    return host;
  }

  const incarnation = (): string => readFileSync(join(dir, 'n1', 'incarnation'), 'utf8');

  /** The log of a finished first boot. */
  async function wholeLog(): Promise<Buffer> {
    await (await boot(true)).stop();
    const bytes = readFileSync(join(dir, 'n1', 'log'));
    rmSync(join(dir, 'n1'), { recursive: true });
    return bytes;
  }

  test.each([
    ['before anything was written', () => undefined],
    ['in the midst of the first record', (log: Buffer) => log.subarray(0, log.length - 3)],
    ['before its end was noted', (log: Buffer) => log],
  ])('%s is begun anew, and the acceptor votes', async (_when, left) => {
    const log = left(await wholeLog());
    expect(await nextIncarnation(await folder(0), n1, true, Date.now())).toBe(1);
    expect(incarnation()).toBe('0 n1 c\n');
    if (log !== undefined) writeFileSync(join(dir, 'n1', 'log'), log);
    const host = await boot(false);
    expect(host.status()).toMatchObject({ incarnation: 1, vote: 'yes' });
    expect(incarnation()).toBe('1 n1 c\n');
    await eventually(async () => host.status().state === 'serving');
  });

  test('a later boot on a folder without a log is that of an acceptor that lost its disk', async () => {
    await wholeLog();
    expect((await boot(false)).status()).toMatchObject({ vote: 'lost' });
  });
});

describe('the law of storage', () => {
  test('an answer and a message wait for the disk; what need not wait passes them', async () => {
    const [one, two] = (await start(2)) as [LedgerState, LedgerState];
    await linked(0, 1);
    await using a = await client(0);
    const said = [a.say('SET k 1'), a.say('HERMES tell first'), a.say('GET k')];
    expect(await Promise.all(said)).toEqual(['OK', 'first', '1']);
    await eventually(async () => two.heard.length === 2);
    expect(two.heard.map((h) => h.text)).toEqual(['first', 'k=1']);
    expect(two.heard[0]?.from).toEqual({ id: 0, inc: 1 });
    expect(one.durable.at(-1)).toBe(1);
    expect(readFileSync(join(dir, 'n1', 'log')).includes('k=1')).toBe(true);
  });

  test('what was appended is there after a start, a checkpoint stands for what was before it', async () => {
    await start(1);
    await using a = await client(0);
    await Promise.all(['SET a 1', 'SET b 2'].map((line) => a.say(line)));
    expect(await a.say('HERMES forget')).toBe(':0');
    expect(await a.say('SET c 3')).toBe('OK');
    await hosts.pop()?.stop();
    const [again] = (await start(1)) as [LedgerState];
    expect([...again.values.keys()]).toEqual(['c']);
  });

  test('a log that another protocol wrote is refused', async () => {
    const group = new GroupWriter();
    group.add(Buffer.from([200, 1]));
    await folder(0);
    writeFileSync(join(dir, 'n1', 'log'), group.take(1).bytes);
    await expect(start(1)).rejects.toThrow(/holds records that ledger does not know/);
  });
});

test('a node that was removed is born anew: higher incarnation, new links, its log', async () => {
  const [, two] = (await start(2)) as [LedgerState, LedgerState];
  await linked(0, 1);
  await using a = await client(0);
  await a.say('SET k 1');
  const unanswered = a.say('INCR k');
  await using other = await client(0);
  expect(await other.say('HERMES reborn')).toBe('OK');
  expect(await unanswered).toMatch(/^-UNKNOWN /);
  await eventually(async () => ledgers.length === 3);
  const anew = ledgers[2] as LedgerState;
  expect(anew.incarnation).toBeGreaterThan(1);
  expect([...anew.values.keys()]).toEqual(['k']);
  expect(readFileSync(join(dir, 'n1', 'incarnation'), 'utf8')).toBe(`${anew.incarnation} n1 c\n`);
  expect(await nextIncarnation(join(dir, 'n1'), { id: 0, cluster: 'c' }, false, 0)).toBe(
    anew.incarnation + 1,
  );
  await eventually(async () => hosts[1]?.status().links[0]?.incarnation === anew.incarnation);
  expect(await a.say('HERMES tell back')).toBe('back');
  await eventually(async () => two.heard.at(-1)?.from.inc === anew.incarnation);
});

test('timers go off once, in local time; cancelled ones do not', async () => {
  const [one] = (await start(1)) as [LedgerState];
  await using a = await client(0);
  expect(await a.say('HERMES wait t1')).toBe('OK');
  expect(await a.say('HERMES wait t1')).toBe('OK');
  expect(one.timers).toEqual(['t1', 't1']);
  expect(await a.say('HERMES crash')).toBe('-ERR no');
});

test('the machine hears of clients that leave before they were answered', async () => {
  const [one] = (await start(1)) as [LedgerState];
  const a = await client(0);
  void a.say('INCR k').catch(() => undefined);
  void a.say('MSET b 1 k 2').catch(() => undefined);
  await eventually(async () => lines.some((line) => line.includes('"machine asked","key":"b"')));
  await a[Symbol.asyncDispose]();
  await eventually(async () => one.gone.length === 1);
});

test('a restarted peer replaces its older link; an earlier life of it is refused', async () => {
  await start(2, [{}, { inc: 7 }]);
  await linked(0, 1);
  expect(hosts[0]?.status().links).toMatchObject([{ peer: 'n2', incarnation: 7 }]);
  const [first] = hosts as [ReplicaHost];
  const late = await ReplicaHost.start({
    protocol: ledger,
    self: { id: 1, inc: 3 },
    cluster: 'c',
    secret: Buffer.from('word'),
    listen: undefined,
    socket: undefined,
    peerListen: undefined,
    peers: new Map([[0, { host: '127.0.0.1', port: first.peerPort as number }]]),
    dataDir: await folder(8),
    timeScale: 1,
    opTimeoutMs: 1000,
    bugs: new Set(),
    options: {},
    seed: 1,
    log: openLog('late', 0, () => {}),
    onFatal: () => {},
  });
  hosts.push(late);
  await eventually(async () => lines.some((line) => line.includes('an earlier life of n2')));
  expect(late.status().links).toEqual([]);
  expect(hosts[0]?.status().links).toMatchObject([{ incarnation: 7 }]);
});

test.each([
  [{ secret: 'other' }, 'does not know the secret'],
  [{ cluster: 'other' }, 'another cluster'],
])('%o: no link', async (override, reason) => {
  await start(2, [{}, override]);
  await eventually(async () => lines.some((line) => line.includes(reason)));
  expect(hosts.map((host) => host.status().links)).toEqual([[], []]);
});

test('messages for a peer without a link are dropped and counted', async () => {
  await start(2, [{}, { secret: 'other' }]);
  await using a = await client(0);
  await a.say('HERMES tell nobody');
  expect(hosts[0]?.status().counters['dropsDown']).toBe(1);
});

test('status, info and verbosity', async () => {
  await start(1);
  await using a = await Connection.open(join(dir, 'n1.sock'));
  const status = JSON.parse(await a.say('HERMES STATUS')) as Record<string, unknown>;
  expect(status).toMatchObject({
    name: 'n1',
    protocol: 'ledger',
    state: 'serving',
    clients: 1,
    links: [],
    version: expect.stringMatching(/^\d/) as string,
  });
  expect(status['memoryBytes']).toBeGreaterThan(1e6);
  expect(await a.say('INFO server hermes')).toMatch(/server_name:hermes[^]*lease_left_us:5/);
  expect(await a.say('INFO nothing')).toBe('');
  await a.say('SET k v');
  expect(await a.say('DBSIZE')).toBe(':1');
  expect(await a.say('HERMES PEEK k')).toBe('{"value":{"utf8":"v"},"ts":"0","state":"here"}');
  expect(show(await a.raw(encodeRequest(['SET', 'bin', Buffer.from([0xff])])))).toBe('OK');
  expect(await a.say('HERMES PEEK bin')).toContain('{"b64":"/w=="}');
  const before = lines.length;
  expect(await a.say('HERMES VERBOSE 0')).toBe('OK');
  await a.say('SET k w');
  expect(lines.length).toBe(before);
  expect(await a.say('HERMES VERBOSE x')).toMatch(/^-ERR/);
});

describe('what clients may say around the keys', () => {
  test.each([
    ['PING', 'PONG'],
    ['PING a b', "-ERR wrong number of arguments for 'ping' command"],
    ['ECHO x', 'x'],
    ['AUTH a b c', '-ERR syntax error'],
    ['AUTH bob x', /^-WRONGPASS/],
    ['AUTH x', 'OK'],
    ['SELECT x', '-ERR value is not an integer or out of range'],
    ['SELECT 0', 'OK'],
    ['SELECT 3', '-ERR DB index is out of range'],
    ['HELLO', /proto :2/],
    ['HELLO x', /^-ERR Protocol version/],
    ['HELLO 9', /^-NOPROTO/],
    ['HELLO 2 SETNAME me', /id :\d/],
    ['HELLO 3 AUTH default x SETNAME me', /proto=:3/],
    ['HELLO 3 SETNAME \u0007', /^-ERR Client names/],
    ['HELLO 3 WHAT', /^-ERR Syntax error in HELLO/],
    ['CLIENT ID', /^:\d+$/],
    ['CLIENT GETNAME', 'nil'],
    ['CLIENT SETNAME', /^-ERR wrong number/],
    ['CLIENT SETNAME \u0007', /^-ERR Client names/],
    ['CLIENT SETNAME me', 'OK'],
    ['CLIENT SETINFO lib-ver 1', 'OK'],
    ['CLIENT SETINFO lib-name \u0007', /^-ERR lib-name cannot/],
    ['CLIENT SETINFO what 1', /^-ERR Unrecognized option/],
    ['CLIENT SETINFO what', /^-ERR wrong number/],
    ['CLIENT LIST', /addr=127/],
    ['CLIENT INFO', /resp=2/],
    ['CLIENT NO-EVICT on', 'OK'],
    ['CLIENT HELP', /^\[CLIENT/],
    ['CLIENT WHAT', /^-ERR unknown subcommand/],
    ['CONFIG GET', /^-ERR wrong number/],
    ['CONFIG GET max*', '[maxmemory 0 maxmemory-policy noeviction]'],
    ['CONFIG SET a b', /^-ERR CONFIG SET is not supported/],
    ['CONFIG RESETSTAT', 'OK'],
    ['CONFIG HELP', /^\[CONFIG/],
    ['CONFIG WHAT', /^-ERR unknown subcommand/],
    ['COMMAND', /^\[\[get :2/],
    ['COMMAND COUNT', /^:\d+$/],
    ['COMMAND LIST', /^\[get set/],
    ['COMMAND INFO get what', /nil\]$/],
    ['COMMAND DOCS get what', /^\[get \[summary/],
    ['COMMAND DOCS', /mset/],
    ['COMMAND HELP', /^\[COMMAND/],
    ['COMMAND WHAT', /^-ERR unknown subcommand/],
    ['HERMES VIEW', '{"epoch":1,"state":"serving","members":[]}'],
    ['HERMES PEEK', /^-ERR wrong number/],
    ['HERMES HELP', /^\[HERMES WHO .*HERMES STATUS/],
    ['HERMES WHO', /^\{"cluster":"[^"]+","name":"n\d"\}$/],
    ['HERMES WHAT', /^-ERR unknown subcommand/],
    ['RESET', 'RESET'],
    ['QUIT', 'OK'],
    ['NOPE', /^-ERR unknown command/],
    ['MGET a b', '[nil nil]'],
  ])('%s', async (line, answer) => {
    await start(1);
    await using a = await client(0);
    const got = await a.say(line);
    if (typeof answer === 'string') expect(got).toBe(answer);
    else expect(got).toMatch(answer);
  });
});
