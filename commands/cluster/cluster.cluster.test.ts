/** The commands end to end: each one a process of its own, as people run them. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { noNetns, eventually, ownStateFolder, processesOf } from '../../src/cluster/lab.case.ts';
import { downAll } from '../../src/cluster/hand/down.ts';
import { RespClient } from '../../src/cluster/targets/resp-client.ts';

const state = ownStateFolder();
afterEach(async () => {
  await downAll();
  expect(await eventually(() => processesOf(state.root).length === 0, 2_000)).toBe(true);
});
afterAll(() => state.remove());

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const script = fileURLToPath(new URL('../../bin/dev.js', import.meta.url));

function start(words: readonly string[]): {
  readonly child: ReturnType<typeof spawn>;
  readonly ran: Promise<Ran>;
} {
  const child = spawn(process.execPath, [script, 'cluster', ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, HERMES_RUNTIME: 'process', NO_COLOR: '1' },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ran = new Promise<Ran>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ran };
}

function hermes(...words: string[]): Promise<Ran> {
  return start(words).ran;
}

/** Runs a command that must succeed; its stdout. */
async function says(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await hermes(...words);
  expect(stderr.replaceAll(/^cluster .*$\n/gm, '')).toBe('');
  expect(code).toBe(0);
  return stdout;
}

/** One request over TCP, as redis-cli would; the reply's text. */
async function ask(address: string, ...args: string[]): Promise<string> {
  const [host = '', port] = address.split(':');
  const client = await RespClient.open({ host, port: Number(port) }, AbortSignal.timeout(2_000));
  const reply = await client.request(args);
  client.close();
  if (reply.type === 'error') return `-${reply.code}`;
  if (reply.type === 'bulk') return reply.value.toString();
  return reply.type === 'simple' ? reply.text : reply.type;
}

interface Report {
  readonly nodes: readonly { name: string; address: string; state: string }[];
  readonly faults: readonly { kind: string }[];
}

const report = async (name: string): Promise<Report> =>
  JSON.parse(await says('status', '--name', name, '--json')) as Report;
const states = async (name: string): Promise<string[]> =>
  (await report(name)).nodes.map((node) => `${node.name} ${node.state}`);

/** Asks again until the answer is the one that is waited for; fails with the last one. */
async function becomes(ask: () => Promise<string>, wanted: string): Promise<void> {
  let said = '';
  for (let i = 0; i < 200 && said !== wanted; i++) {
    if (i > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    said = await ask();
  }
  expect(said).toBe(wanted);
}

/** These nodes, and no others, become the cluster's, and serve. */
async function serve(name: string, nodes: readonly string[]): Promise<void> {
  const wanted = nodes.map((node) => `${node} serving`).join(', ');
  await becomes(async () => (await states(name)).join(', '), wanted);
}

const trouble = await noNetns();
const kinds = trouble === undefined ? ['process', 'netns'] : ['process'];

describe.each(kinds)('hermes cluster, %s', (kind) => {
  test('up, break, heal, down', async () => {
    const up = JSON.parse(await says('up', '--runtime', kind, '--name', kind, '--json')) as Report;
    expect(up).toMatchObject({ name: kind, runtime: kind, protocol: 'hermes' });
    const [n1 = '', n2 = '', n3 = ''] = up.nodes.map(({ address }) => address);
    expect(n1).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await states(kind)).toEqual(['n1 serving', 'n2 serving', 'n3 serving']);
    const table = await says('status');
    expect(table).toContain(`cluster ${kind} · hermes · ${kind} · up`);
    expect(table).toContain(`n2    serving  ${n2}`);

    expect(await ask(n1, 'SET', 'greeting', 'hello')).toBe('OK');
    expect(await ask(n3, 'GET', 'greeting')).toBe('hello');

    const cut = await says('partition', 'n1', '/', 'n2', 'n3', '--name', kind);
    expect(cut).toContain(`end it: hermes cluster heal --name ${kind}`);
    expect(await says('status', '--name', kind)).toMatch(/partition links \{n1 \| n2 n3\}/);
    // In time its lease is over: then it refuses at once.
    expect(await ask(n1, 'SET', 'lonely', 'cut')).toMatch(/^-(UNKNOWN|NOTSERVING|EXPIRED)$/);
    await becomes(() => ask(n1, 'GET', 'greeting'), '-NOTSERVING');
    // The others go on, once a view without it is decided.
    await becomes(() => ask(n3, 'SET', 'greeting', 'hello'), 'OK');
    expect(await says('heal', '--name', kind)).toMatch(
      /^#\d+ is over: .*(frames lost|packets dropped)/,
    );
    expect(await says('heal', '--name', kind)).toBe('no fault is on\n');

    await serve(kind, ['n1', 'n2', 'n3']);
    await says('pause', 'n2', '--name', kind);
    expect(await states(kind)).toEqual(['n1 serving', 'n2 paused', 'n3 serving']);
    expect(await says('resume', 'n2', '--name', kind)).toMatch(/^n2 goes on after \d+\.\d s\n$/);
    await serve(kind, ['n1', 'n2', 'n3']);

    const lost = await says(
      ...['fault', 'messages:repeat', 'n1', '--set', 'percent=100', '--for', '0.2'],
      ...['--name', kind],
    );
    expect(lost).toMatch(/^#\d+ messages repeat 100 % .*\n#\d+ is over: /);

    const killed = await says('kill', 'n3', '--name', kind, '--json');
    expect(JSON.parse(killed)).toEqual({ nodes: ['n3'] });
    expect((await states(kind))[2]).toBe('n3 down');
    await becomes(() => ask(n1, 'SET', 'greeting', 'without n3'), 'OK');
    expect(await says('heal', '--name', kind)).toContain('still down: n3');
    expect(await says('restart', 'n3', '--name', kind)).toMatch(/^n3 runs again, incarnation \d+/);
    await serve(kind, ['n1', 'n2', 'n3']);
    expect(await ask(n3, 'GET', 'greeting')).toBe('without n3');
    expect((await report(kind)).faults).toEqual([]);
    expect(await says('logs', 'n3', '-n', '100', '--name', kind)).toMatch(/"started"[^]*"started"/);
    expect(await says('down', '--name', kind)).toBe(`✔ cluster ${kind} is down\n`);
    expect(processesOf(state.root)).toEqual([]);
  });
});

interface Membership extends Report {
  readonly view: { epoch: number; members: string[]; copying: string[] };
  readonly leader: string;
  readonly founders: readonly string[];
}

describe.each(kinds)('hermes cluster, members, %s', (kind) => {
  test('join, leave, come back, replace: the view says so, and no data is lost', async () => {
    const up = JSON.parse(await says('up', '--runtime', kind, '--name', kind, '--json')) as Report;
    const n1 = up.nodes[0]?.address ?? '';
    const members = async (): Promise<Membership> =>
      JSON.parse(await says('status', '--name', kind, '--json')) as Membership;
    expect(await ask(n1, 'SET', 'k', 'v')).toBe('OK');
    expect(await members()).toMatchObject({
      view: { epoch: 1, members: ['n1', 'n2', 'n3'], copying: [] },
      leader: 'n1',
      founders: ['n1', 'n2', 'n3'],
    });

    const joined = JSON.parse(await run(kind, 'join', '--json')) as {
      node: string;
      address: string;
    };
    expect(joined).toMatchObject({ node: 'n4', keys: 1, members: ['n1', 'n2', 'n3', 'n4'] });
    expect(await ask(joined.address, 'GET', 'k')).toBe('v');
    expect(await run(kind, 'leave', 'n4')).toMatch(
      /^✔ n4 has left: view \d+ {n1 n2 n3} .*\n.*has ended/,
    );
    expect(await states(kind)).toEqual(['n1 serving', 'n2 serving', 'n3 serving', 'n4 left']);
    expect(await run(kind, 'join', '--node', 'n4')).toMatch(/^✔ n4 has joined: .*n4}   1 key /);

    expect(await run(kind, 'leave', 'n1')).toMatch(/^✔ n1 has left: .*\n.*program goes on/);
    expect(await ask(n1, 'GET', 'k')).toBe('-NOTMEMBER');
    expect(await run(kind, 'join', '--node', 'n1')).toMatch(/^✔ n1 has joined/);
    expect(await ask(n1, 'GET', 'k')).toBe('v');

    await says('kill', 'n2', '--name', kind);
    const replaced = await run(kind, 'replace', 'n2');
    expect(replaced).toMatch(/^✔ n5 has taken the place of n2: view \d+ {n1 n3 n4 n5}/);
    expect(replaced).toContain('2 of 3 are left (n1 n3): all of them have to be up');
    const n5 = (await report(kind)).nodes.find(({ name }) => name === 'n5');
    expect(await ask(n5?.address ?? '', 'GET', 'k')).toBe('v');
    const refused = await hermes('replace', 'n3', '--name', kind);
    expect(refused.code).toBe(254);
    expect(refused.stderr).toMatch(/too few to decide on a view ever again.*\n.*restart n3/);
  });

  test('a member fault by hand is seen in the view, and ends with heal', async () => {
    await says('up', '--runtime', kind, '--name', kind);
    const view = async (): Promise<string[]> =>
      (JSON.parse(await says('status', '--name', kind, '--json')) as Membership).view.members;
    const fault = await run(kind, 'fault', 'member:leave', 'n2', '--json');
    expect(JSON.parse(fault)).toMatchObject({ nodes: ['n2'], bitten: true, counters: { left: 1 } });
    expect(await view()).toEqual(['n1', 'n3']);
    expect(await run(kind, 'heal')).toContain('1 came back');
    expect((await view()).toSorted()).toEqual(['n1', 'n2', 'n3']);
  });
});

/** Runs a command that must succeed and may show its steps on stderr; its stdout. */
async function run(cluster: string, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await hermes(...words, '--name', cluster);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

describe('hermes cluster', () => {
  test('says what is wrong and what to do, with 254', async () => {
    await says('up', '--nodes', '2');
    const wrong: [string[], RegExp][] = [
      [['up'], /a cluster "default" is already running.*\n.*hermes cluster down/],
      [['up', '--name', '../x'], /cannot be the name of a cluster/],
      [['up', '--name', 'b', '--protocol', 'raft'], /no protocol "raft".*\n.*hermes/],
      [['up', '--name', 'b', '--runtime', 'moon'], /no runtime "moon"/],
      [['up', '--name', 'b', '--time-scale', '-1'], /no positive number/],
      [['status', '--name', 'b'], /no cluster "b".*\n.*Running: default/],
      [['partition', 'n1', '/', 'n9'], /no node n9.*\n.*n1, n2/],
      [['partition'], /a group without nodes/],
      [['pause'], /name the nodes/],
      [['resume', 'n1'], /n1 is not paused/],
      [['restart', 'n1'], /n1 runs already/],
      [['fault', 'loss'], /loss cannot be done to this cluster/],
      [['fault', 'messages:lose', '--set', 'percent'], /not a parameter/],
      [['heal', '7'], /no fault 7 is on/],
      [['logs', 'n4'], /no node n4/],
      [['join', '--node', 'n9'], /no node n9.*\n.*n1, n2.*brand-new/],
      [['join', '--node', 'n1'], /n1 is a member already/],
      [['leave', 'n9'], /no node n9/],
      [['replace', 'n9'], /no node n9/],
      [['reset', 'n1'], /nothing is to be mended/],
      [['reset'], /it serves 0 keys, and all of them will be lost.*\n.*--yes/],
    ];
    for (const [words, message] of wrong) {
      const { code, stderr, stdout } = await hermes(...words);
      expect(stderr, words.join(' ')).toMatch(message);
      expect(stderr).not.toMatch(/\n\s+at /);
      expect({ code, stdout }, words.join(' ')).toEqual({ code: 254, stdout: '' });
    }
    expect(await says('down', '--all')).toBe('✔ cluster default is down\n');
    expect(await says('down', '--all')).toBe('no cluster is running\n');
    expect(await says('status')).toContain('no cluster is running');
  });

  test('Ctrl-C while a cluster comes up leaves nothing', async () => {
    const { child, ran } = start(['up', '--nodes', '5']);
    // The tool, the holder, its guardian, and a first replica.
    expect(await eventually(() => processesOf(state.root).length >= 4, 20_000)).toBe(true);
    child.kill('SIGINT');
    const { stderr } = await ran;
    expect(child.signalCode).toBe('SIGINT');
    expect(stderr).toContain('stopped by SIGINT');
    expect(processesOf(state.root)).toEqual([]);
    expect(await says('down', '--all')).toBe('no cluster is running\n');
  });
});
