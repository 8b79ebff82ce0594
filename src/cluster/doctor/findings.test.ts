/** What is said where something is missing: on machines that these tests do not run on. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { DockerProbe } from '../docker/probe.ts';
import type { NetnsProbe } from '../netns/probe.ts';
import { examineContainers } from './containers.ts';
import { examineMachine } from './machine.ts';
import { examineNamespaces } from './namespaces.ts';
import { examineProcesses } from './processes.ts';
import { examinePrograms } from './programs.ts';
import { examineStateFolder } from './state-folder.ts';

const machine = vi.hoisted(() => ({
  platform: 'linux',
  release: '6.1',
  cores: 8,
  memory: 2 ** 34,
}));
vi.mock('node:os', async (original) => ({
  ...(await original<object>()),
  platform: () => machine.platform,
  release: () => machine.release,
  availableParallelism: () => machine.cores,
  totalmem: () => machine.memory,
}));
const probe = vi.hoisted(() => ({
  answer: {} as unknown,
  others: undefined as unknown,
  docker: {} as unknown,
}));
vi.mock('../netns/probe.ts', async (original) => ({
  ...(await original<object>()),
  probeNetns: async () => probe.answer,
  userNamespaceTrouble: async () => probe.others,
}));
vi.mock('../docker/probe.ts', () => ({ probeDocker: async () => probe.docker }));

const real = { path: process.env['PATH'], node: process.execPath, tools: '' };
beforeEach(() => {
  real.tools = mkdtempSync(join(tmpdir(), 'hermes-findings-'));
  Object.assign(machine, { platform: 'linux', release: '6.1', cores: 8, memory: 2 ** 34 });
});
afterEach(() => {
  process.env['PATH'] = real.path;
  process.execPath = real.node;
  delete process.env['HERMES_STATE'];
  rmSync(real.tools, { recursive: true });
});

function program(name: string, script: string): string {
  const path = join(real.tools, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

function finding(name: string): ReturnType<typeof examineMachine>[number] | undefined {
  return examineMachine().find((found) => found.name === name);
}

describe('the machine', () => {
  test('Windows checks and simulates; its clusters run in WSL', () => {
    machine.platform = 'win32';
    expect(finding('system')).toMatchObject({
      works: false,
      needed: true,
      mend: expect.stringContaining('WSL'),
    });
  });

  test('macOS and WSL run clusters', () => {
    machine.platform = 'darwin';
    expect(finding('system')).toMatchObject({
      works: true,
      says: expect.stringContaining('macOS'),
    });
    Object.assign(machine, { platform: 'linux', release: '6.1-microsoft-standard' });
    expect(finding('system')?.says).toContain('under WSL');
  });

  test('one core and little memory are told, but forbid nothing', () => {
    Object.assign(machine, { cores: 1, memory: 2 ** 28 });
    expect(finding('cores')).toMatchObject({ works: false, needed: false });
    expect(finding('memory')).toMatchObject({
      works: false,
      needed: false,
      mend: expect.stringContaining('--nodes 3'),
    });
  });
});

describe('processes', () => {
  test('a program that cannot be started', async () => {
    process.execPath = join(real.tools, 'nothing');
    expect(await examineProcesses()).toMatchObject([
      { name: 'process', works: false, needed: true, says: expect.stringContaining('ENOENT') },
    ]);
  });

  test('a program that ends at once', async () => {
    process.execPath = program('node', 'exit 3');
    expect(await examineProcesses()).toMatchObject([
      { works: false, says: expect.stringContaining('exit 3') },
    ]);
  });
});

describe('programs', () => {
  test('that are not installed', async () => {
    process.env['PATH'] = real.tools;
    const [redis, faketime] = await examinePrograms();
    // Those in the sbin folders are found whatever PATH says; it does not lie there.
    expect(redis).toMatchObject({
      works: false,
      says: 'not installed',
      mend: expect.stringContaining('hermes repl'),
    });
    // A library: no PATH leads to it.
    expect(faketime).toMatchObject({ name: 'libfaketime', needed: false });
  });

  test('that are there, and one that does not start', async () => {
    program('redis-cli', 'echo redis-cli 9.9');
    process.env['PATH'] = `${real.tools}:${real.path}`;
    const [redis] = await examinePrograms();
    expect(redis).toMatchObject({ name: 'redis-cli', works: true, says: 'redis-cli 9.9' });
    program('redis-cli', 'exit 1');
    expect((await examinePrograms())[0]).toMatchObject({ works: false });
  });
});

describe('containers', () => {
  const none: DockerProbe = {
    trouble: undefined,
    engine: '',
    imageReady: false,
    oldImages: [],
    packets: undefined,
    dead: [],
  };
  const all = { drop: true, loss: true, disconnect: true, netem: true, rate: true, copies: true };

  test('without an engine one line says why, and what to do', async () => {
    probe.docker = { ...none, trouble: { why: 'no Docker engine answers', mend: 'Start it.' } };
    expect(await examineContainers()).toEqual([
      {
        group: 'clusters',
        name: 'docker',
        works: false,
        needed: false,
        says: 'no Docker engine answers',
        mend: 'Start it.',
      },
    ]);
    probe.docker = { ...none, trouble: { why: 'it fell over', mend: '' } };
    expect((await examineContainers())[0]?.mend).toMatch(/docker info/);
  });

  test('the engine, its image, and what it can do to packets', async () => {
    probe.docker = { ...none, engine: '99.1, linux/arm64, at tcp://far' };
    expect(await examineContainers()).toMatchObject([
      { name: 'docker', works: true, says: expect.stringMatching(/99\.1.*the first run makes/) },
    ]);
    const packets = { ...all, netem: 'the kernel has no sch_netem' };
    probe.docker = { ...none, engine: '99.1', imageReady: true, packets };
    expect(await examineContainers()).toMatchObject([
      { works: true, says: expect.stringContaining('its image is ready') },
      { name: 'docker-packets', works: true, says: expect.not.stringContaining('reordered') },
      { name: 'docker-netem', works: false, says: expect.stringContaining('sch_netem') },
    ]);
    const no = Object.fromEntries(Object.keys(all).map((means) => [means, 'no rights']));
    probe.docker = { ...none, packets: no };
    expect((await examineContainers()).filter(({ works }) => works)).toHaveLength(1);
  });

  test('what dead clusters and older versions left there', async () => {
    const dead = [{ id: 'c1', name: 'mine', dir: '/d', host: 'h', objects: ['a', 'b'] }];
    probe.docker = { ...none, engine: '99.1', dead, oldImages: ['hermes:1', 'hermes:2'] };
    expect((await examineContainers()).slice(1)).toMatchObject([
      { name: 'left-c1', works: false, mend: 'hermes cluster down --name mine' },
      { says: '2 images of older versions', mend: expect.stringContaining('hermes:1 hermes:2') },
    ]);
  });
});

describe('namespaces', () => {
  const trouble = { why: 'forbidden', mend: 'Allow it.' };
  const all = {
    network: true,
    drop: true,
    loss: true,
    copies: true,
    disconnect: true,
    tbf: true,
    htb: true,
    netem: true,
  } as const;

  test('where there are none, one line says so', async () => {
    const none = Object.fromEntries(Object.keys(all).map((name) => [name, trouble]));
    probe.answer = { privilege: null, iptables: null, abilities: none } as unknown as NetnsProbe;
    expect(await examineNamespaces()).toEqual([
      {
        group: 'clusters',
        name: 'netns',
        works: false,
        needed: false,
        says: 'forbidden',
        mend: 'Allow it.',
      },
    ]);
  });

  test('what they cannot do is told fault by fault', async () => {
    probe.answer = {
      privilege: 'user-namespace',
      iptables: 'iptables',
      abilities: { ...all, netem: trouble },
    };
    const found = await examineNamespaces();
    expect(found[0]).toMatchObject({
      name: 'netns',
      works: true,
      says: expect.stringContaining('without root'),
    });
    expect(found.filter(({ works }) => !works)).toMatchObject([
      { name: 'tc-netem', says: 'forbidden', mend: 'Allow it.' },
    ]);
  });

  test('root is told whether others could make them too', async () => {
    probe.answer = { privilege: 'root', iptables: 'iptables', abilities: all };
    const said = async (): Promise<object | undefined> =>
      (await examineNamespaces()).find(({ name }) => name === 'user-namespaces');
    expect(await said()).toMatchObject({ works: true });
    probe.others = trouble;
    expect(await said()).toMatchObject({ works: false, mend: 'Allow it.' });
    probe.others = undefined;
  });

  test('without a rule that drops there is no cluster in them', async () => {
    probe.answer = {
      privilege: 'root',
      iptables: null,
      abilities: { ...all, drop: trouble, loss: trouble },
    };
    const found = await examineNamespaces();
    expect(found.slice(0, 4)).toMatchObject([
      { name: 'netns', works: false },
      { name: 'user-namespaces', works: true },
      { name: 'iptables', works: false },
      { name: 'loss', works: false },
    ]);
  });
});

test('a state folder that cannot be made names the way out', async () => {
  process.env['HERMES_STATE'] = join(program('file', ''), 'state');
  expect(await examineStateFolder()).toMatchObject([
    {
      name: 'state-folder',
      works: false,
      needed: true,
      mend: expect.stringContaining('HERMES_STATE'),
    },
  ]);
});
