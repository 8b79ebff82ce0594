/**
 * The place of the docker runtime: a network of its own on an engine, a container for each node with a
 * fixed address, and the hub, a container with the link proxies that answers at an address per node.
 * All carry the cluster's labels; all are removed by them.
 */
import { randomInt } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import type { NodeName } from '../../base/operation.ts';
import { UserError } from '../../base/user-error.ts';
import { Rpc } from '../control/rpc.ts';
import type { Network, Outside } from '../ground/network.ts';
import { NodePackets } from '../netns/node-packets.ts';
import { ContainerEvents } from './container-events.ts';
import { createFlags } from './container-flags.ts';
import type { DockerConfig } from './docker-config.ts';
import { dockerSite } from './docker-site.ts';
import { clientEnv, type Engine, stderrOf } from './engine.ts';
import type { EngineGuard } from './engine-guard.ts';
import { engineTrouble } from './engine-trouble.ts';
import { INSIDE } from './inside-paths.ts';
import { LABEL, labelFlags } from './labels.ts';
import { removeAll } from './remains.ts';
import { freeSubnets, type Subnet } from './subnet.ts';

export interface NetworkOptions {
  readonly config: DockerConfig;
  readonly engine: Engine;
  /** Labels of everything. `LABEL.id` is this opening's own. */
  readonly labels: Readonly<Record<string, string>>;
  /** Whether there is a hub, and whether its links carry our replica's frames. */
  readonly hub: 'none' | 'bytes' | 'frames';
  /** Told of each docker client that runs on: a process group of this machine must not outlive the ground. */
  readonly onGroup: (pid: number, alive: boolean) => void;
  readonly guard: EngineGuard;
}

/** How many subnets are tried when others are quicker. */
const TRIES = 8;

export class DockerNetwork implements Network {
  readonly kind = 'docker';
  readonly packets: NodePackets;
  readonly outside: Outside;
  readonly events: ContainerEvents;
  readonly #options: NetworkOptions;
  /** Of containers that run; others are down. */
  readonly #states = new Map<NodeName, 'running' | 'paused'>();
  /** Client port of each node. */
  readonly #ports = new Map<NodeName, number>();
  #name = '';
  #subnet: Subnet | undefined;
  #hub: Rpc | undefined;
  #hubClient: ChildProcess | undefined;
  #removed: Promise<readonly string[]> | undefined;

  constructor(options: NetworkOptions) {
    this.#options = options;
    const { engine, labels, onGroup } = options;
    this.outside = { host: engine.address.clientHost, dataDir: INSIDE.data };
    this.events = new ContainerEvents(engine, labels[LABEL.id] ?? '');
    if (this.events.group !== undefined) onGroup(this.events.group, true);
    const site = dockerSite({
      engine,
      image: options.config.image,
      container: (node) => this.container(node),
      state: (node) => this.#states.get(node) ?? 'down',
      addresses: (node) => this.#laid().addresses(node),
    });
    this.packets = new NodePackets('iptables', site);
  }

  async create(nodes: readonly NodeName[], clientPorts: readonly number[]): Promise<void> {
    await this.#layNetwork();
    await Promise.all([
      this.#startHub(nodes),
      ...nodes.map((node, i) => this.#createNode(node, clientPorts[i] as number)),
    ]);
  }

  async add(node: NodeName, clientPort: number): Promise<void> {
    await this.#createNode(node, clientPort);
    try {
      await this.#tellAddress(node);
    } catch (error) {
      await this.remove(node);
      throw error;
    }
  }

  async empty(node: NodeName): Promise<void> {
    const port = this.#ports.get(node);
    if (port === undefined) return;
    await this.#discard(node);
    await this.#createNode(node, port);
  }

  async remove(node: NodeName): Promise<void> {
    this.packets.forget(node);
    this.#ports.delete(node);
    await this.#discard(node);
  }

  /** Removes container and volume. */
  async #discard(node: NodeName): Promise<void> {
    const { engine } = this.#options;
    const name = this.container(node);
    // What is not there need not be removed.
    await engine.call(['rm', '--force', '--volumes', name]).catch(() => {});
    await engine.call(['volume', 'rm', '--force', name]).catch(() => {});
  }

  host(node: NodeName): string {
    return this.#laid().node(node);
  }

  proxyHost(_from: NodeName, to: NodeName): string {
    return this.#laid().proxy(to);
  }

  proxySource(from: NodeName, _to: NodeName): string {
    return this.#laid().proxy(from);
  }

  /** The container was made for the node: nothing comes before its program. */
  command(_node: NodeName, argv: readonly string[]): readonly string[] {
    return argv;
  }

  /** Name of the node's container and of its volume. */
  container(node: NodeName): string {
    return `${this.#name}-${node}`;
  }

  /** The line to the link proxies. */
  readonly hub = (): Rpc => {
    if (this.#hub === undefined) throw new Error('the hub is not there');
    return this.#hub;
  };

  /** A container was started and its program waits: its network is empty. */
  async renew(node: NodeName): Promise<void> {
    this.#states.set(node, 'running');
    await this.packets.renew(node);
  }

  /** A container ended: nothing can be done in its network. */
  ended(node: NodeName): void {
    this.#states.delete(node);
  }

  /** A container was paused, or goes on. */
  paused(node: NodeName, paused: boolean): void {
    if (this.#states.has(node)) this.#states.set(node, paused ? 'paused' : 'running');
  }

  destroy(): Promise<readonly string[]> {
    this.#removed ??= this.#destroy();
    return this.#removed;
  }

  async #destroy(): Promise<readonly string[]> {
    const { engine, labels, onGroup } = this.#options;
    this.#hub?.close();
    const left = await removeAll(engine, `${LABEL.id}=${labels[LABEL.id]}`);
    this.events.close();
    if (this.events.group !== undefined) onGroup(this.events.group, false);
    this.#hubClient?.kill('SIGKILL');
    if (left.length === 0) await this.#options.guard.release();
    return left;
  }

  #laid(): Subnet {
    if (this.#subnet === undefined) throw new Error('there is no network yet');
    return this.#subnet;
  }

  /**
   * Makes the network: a name that nothing has, a subnet that overlaps nothing. The engine says which are
   * taken; only then is it asked for all of them.
   */
  async #layNetwork(): Promise<void> {
    const { engine, labels } = this.#options;
    let name = `hermes-${labels[LABEL.cluster]}`;
    let subnets = freeSubnets([], randomInt(1 << 16));
    for (let attempt = 0; attempt < TRIES && subnets[0] !== undefined; attempt++) {
      const [subnet] = subnets;
      const place = ['--subnet', subnet.cidr, '--gateway', subnet.gateway];
      try {
        // eslint-disable-next-line no-await-in-loop
        await engine.call(['network', 'create', ...place, ...labelFlags(labels), name]);
        this.#name = name;
        this.#subnet = subnet;
        return;
      } catch (error) {
        const stderr = stderrOf(error);
        if (/already exists/i.test(stderr)) name = `hermes-${labels[LABEL.cluster]}-${hex()}`;
        else if (/overlap/i.test(stderr))
          // eslint-disable-next-line no-await-in-loop
          subnets = freeSubnets(await subnetsInUse(engine), randomInt(1 << 16));
        else throw engineTrouble('make a network', stderr, error as Error);
      }
    }
    throw new UserError(
      'the engine has no free /24 between 10.219.16.0 and 10.219.255.0 for the cluster.',
      'Remove networks that nobody uses: docker network prune.',
    );
  }

  async #createNode(node: NodeName, port: number): Promise<void> {
    const { engine, config, labels } = this.#options;
    const { publishOn } = engine.address;
    const { image, cpus, memory } = config;
    const name = this.container(node);
    this.#ports.set(node, port);
    const flags = createFlags({
      name,
      network: this.#name,
      address: this.#laid().node(node),
      image,
      labels: { ...labels, [LABEL.node]: node },
      publish: publishOn === '' ? `${port}:${port}` : `${publishOn}:${port}:${port}`,
      volume: name,
      ...(cpus === undefined ? {} : { cpus }),
      ...(memory === undefined ? {} : { memory }),
    });
    await engine.step(`make the container of ${node}`, flags);
  }

  async #startHub(nodes: readonly NodeName[]): Promise<void> {
    const { engine, config, labels, hub, onGroup } = this.#options;
    if (hub === 'none') return;
    const name = `${this.#name}-hub`;
    const spec = {
      name,
      network: this.#name,
      address: this.#laid().hub,
      image: config.image,
      labels: { ...labels, [LABEL.node]: 'hub' },
    };
    await engine.step('make the hub', createFlags(spec));
    const [command = '', ...args] = engine.argv(['start', '--attach', '--interactive', name]);
    const client = spawn(command, args, {
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: clientEnv(),
    });
    this.#hubClient = client;
    client.on('error', () => {});
    const { pid } = client;
    if (pid !== undefined) onGroup(pid, true);
    client.once('exit', () => {
      if (pid !== undefined) onGroup(pid, false);
    });
    const launch = {
      command: INSIDE.node,
      args: [`${INSIDE.source}/cluster/docker/inside/hub.js`],
    };
    client.stdin.write(`${JSON.stringify(launch)}\n`);
    this.#hub = new Rpc(client.stdout, client.stdin);
    await this.#hub.call('begin', { framed: hub === 'frames' });
    await Promise.all(nodes.map((node) => this.#tellAddress(node)));
  }

  async #tellAddress(node: NodeName): Promise<void> {
    await this.#hub?.call('address', { address: `${this.#laid().proxy(node)}/24` });
  }
}

/** CIDRs of all networks that the engine knows. */
async function subnetsInUse(engine: Engine): Promise<string[]> {
  const ids = await engine.step('list its networks', ['network', 'ls', '--quiet']);
  const format = '{{range .IPAM.Config}}{{.Subnet}} {{end}}';
  const args = ['network', 'inspect', '--format', format, ...ids.trim().split(/\s+/)];
  // One of them may just have been removed: what was found of the others is said all the same.
  const said = await engine.call(args).catch(() => '');
  return said.split(/\s+/).filter((cidr) => cidr !== '');
}

function hex(): string {
  return randomInt(1 << 16)
    .toString(16)
    .padStart(4, '0');
}
