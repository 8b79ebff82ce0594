import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { UserError } from '../../base/user-error.ts';
import type { Fault } from '../../faults/fault.ts';
import type { Target } from '../../system/system.ts';
import echo from '../echo-node.case.ts';
import { inflict, lastingFault } from '../hand/by-hand.ts';
import { downAll, downOne } from '../hand/down.ts';
import { eventually, noNetns, ownStateFolder, processesOf } from '../lab.case.ts';
import { attachCluster } from '../open-cluster.ts';
import { RUNTIMES, type RuntimeName } from '../runtimes.ts';
import { clusterDir, clusterNames, FILES } from '../state/state-folder.ts';
import { findHolder, holderOf, listClusters } from './holder-client.ts';

const state = ownStateFolder();
const tools: ChildProcess[] = [];
afterEach(async () => {
  for (const tool of tools.splice(0)) tool.kill('SIGKILL');
  await downAll();
  expect(await eventually(() => processesOf(state.root).length === 0, 2_000)).toBe(true);
});
afterAll(() => state.remove());

/** Opens a cluster in a process of its own, with n2 paused. */
async function tool(kind: string, name: string, keep: 'keep' | 'own'): Promise<ChildProcess> {
  const entry = fileURLToPath(new URL('../tool.case.ts', import.meta.url));
  const child = spawn(process.execPath, [entry, kind, name, keep], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  tools.push(child);
  const line = await new Promise<string>((resolve) =>
    createInterface({ input: child.stdout }).once('line', resolve),
  );
  expect(line).toBe('up');
  return child;
}

async function open(
  name: string,
  target: Target = echo,
  basePort?: number,
  signal = new AbortController().signal,
): ReturnType<(typeof RUNTIMES)['process']['open']> {
  return RUNTIMES.process.open(
    target,
    {
      name,
      nodes: ['n1', 'n2', 'n3'],
      basePort,
      links: 'proxy',
      logDir: undefined,
      detached: false,
    },
    () => {},
    signal,
  );
}

const trouble = await noNetns();
const kinds: RuntimeName[] = trouble === undefined ? ['process', 'netns'] : ['process'];

describe.each(kinds)('%s: when somebody is killed', (kind) => {
  test('SIGKILL of the tool leaves nothing, though a node is stopped', async () => {
    const child = await tool(kind, 'killed', 'own');
    expect(clusterNames()).toEqual(['killed']);
    expect(processesOf(state.root).length).toBeGreaterThan(4);
    child.kill('SIGKILL');
    expect(await eventually(() => processesOf(state.root).length === 0, 2_000)).toBe(true);
    expect(clusterNames()).toEqual([]);
    expect(await downAll()).toEqual([]);
  });

  test('SIGKILL of the holder leaves nothing, though a node is stopped', async () => {
    const child = await tool(kind, 'orphan', 'keep');
    const holder = await holderOf('orphan');
    const { pid } = await holder.call('describe', {});
    child.kill('SIGKILL');
    process.kill(pid, 'SIGKILL');
    expect(await eventually(() => processesOf(state.root).length === 0, 2_000)).toBe(true);
    expect(await downAll()).toEqual([]);
    expect(await eventually(() => clusterNames().length === 0, 3_000)).toBe(true);
  });

  test('a cluster that is kept outlives the tool, until it is taken down', async () => {
    const child = await tool(kind, 'kept', 'keep');
    child.kill('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 300));
    const [cluster] = await listClusters();
    expect(cluster).toMatchObject({ name: 'kept', runtime: kind, kept: true });
    // The fault was part of the tool's schedule and ended with it.
    expect(cluster?.nodes.map(({ state: now }) => now)).toEqual(['running', 'running', 'running']);
    expect(cluster?.faults).toEqual([]);
    expect(await downOne('kept')).toEqual({ name: 'kept', left: [] });
    expect(await eventually(() => processesOf(state.root).length === 0, 2_000)).toBe(true);
  });
});

describe('a holder', () => {
  test('answers garbage on its control socket by closing that connection', async () => {
    const system = await open('garbage');
    const path = FILES.control(clusterDir('garbage'));
    const say = (text: string): Promise<string> =>
      new Promise((resolve) => {
        let answer = '';
        const socket = connect(path, () => socket.write(text));
        socket.setEncoding('utf8');
        socket.on('data', (chunk: string) => (answer += chunk));
        socket.on('error', () => {});
        socket.on('close', () => resolve(answer));
      });
    expect(await say('GET / HTTP/1.1\r\n\r\n')).toMatch(/not a line of JSON/);
    expect(await say('{"op":"down"}\n')).toMatch(/needs an id/);
    expect(await say('[]\n')).toMatch(/needs an id/);
    expect(await say('x'.repeat(5 * 1024 * 1024))).toBe('');
    const holder = await holderOf('garbage');
    const call = holder.call as (op: string, args: unknown) => Promise<unknown>;
    const bound = call.bind(holder);
    await expect(bound('fly', {})).rejects.toThrow(/knows no "fly"/);
    await expect(bound('prepare', {})).rejects.toThrow(/already/);
    for (const fault of [undefined, null, 7, {}, { id: 1, kind: 'meteor', nodes: [], links: [] }])
      await expect(bound('inject', { fault })).rejects.toThrow(/not a fault/);
    await expect(bound('restart', { node: 'n9' })).resolves.toBe(false);
    holder.close();
    const status = await new Promise((done) => system.status('n1', done));
    expect(status).toMatchObject({ state: 'serving' });
    await system.stop();
  });

  test('writes a fault down before it is applied, and forgets it when it is undone', async () => {
    const system = await open('faults');
    const file = FILES.faults(clusterDir('faults'));
    const written = (): Fault[] => JSON.parse(readFileSync(file, 'utf8')) as Fault[];
    const fault: Fault = {
      id: 3,
      kind: 'partition',
      shape: 'one-way',
      atNs: 0,
      forNs: 0,
      nodes: [],
      links: [['n1', 'n2']],
      params: {},
    };
    await new Promise((done) => system.inject(fault, done));
    expect(written()).toEqual([fault]);
    await new Promise((done) => system.undo(3, done));
    expect(written()).toEqual([]);
    await system.stop();
  });

  test('keeps a fault by hand when who asked for it is gone', async () => {
    const system = await open('by-hand');
    const holder = await holderOf('by-hand');
    const report = await inflict(holder, lastingFault({ kind: 'pause', nodes: ['n1'] }));
    holder.close();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const [cluster] = await listClusters();
    expect(cluster?.faults).toMatchObject([{ id: report.id, kind: 'pause', nodes: ['n1'] }]);
    expect(cluster?.nodes[0]?.state).toBe('paused');
    await system.stop();
  });

  test('serves others beside the one that started it; their faults end with them', async () => {
    const system = await open('shared');
    const guest = await attachCluster('shared', echo);
    expect(guest.nodes).toEqual(system.nodes);
    expect(guest.capabilities).toEqual(system.capabilities);
    const fault: Fault = {
      id: 5,
      kind: 'pause',
      shape: 'one',
      atNs: 0,
      forNs: 0,
      nodes: ['n3'],
      links: [],
      params: {},
    };
    const states = async (): Promise<string[]> =>
      (await listClusters()).flatMap(({ nodes }) => nodes.map((node) => node.state));
    await new Promise((done) => guest.inject(fault, done));
    expect(await states()).toEqual(['running', 'running', 'paused']);
    expect(await guest.stop()).toEqual({ left: [] });
    for (let i = 0; i < 100 && (await states()).includes('paused'); i++)
      await new Promise((done) => setTimeout(done, 10));
    expect(await states()).toEqual(['running', 'running', 'running']);
    await system.stop();
  });

  test('gives way to a running one of its name, and takes the place of a dead one', async () => {
    const system = await open('twice');
    const second = open('twice');
    await expect(second).rejects.toThrow(UserError);
    await expect(second).rejects.toThrow(/"twice" is already running/);
    expect(await new Promise((done) => system.status('n1', done))).toBeDefined();
    await system.stop();
    const dir = clusterDir('twice');
    mkdirSync(dir);
    writeFileSync(FILES.faults(dir), '[]');
    utimesSync(dir, 1, 1);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect(await findHolder('twice')).toBeUndefined();
    expect(existsSync(dir)).toBe(false);
  });
});

describe('opening a cluster', () => {
  test('names the port that is taken, and who has it', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const failed = open('busy', echo, port - 2);
    await expect(failed).rejects.toThrow(UserError);
    await expect(failed).rejects.toThrow(`port ${port} is taken by another program`);
    if (process.platform === 'linux') await expect(failed).rejects.toThrow(`(pid ${process.pid},`);
    server.close();
  });

  test('says what a program said that ended before it was ready', async () => {
    const broken: Target = {
      ...echo,
      program: () => ({
        command: process.execPath,
        args: ['-e', 'console.error("no such protocol"); process.exit(3)'],
      }),
    };
    const failed = open('broken', broken);
    await expect(failed).rejects.toThrow(/n\d ended before it was ready \(code 3\)/);
    await expect(failed).rejects.toMatchObject({ hint: 'no such protocol' });
    expect(clusterNames()).toEqual([]);
  });

  test('says which program cannot be started', async () => {
    const missing: Target = { ...echo, program: () => ({ command: '/no/such', args: [] }) };
    await expect(open('missing', missing)).rejects.toThrow(/n\d cannot be started: .*ENOENT/);
    expect(clusterNames()).toEqual([]);
  });

  test('cleans up when its caller gives up', async () => {
    const silent: Target = { ...echo, ready: () => Promise.reject(new Error('still asleep')) };
    const abort = new AbortController();
    const failed = open('given-up', silent, undefined, abort.signal);
    expect(await eventually(() => processesOf(state.root).length >= 5, 10_000)).toBe(true);
    abort.abort(new Error('enough'));
    await expect(failed).rejects.toThrow('enough');
    expect(clusterNames()).toEqual([]);
    expect(processesOf(state.root)).toEqual([]);
  });
});
