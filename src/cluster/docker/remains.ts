/**
 * Removing what a cluster has on an engine, and finding what dead ones left there: by labels, never by
 * names.
 */
import type { Engine } from './engine.ts';
import { LABEL } from './labels.ts';

/**
 * Removes all containers, networks and volumes with a label (`name` or `name=value`). Returns what could
 * not be removed.
 */
export async function removeAll(engine: Engine, label: string): Promise<string[]> {
  const filter = ['--filter', `label=${label}`];
  const left: string[] = [];
  const list = async (args: readonly string[]): Promise<string[]> => {
    const said = await engine.call([...args, ...filter, '--quiet']).catch((error: Error) => {
      left.push(error.message);
      return '';
    });
    return said.split('\n').filter((line) => line !== '');
  };
  const remove = async (args: readonly string[], names: readonly string[]): Promise<void> => {
    if (names.length === 0) return;
    await engine.call([...args, ...names], { timeoutMs: 30_000 }).catch((error: Error) => {
      if (!/no such|not found/i.test(error.message)) left.push(error.message);
    });
  };
  await remove(['rm', '--force', '--volumes'], await list(['ps', '--all']));
  const [networks, volumes] = await Promise.all([list(['network', 'ls']), list(['volume', 'ls'])]);
  await Promise.all([
    remove(['network', 'rm'], networks),
    remove(['volume', 'rm', '--force'], volumes),
  ]);
  return left;
}

/** Those who only look do not wait long for an engine that may be far away. */
const FOUND_WITHIN_MS = 5_000;

/** A cluster that has something on an engine. */
export interface Found {
  readonly id: string;
  readonly name: string;
  /** Its state folder, and the machine where that is. */
  readonly dir: string;
  readonly host: string;
  /** `container hermes-default-n1`, … */
  readonly objects: readonly string[];
}

/** Every cluster of anybody that has something on the engine. Throws `EngineFailed`. */
export async function findClusters(engine: Engine): Promise<Found[]> {
  const filter = ['--filter', `label=${LABEL.id}`];
  const labels = [LABEL.id, LABEL.cluster, LABEL.dir, LABEL.host].map((l) => `{{.Label "${l}"}}`);
  const format = (name: string): string[] => ['--format', [`{{.${name}}}`, ...labels].join('\t')];
  const soon = { timeoutMs: FOUND_WITHIN_MS };
  const [containers, networks, volumes] = await Promise.all([
    engine.call(['ps', '--all', ...filter, ...format('Names')], soon),
    engine.call(['network', 'ls', ...filter, ...format('Name')], soon),
    engine.call(['volume', 'ls', ...filter, ...format('Name')], soon),
  ]);
  const found = new Map<string, Found & { objects: string[] }>();
  const add = (kind: string, said: string): void => {
    for (const line of said.split('\n').filter((each) => each !== '')) {
      const [object = '', id = '', name = '', dir = '', host = ''] = line.split('\t');
      const cluster = found.get(id) ?? { id, name, dir, host, objects: [] };
      found.set(id, cluster);
      cluster.objects.push(`${kind} ${object}`);
    }
  };
  add('container', containers);
  add('network', networks);
  add('volume', volumes);
  return [...found.values()];
}
