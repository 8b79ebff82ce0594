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
  /** Told of each process group that must not outlive the ground, and of those that ended. */
  readonly #onGroup: (pid: number, alive: boolean) => void;
  readonly #config: GroundConfig;
  readonly #network: Network;
  readonly #proxy: LinkProxy | undefined;
  readonly #hand: FaultHand;
  readonly #processes = new Map<NodeName, NodeProcess>();
  readonly #programs = new Map<NodeName, Programs>();
  readonly #starts = new Map<NodeName, number>();
  readonly #forwards: Server[] = [];
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
    for (const node of config.nodes) {
      const log = join(config.logDir, `${node}.log`);
      this.#processes.set(node, new NodeProcess(node, log, (exit) => this.onExit(exit)));
    }
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
    const peerPorts = await this.#peerPorts();
    const links = nodes.flatMap((from) =>
      nodes.flatMap((to) => (from === to ? [] : [{ from, to }])),
    );
    const doors = new Map<string, { host: string; port: number }>();
    await Promise.all(
      links.map(async ({ from, to }) => {
        const real = { host: this.#network.host(to), port: peerPorts.get(to) as number };
        doors.set(`${from}>${to}`, await this.#door(from, to, real));
      }),
    );
    if (this.#network.kind === 'netns')
      await Promise.all(nodes.map((node, i) => this.#open(node, i)));
    return nodes.map((node, i) => ({
      node,
      host: this.#network.host(node),
      port: this.#config.clientPorts[i] as number,
      peerPort: peerPorts.get(node) as number,
      peers: nodes
        .filter((peer) => peer !== node)
        .map((name) => ({
          name,
          ...(doors.get(`${node}>${name}`) as { host: string; port: number }),
        })),
    }));
  }

  async start(node: NodeName, programs: Programs): Promise<void> {
    this.#programs.set(node, programs);
    await this.#launch(node, programs.first);
  }

  async restart(node: NodeName): Promise<boolean> {
    const programs = this.#programs.get(node);
    if (programs === undefined || this.#process(node).state !== 'down') return false;
    await this.#launch(node, programs.again);
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
    for (const server of this.#forwards) server.close();
    return this.#network.destroy();
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

  async #peerPorts(): Promise<Map<NodeName, number>> {
    const { nodes } = this.#config;
    const ports =
      this.#network.kind === 'netns'
        ? nodes.map(() => PEER_PORT)
        : await freePorts(this.#network.host(nodes[0] as NodeName), nodes.length);
    return new Map(nodes.map((node, i) => [node, ports[i] as number]));
  }

  /** Where `from` finds `to`: at its own address, or at the proxy of the link. */
  async #door(
    from: NodeName,
    to: NodeName,
    real: { host: string; port: number },
  ): Promise<{ host: string; port: number }> {
    if (this.#proxy === undefined) return real;
    const host = this.#network.proxyHost(from, to);
    this.#proxy.route(from, to, { ...real, source: this.#network.proxySource(from, to) });
    return { host, port: await this.#proxy.listen(from, to, host) };
  }

  /** A unix socket that leads to the node's client port, for those outside of the network. */
  async #open(node: NodeName, at: number): Promise<void> {
    const host = this.#network.host(node);
    const port = this.#config.clientPorts[at] as number;
    const server = createServer({ noDelay: true }, (socket) => forward(socket, [{ host, port }]));
    this.#forwards.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(FILES.forward(this.#config.dir, node), resolve);
    });
  }
}

/** Every node of a network namespace has its ports to itself. */
const PEER_PORT = 7000;
