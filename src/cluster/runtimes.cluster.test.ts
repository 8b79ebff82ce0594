import { afterAll, describe, expect, test } from 'vitest';
import type { Fault, FaultReport, Link } from '../faults/fault.ts';
import type { System } from '../system/system.ts';
import { conforms, type Subject } from '../system/system.case.ts';
import { clusterNames } from './state/state-folder.ts';
import { engineOf } from './docker/engine.ts';
import {
  noDocker,
  noNetns,
  onEngine,
  ownStateFolder,
  processesNaming,
  processesOf,
} from './lab.case.ts';
import { RUNTIMES, type RuntimeName } from './runtimes.ts';
import { hermesTarget } from './targets/hermes.ts';

const state = ownStateFolder();
const trouble = await noNetns();
const noEngine = await noDocker();
afterAll(() => state.remove());

function openSystem(kind: RuntimeName, name: string, links: 'proxy' | 'direct'): Promise<System> {
  return RUNTIMES[kind].open(
    hermesTarget({ protocol: 'hermes' }),
    {
      name,
      nodes: ['n1', 'n2', 'n3'],
      basePort: undefined,
      links,
      logDir: undefined,
      detached: false,
      clientTimeoutMs: 1_500,
    },
    () => {},
    new AbortController().signal,
  );
}

async function open(kind: RuntimeName): Promise<Subject> {
  const name = `conforms-${kind}`;
  const system = await openSystem(kind, name, 'proxy');
  return {
    system,
    crash: async (node) => {
      if (kind === 'docker') {
        const engine = await engineOf(undefined);
        await engine.call(['kill', `hermes-${name}-${node}`]);
        return;
      }
      const [pid, ...others] = processesNaming(`${name}/${node}.sock`);
      expect(others).toEqual([]);
      process.kill(pid as number, 'SIGKILL');
    },
    leftovers: async () => [
      ...clusterNames(),
      ...processesOf(state.root).map((pid) => `process ${pid}`),
      ...(kind === 'docker' ? await onEngine(state.root) : []),
    ],
  };
}

conforms({
  name: 'process',
  open: () => open('process'),
  skips: [{ test: 'loss of packets is counted', why: 'TCP over loopback has no packets to lose' }],
});
conforms({
  name: 'netns',
  open: () => open('netns'),
  skips: [],
  unavailable: trouble,
});

conforms({
  name: 'docker',
  open: () => open('docker'),
  skips: [],
  unavailable: noEngine,
});

/** Faults of a system whose links run without the proxy. */
function faultsOf(system: System) {
  const links: Link[] = [
    ['n1', 'n2'],
    ['n2', 'n1'],
  ];
  const inject = (kind: Fault['kind'], shape: string): Promise<FaultReport> =>
    new Promise((done) => {
      const fault = { id: 1, kind, shape, atNs: 0, forNs: 0, nodes: [], links, params: {} };
      system.inject(fault, done);
    });
  const undo = (): Promise<FaultReport> => new Promise((done) => system.undo(1, done));
  return { inject, undo };
}

describe('direct links', () => {
  test('process: what needs the link proxy is reported as impossible', async () => {
    const system = await openSystem('process', 'direct', 'direct');
    const { inject } = faultsOf(system);
    const shapes = { partition: 'links', disconnect: 'links', link: 'delay', messages: 'lose' };
    for (const [kind, shape] of Object.entries(shapes) as [keyof typeof shapes, string][]) {
      expect(system.capabilities[kind]).toMatch(/link proxy/);
      const report = await inject(kind, shape);
      expect(report).toMatchObject({ bitten: false, error: expect.stringMatching(/proxy/) });
    }
    expect(system.capabilities.pause).toBe(true);
    await system.stop();
  });

  const places = [
    ['netns', trouble],
    ['docker', noEngine],
  ] as const;
  for (const [kind, missing] of places) {
    test.skipIf(missing !== undefined)(`${kind}: packets are cut, connections killed`, async () => {
      const system = await openSystem(kind, 'direct', 'direct');
      const { inject, undo } = faultsOf(system);
      expect(system.capabilities.messages).toMatch(/link proxy/);
      expect(system.capabilities.partition).toBe(true);
      expect((await inject('partition', 'links')).error).toBeUndefined();
      await new Promise((resolve) => setTimeout(resolve, 500));
      const report = await undo();
      expect(report.bitten).toBe(true);
      expect(report.counters['packets']).toBeGreaterThan(0);
      // The link comes back within its own pause between attempts, and is killed again.
      const killed = async (): Promise<boolean> => {
        const { bitten } = await inject('disconnect', 'links');
        await undo();
        return bitten;
      };
      let tries = 0;
      while (!(await killed()) && tries++ < 50) await new Promise((done) => setTimeout(done, 100));
      expect(tries).toBeLessThan(50);
      await system.stop();
    });
  }
});
