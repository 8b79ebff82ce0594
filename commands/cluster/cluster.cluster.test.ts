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
    expect(await ask(n1, 'SET', 'greeting', 'cut')).toBe('-UNKNOWN');
    expect(await says('heal', '--name', kind)).toMatch(
      /^#\d+ is over: .*(frames lost|packets dropped)/,
    );
    expect(await says('heal', '--name', kind)).toBe('no fault is on\n');

    await says('pause', 'n2', '--name', kind);
    expect(await states(kind)).toEqual(['n1 serving', 'n2 paused', 'n3 serving']);
    expect(await says('resume', 'n2', '--name', kind)).toMatch(/^n2 goes on after \d+\.\d s\n$/);
    expect(await states(kind)).toEqual(['n1 serving', 'n2 serving', 'n3 serving']);

    const lost = await says(
      ...['fault', 'messages:repeat', 'n1', '--set', 'percent=100', '--for', '0.2'],
      ...['--name', kind],
    );
    expect(lost).toMatch(/^#\d+ messages repeat 100 % .*\n#\d+ is over: /);

    await says('kill', 'n3', '--name', kind);
    expect(await states(kind)).toEqual(['n1 serving', 'n2 serving', 'n3 down']);
    expect(await says('heal', '--name', kind)).toContain('still down: n3');
    expect(await says('restart', 'n3', '--name', kind)).toMatch(/^n3 runs again.*NOTMEMBER/);
    expect(await states(kind)).toEqual(['n1 serving', 'n2 serving', 'n3 not-member']);
    // Neither the old value nor an empty answer.
    expect(await ask(n3, 'GET', 'greeting')).toBe('-NOTMEMBER');
    expect(await ask(n3, 'SET', 'greeting', 'x')).toBe('-NOTMEMBER');
    expect((await report(kind)).faults).toEqual([]);

    expect(await says('logs', 'n3', '-n', '100', '--name', kind)).toMatch(
      /"state":"serving"[^]*"state":"not-member"/,
    );
    expect(await says('down', '--name', kind)).toBe(`✔ cluster ${kind} is down\n`);
    expect(processesOf(state.root)).toEqual([]);
  });
});

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
