/**
 * What the tests of containers share: a cluster in them, and looking at it from outside.
 */
import { randomUUID } from 'node:crypto';
import type { NodeName, Outcome } from '../../base/operation.ts';
import type { Fault, FaultReport } from '../../faults/fault.ts';
import type { System } from '../../system/system.ts';
import { hermesTarget } from '../targets/hermes.ts';
import { dockerRuntime } from '../runtimes.ts';
import type { DockerSettings } from './docker-settings.ts';

export const NODES = ['n1', 'n2', 'n3'] as const;

/** A name that no other cluster has. */
export function freshName(): string {
  return `t-${randomUUID().slice(0, 8)}`;
}

/** Opens three replicas in containers. */
export function openContainers(
  name: string,
  settings: DockerSettings = {},
  basePort?: number,
): Promise<System> {
  return dockerRuntime(settings).open(
    hermesTarget({ protocol: 'hermes' }),
    {
      name,
      nodes: [...NODES],
      basePort,
      links: 'proxy',
      logDir: undefined,
      detached: false,
      clientTimeoutMs: 1_500,
    },
    () => {},
    new AbortController().signal,
  );
}

/** One operation on one node, over a session of its own. */
export function once(
  system: System,
  node: NodeName,
  f: string,
  value: number | null,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const session = system.session(node);
    session.onUp(() =>
      session.submit({ f, key: 1, value }, (outcome) => {
        session.close();
        resolve(outcome);
      }),
    );
  });
}

/** Writes on a node until one is acknowledged; false: none was within ten seconds. */
export async function serves(system: System, node: NodeName): Promise<boolean> {
  const end = performance.now() + 10_000;
  while (performance.now() < end) {
    // eslint-disable-next-line no-await-in-loop
    if ((await once(system, node, 'write', 1)).type === 'ok') return true;
    // eslint-disable-next-line no-await-in-loop
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

export function inject(
  system: System,
  fault: Partial<Fault> & Pick<Fault, 'id' | 'kind'>,
): Promise<FaultReport> {
  const nothing = { shape: 'one', atNs: 0, forNs: 0, nodes: [], links: [], params: {} };
  return new Promise((done) => system.inject({ ...nothing, ...fault }, done));
}

export function undo(system: System, id: number): Promise<FaultReport> {
  return new Promise((done) => system.undo(id, done));
}
