/** What is said where something is missing: on machines that these tests do not run on. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { NetnsProbe } from '../netns/probe.ts';
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
const probe = vi.hoisted(() => ({ answer: {} as unknown }));
vi.mock('../netns/probe.ts', async (original) => ({
  ...(await original<object>()),
  probeNetns: async () => probe.answer,
}));

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
    const [redis, docker] = await examinePrograms();
    // Those in the sbin folders are found whatever PATH says; neither of these lies there.
    expect(redis).toMatchObject({
      works: false,
      says: 'not installed',
      mend: expect.stringContaining('hermes repl'),
    });
    expect(docker).toMatchObject({ works: false, needed: false, says: 'not installed' });
  });

  test('that are there, and one whose engine does not answer', async () => {
    program('redis-cli', 'echo redis-cli 9.9');
    program('docker', 'echo "Cannot connect" >&2; exit 1');
    process.env['PATH'] = `${real.tools}:${real.path}`;
    expect(await examinePrograms()).toMatchObject([
      { name: 'redis-cli', works: true, says: 'redis-cli 9.9' },
      { name: 'docker', works: false, says: 'the engine does not answer: Cannot connect' },
    ]);
    program('docker', 'echo 99.1');
    program('redis-cli', 'exit 1');
    expect(await examinePrograms()).toMatchObject([
      { works: false },
      { works: true, says: 'engine 99.1 answers' },
    ]);
  });
});

describe('namespaces', () => {
  const trouble = { why: 'forbidden', mend: 'Allow it.' };
  const all = {
    network: true,
    drop: true,
    loss: true,
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

  test('without a rule that drops there is no cluster in them', async () => {
    probe.answer = {
      privilege: 'root',
      iptables: null,
      abilities: { ...all, drop: trouble, loss: trouble },
    };
    const found = await examineNamespaces();
    expect(found.slice(0, 3)).toMatchObject([
      { name: 'netns', works: false },
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
