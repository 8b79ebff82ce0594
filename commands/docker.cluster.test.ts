/** The commands on containers, end to end: each one a process of its own, as people run them. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { downAll } from '../src/cluster/hand/down.ts';
import { noDocker, onEngine, ownStateFolder } from '../src/cluster/lab.case.ts';

const state = ownStateFolder();
const store = mkdtempSync(join(tmpdir(), 'hermes-store-'));
const trouble = await noDocker();
const why = trouble === undefined ? '' : ` (skipped: ${trouble})`;
afterAll(async () => {
  await downAll();
  state.remove();
  rmSync(store, { recursive: true });
});

const script = fileURLToPath(new URL('../bin/dev.js', import.meta.url));

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** With containers as the default runtime. */
function hermes(...words: string[]): Promise<Ran> {
  const env = { ...process.env, HERMES_RUNTIME: 'docker', NO_COLOR: '1' };
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...words], { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** What a command that must succeed prints as JSON. */
async function json(...words: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await hermes(...words, '--json');
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

describe.skipIf(trouble !== undefined)(`commands on containers${why}`, () => {
  test('a cluster by hand: up, cut, heal, kill, restart, logs, down', async () => {
    const up = await json('cluster', 'up', '--name', 'box');
    expect(up).toMatchObject({ name: 'box', runtime: 'docker' });
    expect((await onEngine(state.root)).toSorted()).toEqual([
      'container hermes-box-hub',
      ...['n1', 'n2', 'n3'].map((node) => `container hermes-box-${node}`),
      'network hermes-box',
      ...['n1', 'n2', 'n3'].map((node) => `volume hermes-box-${node}`),
    ]);
    for (const words of [
      'partition n1 / n2 n3',
      'heal',
      'kill n2',
      'restart n2',
      'pause n3',
      'resume n3',
    ])
      expect(await hermes('cluster', ...words.split(' '), '--name', 'box'), words).toMatchObject({
        code: 0,
      });
    const status = await json('cluster', 'status', '--name', 'box');
    const nodes = status['nodes'] as { name: string; starts: number; pid: number | null }[];
    expect(nodes.map(({ name, starts }) => [name, starts])).toEqual([
      ['n1', 1],
      ['n2', 2],
      ['n3', 1],
    ]);
    const logs = await hermes('cluster', 'logs', 'n2', '--name', 'box');
    expect(logs.stdout.match(/"event":"started"/g)).toHaveLength(2);
    await json('cluster', 'down', '--name', 'box');
    expect(await onEngine(state.root)).toEqual([]);
  });

  test('a run: recorded, judged, and gone', async () => {
    const words = [
      '--nodes',
      '3',
      '--ops',
      '400',
      '--nemesis',
      'pause',
      '--seed',
      '1',
      '--memory',
      '512m',
    ];
    const ran = await hermes('fuzz', ...words, '--allow-missing-faults', '--store', store);
    expect(ran.stderr).toMatch(/hermes, 3 nodes, docker/);
    expect(ran.stdout).toMatch(/✔ valid/);
    expect(ran.stdout).toMatch(/--memory 512m/);
    expect(ran.code).toBe(0);
    expect(await onEngine(state.root)).toEqual([]);
  });

  test('what the user can mend ends with 254, one sentence and what to do', async () => {
    for (const [words, says] of [
      [
        ['fuzz', '--docker-host', 'unix:///nowhere.sock', '--store', store],
        /no Docker engine answers/,
      ],
      [['cluster', 'up', '--cpus', 'many'], /--cpus many is no number of cores/],
      [['cluster', 'up', '--runtime', 'process', '--memory', '1g'], /--memory is about containers/],
    ] as const) {
      const { code, stderr } = await hermes(...words);
      expect(stderr).toMatch(says);
      expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(4);
      expect(code).toBe(254);
    }
  });
});
