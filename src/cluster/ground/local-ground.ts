/**
 * A ground in this process: starts programs, runs the link proxy, applies faults, on whatever network
 * it is given.
 */
import { createServer, type Server } from 'node:net';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeName } from '../../base/operation.ts';
import type { Fault, FaultReport } from '../../faults/fault.ts';
import { forward } from '../proxy/forward.ts';
import { FILES } from '../state/state-folder.ts';
import { FaultHand } from './fault-hand.ts';
import type { Ground, GroundConfig, GroundNode, Place, Programs } from './ground.ts';
import type { Network } from './network.ts';
import type { Links } from './links.ts';
import type { MakeNode, NodeHandle } from './node-handle.ts';
import { NodeProcess, type Exit } from './node-process.ts';
import { freePorts } from './ports.ts';

/** How long a program may take to end by itself, in ms. */
const GRACE_MS = 500;

export class LocalGround implements Ground {
  onExit: (exit: Exit) => void = () => {};
  onRestart: (node: NodeName) => void = () => {};
  /** Told of each process group that must not outlive the ground, and of those that ended. */
  readonly #onGroup: (pid: number, alive: boolean) => void;
  readonly #config: GroundConfig;
  readonly #network: Network;
  readonly #proxy: Links | undefined;
  readonly #makeNode: MakeNode;
  readonly #hand: FaultHand;
  readonly #processes = new Map<NodeName, NodeHandle>();
  readonly #programs = new Map<NodeName, Programs>();
  readonly #starts = new Map<NodeName, number>();
  readonly #forwards = new Map<NodeName, Server>();
  readonly #peerPorts = new Map<NodeName, number>();
  readonly #clientPorts = new Map<NodeName, number>();
  /** Where the proxies of links listen, by `from>to`. */
  readonly #doors = new Map<string, Address>();
  /** Every name that was ever in use. */
  readonly #named = new Set<NodeName>();
  #stopped: Promise<readonly string[]> | undefined;

  constructor(
    config: GroundConfig,
    network: Network,
    proxy: Links | undefined,
    onGroup: (pid: number, alive: boolean) => void = () => {},
    makeNode: MakeNode = (node, log, onExit) => new NodeProcess(node, log, onExit),
  ) {
    this.#config = config;
    this.#network = network;
    this.#onGroup = onGroup;
    this.#proxy = proxy;
    this.#makeNode = makeNode;
    for (const node of config.nodes) this.#name(node);
    this.#hand = new FaultHand({
      processes: this.#processes,
      proxy: this.#proxy,
      packets: network.packets,
      restart: (node) => this.restart(node),
    });
  }

  async prepare(): Promise<readonly Place[]> {
    const { nodes } = this.#config;
    await this.#network.create(nodes, this.#config.clientPorts);
    await this.#takePeerPorts(nodes);
    const links = nodes.flatMap((from) => nodes.map((to) => [from, to] as const));
    await Promise.all(links.map(([from, to]) => this.#link(from, to)));
    await Promise.all(nodes.map((node, i) => this.#open(node, this.#config.clientPorts[i] ?? 0)));
    return this.#places();
  }

  async add(node: NodeName, clientPort: number): Promise<readonly Place[]> {
    if (this.#stopped !== undefined) throw new Error('the cluster is being stopped');
    if (this.#named.has(node)) throw new Error(`the name ${node} was used before`);
    const others = [...this.#processes.keys()];
    await this.#network.add(node, clientPort);
    this.#name(node);
    try {
      await this.#takePeerPorts([node]);
      const links = others.flatMap((other) => [[other, node] as const, [node, other] as const]);
      await Promise.all(links.map(([from, to]) => this.#link(from, to)));
      await this.#open(node, clientPort);
      return this.#places();
    } catch (error) {
      await this.remove(node);
      throw error;
    }
  }

  async remove(node: NodeName): Promise<void> {
    await this.#processes.get(node)?.stop(GRACE_MS);
    this.#processes.delete(node);
    this.#programs.delete(node);
    this.#peerPorts.delete(node);
    this.#clientPorts.delete(node);
    for (const link of this.#doors.keys())
      if (link.split('>').includes(node)) this.#doors.delete(link);
    this.#proxy?.forget(node);
    this.#forwards.get(node)?.close();
    this.#forwards.delete(node);
    await this.#network.remove(node);
  }

  async start(node: NodeName, programs: Programs): Promise<void> {
    this.#programs.set(node, programs);
    await this.#launch(node, programs.first);
  }

  async restart(node: NodeName): Promise<boolean> {
    const programs = this.#programs.get(node);
    if (programs === undefined || this.#process(node).state !== 'down') return false;
    await this.#launch(node, programs.again);
    this.onRestart(node);
    return true;
  }

  async end(node: NodeName): Promise<void> {
    await this.#processes.get(node)?.stop(GRACE_MS);
  }

  async empty(node: NodeName): Promise<void> {
    await this.#network.empty?.(node);
  }

  async nodes(): Promise<readonly GroundNode[]> {
    return [...this.#processes.values()].map(({ node, state, pid }) => ({
      node,
      state,
      pid: pid ?? null,
      starts: this.#starts.get(node) ?? 0,
    }));
  }

  inject(fault: Fault): Promise<FaultReport> {
    return this.#hand.inject(fault);
  }

  undo(id: number): Promise<FaultReport> {
    return this.#hand.undo(id);
  }

  stop(): Promise<readonly string[]> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<readonly string[]> {
    await Promise.all([...this.#processes.values()].map((process) => process.stop(GRACE_MS)));
    this.#proxy?.close();
    for (const server of this.#forwards.values()) server.close();
    return this.#network.destroy();
  }

  #name(node: NodeName): void {
    const log = join(this.#config.logDir, `${node}.log`);
    this.#named.add(node);
    this.#processes.set(
      node,
      this.#makeNode(node, log, (exit) => this.onExit(exit)),
    );
  }

  /** Where each node binds and finds all others. */
  #places(): Place[] {
    const names = [...this.#processes.keys()];
    return names.map((node) => ({
      node,
      host: this.#network.host(node),
      port: this.#clientPorts.get(node) as number,
      peerPort: this.#peerPorts.get(node) as number,
      peers: names
        .filter((peer) => peer !== node)
        .map((name) => ({ name, ...(this.#doors.get(`${node}>${name}`) ?? this.#real(name)) })),
      ...(this.#network.outside === undefined ? {} : { outside: this.#network.outside }),
    }));
  }

  #process(node: NodeName): NodeHandle {
    const process = this.#processes.get(node);
    if (process === undefined) throw new Error(`there is no node ${node}`);
    return process;
  }

  async #launch(node: NodeName, program: Programs['first']): Promise<void> {
    if (this.#stopped !== undefined) throw new Error('the cluster is being stopped');
    const process = this.#process(node);
    // A socket that a killed program left would refuse the next one.
    rmSync(FILES.socket(this.#config.dir, node), { force: true });
    const argv = this.#network.command(node, [program.command, ...program.args]);
    await process.start(argv, program);
    this.#starts.set(node, (this.#starts.get(node) ?? 0) + 1);
    const { group } = process;
    if (group === undefined) return;
    this.#onGroup(group, true);
    void process.gone.then(() => this.#onGroup(group, false));
  }

  async #takePeerPorts(nodes: readonly NodeName[]): Promise<void> {
    const ports =
      this.#network.kind === 'process'
        ? await freePorts(this.#network.host(nodes[0] as NodeName), nodes.length)
        : nodes.map(() => PEER_PORT);
    for (const [i, node] of nodes.entries()) this.#peerPorts.set(node, ports[i] as number);
  }

  /** Where a node really listens to its peers. */
  #real(node: NodeName): Address {
    return { host: this.#network.host(node), port: this.#peerPorts.get(node) as number };
  }

  /** Puts the proxy of a link in its place, where there is one. */
  async #link(from: NodeName, to: NodeName): Promise<void> {
    if (this.#proxy === undefined || from === to) return;
    const host = this.#network.proxyHost(from, to);
    const source = this.#network.proxySource(from, to);
    this.#proxy.route(from, to, { ...this.#real(to), source });
    this.#doors.set(`${from}>${to}`, { host, port: await this.#proxy.listen(from, to, host) });
  }

  /** Notes its client port; for those outside of the network makes a unix socket that leads there. */
  async #open(node: NodeName, port: number): Promise<void> {
    this.#clientPorts.set(node, port);
    if (this.#network.kind !== 'netns') return;
    const host = this.#network.host(node);
    const server = createServer({ noDelay: true }, (socket) => forward(socket, [{ host, port }]));
    this.#forwards.set(node, server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(FILES.forward(this.#config.dir, node), resolve);
    });
  }
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Every node of a network namespace or container has its ports to itself. */
const PEER_PORT = 7000;
