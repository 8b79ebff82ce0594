import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Link } from '../../faults/fault.ts';
import type { System } from '../../system/system.ts';
import { UserError } from '../../base/user-error.ts';
import { downOne } from '../hand/down.ts';
import { findHolder } from '../holder/holder-client.ts';
import { eventually, noDocker, onEngine, ownStateFolder, processesOf } from '../lab.case.ts';
import { isClean } from '../netns/rules.ts';
import { clusterDir } from '../state/state-folder.ts';
import { dockerRuntime } from '../runtimes.ts';
import { hermesTarget } from '../targets/hermes.ts';
import { type Engine, engineOf } from './engine.ts';
import { ensureImage } from './image/program-image.ts';
import { SOURCE } from './image/program-files.ts';
import { freshName, inject, NODES, once, openContainers, serves, undo } from './lab.case.ts';
import { probeDocker } from './probe.ts';

const state = ownStateFolder();
const trouble = await noDocker();
const why = trouble === undefined ? '' : ` (skipped: ${trouble})`;
let engine: Engine;
beforeAll(async () => {
  if (trouble === undefined) engine = await engineOf(undefined);
});
afterAll(() => state.remove());

describe.skipIf(trouble !== undefined)(`the image${why}`, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'hermes-program-'));
    cpSync(SOURCE, join(folder, 'src'), {
      recursive: true,
      filter: (path) => !/\.(test|case)\.tsx?$/.test(path),
    });
    cpSync(join(SOURCE, '../package.json'), join(folder, 'package.json'));
    const main = join(folder, 'src/node/main.ts');
    writeFileSync(main, `${readFileSync(main, 'utf8')}// ${freshName()}\n`);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('a changed program gives another one by itself; two who want it at once make it once', async () => {
    const steps: string[] = [];
    const ensure = (): ReturnType<typeof ensureImage> =>
      ensureImage(engine, (text) => steps.push(text), join(folder, 'src'));
    const [one, two] = await Promise.all([ensure(), ensure()]);
    expect(one).toEqual(two);
    expect(steps.filter((text) => text === 'image: adding this program')).toHaveLength(1);
    expect(steps.filter((text) => text === 'image: another hermes is making it')).toHaveLength(1);
    const own = await ensureImage(engine, () => {});
    expect(own.tag).not.toBe(one.tag);
    await ensure();
    expect(steps).toHaveLength(2);
    const entry = await engine.call([
      'image',
      'inspect',
      '--format',
      '{{.Config.Entrypoint}}',
      one.tag,
    ]);
    expect(entry).toContain('/opt/hermes/src/cluster/docker/inside/launch.js');
    await engine.call(['image', 'rm', one.tag]);
  });
});

describe.skipIf(trouble !== undefined)(`a cluster in containers${why}`, () => {
  const name = freshName();
  let system: System;
  beforeAll(async () => {
    system = await openContainers(name, { cpus: '0.5', memory: '256m' });
  });
  afterAll(() => system?.stop());
  const container = (node: string): string => `hermes-${name}-${node}`;
  const rulesOf = (node: string): Promise<string> =>
    engine.call(['exec', '--user', '0:0', container(node), 'iptables-save']);

  test('its containers can do nothing but change their network, and keep to their limits', async () => {
    const said = await engine.call(['inspect', container('n1')]);
    const [{ HostConfig, Config, Args, NetworkSettings }] = JSON.parse(said);
    expect(HostConfig).toMatchObject({
      Privileged: false,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      NanoCpus: 0.5e9,
      Memory: 256 * 2 ** 20,
      Binds: null,
      PidMode: '',
    });
    expect(HostConfig.CapAdd.map((cap: string) => cap.replace('CAP_', ''))).toEqual(['NET_ADMIN']);
    expect(Config.Labels).toMatchObject({
      'hermes.cluster': name,
      'hermes.node': 'n1',
      'hermes.dir': clusterDir(name),
    });
    // What it runs, and by which secret, came over stdin.
    expect(JSON.stringify([Config.Env, Config.Cmd, Args])).not.toMatch(/secret|--id|listen/);
    const [network] = Object.values(NetworkSettings.Networks) as { IPAddress: string }[];
    expect(network?.IPAddress).toMatch(/^10\.219\.\d+\.1$/);
    const touch = [
      'exec',
      container('n1'),
      '/usr/local/bin/node',
      '-e',
      "fs.writeFileSync('/x','')",
    ];
    await expect(engine.call(touch)).rejects.toMatchObject({
      stderr: expect.stringContaining('EROFS'),
    });
  });

  test('logs are files of the run', () => {
    const log = join(clusterDir(name), 'nodes', 'n2.log');
    expect(readFileSync(log, 'utf8')).toMatch(/"event":"started"|started/);
  });

  test('what docker kill ends, docker start brings back', async () => {
    expect(await once(system, 'n1', 'write', 7)).toMatchObject({ type: 'ok' });
    await engine.call(['kill', container('n2')]);
    await engine.call(['start', container('n2')]);
    expect(await serves(system, 'n2')).toBe(true);
    await engine.call(['restart', '--time', '0', container('n2')]);
    expect(await serves(system, 'n2')).toBe(true);
  });

  test('faults of a network outlive the container, and end exactly', async () => {
    const links: Link[] = [
      ['n1', 'n3'],
      ['n3', 'n1'],
    ];
    const cut = await inject(system, { id: 1, kind: 'partition', shape: 'links', links });
    expect(cut.error).toBeUndefined();
    expect(await rulesOf('n3')).toMatch(/HERMES-1-INPUT/);
    expect(isClean(await rulesOf('n2'))).toBe(true);
    const killed = await inject(system, { id: 2, kind: 'kill', nodes: ['n3'] });
    expect(killed).toMatchObject({ bitten: true, nodes: ['n3'] });
    // One more while it is down: it has no network now.
    const loss = await inject(system, { id: 3, kind: 'loss', links, params: { percent: 50 } });
    expect(loss.error).toBeUndefined();
    expect((await undo(system, 2)).counters['restarted']).toBe(1);
    const rules = await rulesOf('n3');
    expect(rules).toMatch(/HERMES-1-INPUT .*DROP/);
    expect(rules).toMatch(/HERMES-3-INPUT .*probability 0.5/);
    expect((await undo(system, 3)).error).toBeUndefined();
    expect(await rulesOf('n3')).not.toMatch(/HERMES-3/);
    expect((await undo(system, 1)).bitten).toBe(true);
    for (const node of NODES) expect(isClean(await rulesOf(node)), node).toBe(true);
    expect(await serves(system, 'n3')).toBe(true);
  });

  test('a paused node can be cut off, and joined again', async () => {
    const links: Link[] = NODES.flatMap((node): Link[] =>
      node === 'n2'
        ? []
        : [
            ['n2', node],
            [node, 'n2'],
          ],
    );
    const paused = await inject(system, { id: 4, kind: 'pause', nodes: ['n2'] });
    expect(paused.bitten).toBe(true);
    const state = await engine.call(['inspect', '--format', '{{.State.Paused}}', container('n2')]);
    expect(state.trim()).toBe('true');
    expect(
      (await inject(system, { id: 5, kind: 'partition', shape: 'links', links })).error,
    ).toBeUndefined();
    expect((await undo(system, 4)).counters['stoppedMs']).toBeGreaterThan(0);
    expect(await rulesOf('n2')).toMatch(/HERMES-5-INPUT/);
    expect((await undo(system, 5)).error).toBeUndefined();
    expect(isClean(await rulesOf('n2'))).toBe(true);
    expect(await serves(system, 'n2')).toBe(true);
  });

  test('it goes without a trace', async () => {
    expect(await system.stop()).toEqual({ left: [] });
    expect(await onEngine(state.root)).toEqual([]);
    expect(processesOf(state.root)).toEqual([]);
  });
});

describe.skipIf(trouble !== undefined)(`what a SIGKILL leaves on an engine${why}`, () => {
  test('of the holder: nothing', async () => {
    const name = freshName();
    const system = await openContainers(name);
    await inject(system, { id: 1, kind: 'pause', nodes: ['n1'] });
    const holder = await findHolder(name);
    const { pid } = (await holder?.call('describe', {})) ?? {};
    process.kill(pid as number, 'SIGKILL');
    await system.stop();
    const gone = await until(async () => (await onEngine(state.root)).length === 0, 20_000);
    expect(gone).toBe(true);
    expect(eventually(() => processesOf(state.root).length === 0, 2_000)).toBeTruthy();
    rmSync(dirname(join(clusterDir(name), 'x')), { recursive: true, force: true });
  });

  test('of everything: what doctor finds and cluster down removes', async () => {
    const name = freshName();
    const system = await openContainers(name);
    for (const pid of processesOf(state.root)) process.kill(pid, 'SIGKILL');
    await system.stop();
    const { dead } = await probeDocker();
    const found = dead.find((cluster) => cluster.name === name);
    expect(found?.objects).toContain(`container hermes-${name}-n1`);
    expect(found?.objects).toContain(`network hermes-${name}`);
    expect(found?.objects).toContain(`volume hermes-${name}-n3`);
    expect(await downOne(name)).toEqual({ name, left: [] });
    expect(await onEngine(state.root)).toEqual([]);
  });
});

describe.skipIf(trouble !== undefined)(`what the user can mend${why}`, () => {
  const trying = async (work: Promise<unknown>): Promise<UserError> => {
    const error = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  };

  test('no engine', async () => {
    const runtime = dockerRuntime({ dockerHost: 'unix:///nowhere/docker.sock' });
    const { message, hint } = await trying(runtime.probe(hermesTarget({ protocol: 'hermes' })));
    expect(message).toMatch(/no Docker engine answers/);
    expect(hint).toMatch(/--docker-host/);
  });

  test('limits that no engine keeps', async () => {
    const { message } = await trying(openContainers(freshName(), { cpus: '4096' }));
    expect(message).toMatch(/cannot keep these limits/);
    expect(await onEngine(state.root)).toEqual([]);
  });

  test('a port that a container of somebody else has', async () => {
    const { tag } = await ensureImage(engine, () => {});
    const made = await engine.call(['create', '-i', '--publish', '127.0.0.1:9992:1', tag]);
    try {
      await engine.call(['start', made.trim()]);
      const { message } = await trying(openContainers(freshName(), {}, 9_990));
      expect(message).toMatch(/port 9992 is taken|a port of the cluster is taken/);
    } finally {
      await engine.call(['rm', '--force', made.trim()]);
    }
    expect(await onEngine(state.root)).toEqual([]);
  });
});

async function until(condition: () => Promise<boolean>, ms: number): Promise<boolean> {
  const end = performance.now() + ms;
  for (;;) {
    // eslint-disable-next-line no-await-in-loop
    if (await condition()) return true;
    if (performance.now() > end) return false;
    // eslint-disable-next-line no-await-in-loop
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
