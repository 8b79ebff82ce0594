/**
 * A ground in this process: starts programs, runs the link proxy, applies faults, on whatever network
 * it is given.
 */
import { createServer, type Server } from 'node:net';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeName } from '../../base/operation.ts';
import type { Fault, FaultReport } from '../../faults/fault.ts';
import type { FrameFormat } from '../../wire/frames.ts';
import { forward } from '../proxy/forward.ts';
import { LinkProxy } from '../proxy/link-proxy.ts';
import { FILES } from '../state/state-folder.ts';
import { FaultHand } from './fault-hand.ts';
import type { Ground, GroundConfig, GroundNode, Place, Programs } from './ground.ts';
import type { Network } from './network.ts';
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
  readonly #proxy: LinkProxy | undefined;
  readonly #hand: FaultHand;
  readonly #processes = new Map<NodeName, NodeProcess>();
  readonly #programs = new Map<NodeName, Programs>();
  readonly #starts = new Map<NodeName, number>();
  readonly #forwards = new Map<NodeName, Server>();
  readonly #peerPorts = new Map<NodeName, number>();
  /** Every name that was ever in use. */
  readonly #named = new Set<NodeName>();
  #stopped: Promise<readonly string[]> | undefined;

  constructor(
    config: GroundConfig,
    network: Network,
    format: FrameFormat | undefined,
    onGroup: (pid: number, alive: boolean) => void = () => {},
  ) {
    this.#config = config;
    this.#network = network;
    this.#onGroup = onGroup;
    this.#proxy = config.links === 'proxy' ? new LinkProxy(format) : undefined;
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
    await this.#network.create(nodes);
    await this.#takePeerPorts(nodes);
    return Promise.all(
      nodes.map((node, i) => this.#place(node, this.#config.clientPorts[i] as number)),
    );
  }

  async add(node: NodeName, clientPort: number): Promise<Place> {
    if (this.#stopped !== undefined) throw new Error('the cluster is being stopped');
    if (this.#named.has(node)) throw new Error(`the name ${node} was used before`);
    const others = [...this.#processes.keys()];
    await this.#network.add(node);
    this.#name(node);
    try {
      await this.#takePeerPorts([node]);
      // So that faults can strike these links as any other, though nobody dials this way yet.
      await Promise.all(others.map((other) => this.#door(other, node)));
      return await this.#place(node, clientPort);
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
    this.#processes.set(node, new NodeProcess(node, log, (exit) => this.onExit(exit)));
  }

  /** Where a node binds and finds all others. */
  async #place(node: NodeName, port: number): Promise<Place> {
    const others = [...this.#processes.keys()].filter((other) => other !== node);
    const peers = await Promise.all(
      others.map(async (name) => ({ name, ...(await this.#door(node, name)) })),
    );
    if (this.#network.kind === 'netns') await this.#open(node, port);
    const peerPort = this.#peerPorts.get(node) as number;
    return { node, host: this.#network.host(node), port, peerPort, peers };
  }

  #process(node: NodeName): NodeProcess {
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
    const { pid } = process;
    if (pid === undefined) return;
    this.#onGroup(pid, true);
    void process.gone.then(() => this.#onGroup(pid, false));
  }

  async #takePeerPorts(nodes: readonly NodeName[]): Promise<void> {
    const ports =
      this.#network.kind === 'netns'
        ? nodes.map(() => PEER_PORT)
        : await freePorts(this.#network.host(nodes[0] as NodeName), nodes.length);
    for (const [i, node] of nodes.entries()) this.#peerPorts.set(node, ports[i] as number);
  }

  /** Where `from` finds `to`: at its own address, or at the proxy of the link. */
  async #door(from: NodeName, to: NodeName): Promise<{ host: string; port: number }> {
    const real = { host: this.#network.host(to), port: this.#peerPorts.get(to) as number };
    if (this.#proxy === undefined) return real;
    const host = this.#network.proxyHost(from, to);
    this.#proxy.route(from, to, { ...real, source: this.#network.proxySource(from, to) });
    return { host, port: await this.#proxy.listen(from, to, host) };
  }

  /** A unix socket that leads to the node's client port, for those outside of the network. */
  async #open(node: NodeName, port: number): Promise<void> {
    const host = this.#network.host(node);
    const server = createServer({ noDelay: true }, (socket) => forward(socket, [{ host, port }]));
    this.#forwards.set(node, server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(FILES.forward(this.#config.dir, node), resolve);
    });
  }
}

/** Every node of a network namespace has its ports to itself. */
const PEER_PORT = 7000;
