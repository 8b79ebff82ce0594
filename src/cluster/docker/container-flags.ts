/**
 * Flags of `docker create` for the containers of a cluster: no right but that to change its own network,
 * a root that cannot be written, limits, labels. Pure.
 *
 * The user is number 0, without what usually makes it mighty: engines give the right to change the network
 * to programs of that user alone.
 */
import { INSIDE } from './inside-paths.ts';
import { labelFlags } from './labels.ts';

export interface ContainerSpec {
  readonly name: string;
  readonly network: string;
  readonly address: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `127.0.0.1:7101:7101` */
  readonly publish?: string;
  /** Name of the volume of its data, which outlives its ends. */
  readonly volume?: string;
  readonly cpus?: number;
  readonly memory?: string;
}

/** Enough for a replica's threads and every program that a fault starts; a fork bomb ends here. */
const MAX_PROCESSES = 256;

export function createFlags(spec: ContainerSpec): string[] {
  const { name, network, address, image, labels, publish, volume, cpus, memory } = spec;
  return [
    ...['create', '--interactive', '--name', name, '--hostname', name],
    ...['--network', network, '--ip', address],
    ...['--cap-drop', 'ALL', '--cap-add', 'NET_ADMIN', '--security-opt', 'no-new-privileges'],
    ...['--read-only', '--tmpfs', '/run', '--tmpfs', '/tmp', '--pids-limit', String(MAX_PROCESSES)],
    ...['--user', '0:0', '--stop-timeout', '1'],
    ...['--log-driver', 'local', '--log-opt', 'max-size=4m', '--log-opt', 'max-file=2'],
    ...labelFlags(labels),
    ...(publish === undefined ? [] : ['--publish', publish]),
    ...(volume === undefined ? [] : ['--mount', volumeMount(volume, labels)]),
    ...(cpus === undefined ? [] : ['--cpus', String(cpus)]),
    ...(memory === undefined ? [] : ['--memory', memory, '--memory-swap', memory]),
    image,
  ];
}

function volumeMount(volume: string, labels: Readonly<Record<string, string>>): string {
  const tags = Object.entries(labels).map(([name, value]) => `"volume-label=${name}=${value}"`);
  return ['type=volume', `src=${volume}`, `dst=${INSIDE.data}`, ...tags].join(',');
}
