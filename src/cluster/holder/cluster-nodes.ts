/**
 * The nodes of a cluster as its holder keeps them: those of the start, and those that came and went
 * since. Changes are made one after another.
 */
import { mkdirSync, rmSync } from 'node:fs';
import type { Server } from 'node:net';
import { MAX_NODES, nodeId, nodeName } from '../../base/node-name.ts';
import type { NodeName } from '../../base/operation.ts';
import { UserError } from '../../base/user-error.ts';
import type { NodeInfo, Target } from '../../system/system.ts';
import type { Ground, Place } from '../ground/ground.ts';
import { forward } from '../proxy/forward.ts';
import { FILES } from '../state/state-folder.ts';
import { programsOf } from '../targets/programs-of.ts';
import { freePortsAgain, takePort, type TakenPorts } from './client-ports.ts';
import { clusterOf, secretOf } from '../targets/target-spec.ts';
import type { HolderConfig } from './holder-config.ts';

export class ClusterNodes {
  readonly #config: HolderConfig;
  readonly #ground: Ground;
  readonly #base: number;
  /** Listeners of this process that lead to nodes, where their programs cannot be reached directly. */
  readonly #doors = new Map<NodeName, Server>();
  #founders: readonly NodeName[];
  #infos: readonly NodeInfo[] = [];
  readonly #left = new Set<NodeName>();
  /** Protocol id of the next brand-new node: above all that ever were. */
  #nextId: number;
  /** What the programs of this cluster know it by. */
  #cluster: string | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(config: HolderConfig, ground: Ground, ports: TakenPorts) {
    this.#config = config;
    this.#ground = ground;
    this.#base = ports.base;
    this.#founders = config.nodes;
    this.#cluster = clusterOf(config.secret);
    this.#nextId = Math.max(...config.nodes.map((node) => nodeId(node) ?? 0)) + 1;
  }

  get infos(): readonly NodeInfo[] {
    return this.#infos;
  }

  /** Nodes of the start. Some may have been replaced since. */
  get founders(): readonly NodeName[] {
    return this.#founders;
  }

  /** Nodes whose program was ended since they left. */
  get left(): readonly NodeName[] {
    return [...this.#left];
  }

  /** Takes the places of the start. */
  prepared(places: readonly Place[], doors: readonly Server[]): void {
    this.#take(places);
    for (const [i, door] of doors.entries()) this.#openDoor(places[i]?.node ?? '', door);
    for (const node of this.#infos) this.#makeFolder(node);
  }

  /** Makes a brand-new node and starts its program. If it throws, nothing is left of it. */
  add(target: Target): Promise<NodeInfo> {
    return this.#inTurn(() => this.#add(target));
  }

  /** Ends a node for good and removes all that it has, its data too. A stranger is no error. */
  remove(node: NodeName): Promise<void> {
    return this.#inTurn(() => this.#remove(node));
  }

  /** Ends the program of a node that has left. */
  async retire(node: NodeName): Promise<void> {
    this.#left.add(node);
    await this.#ground.end(this.#known(node).name);
  }

  /** Starts the program of a node again, on its old data. False: it runs, or there is no such node. */
  async restart(node: NodeName): Promise<boolean> {
    this.#left.delete(node);
    return this.#ground.restart(node);
  }

  /** Starts a node again on an empty data folder, as one that lost its disk. */
  wipe(node: NodeName): Promise<void> {
    return this.#inTurn(async () => {
      await this.#ground.end(node);
      await this.#empty(this.#known(node));
      this.#left.delete(node);
      await this.#ground.restart(node);
    });
  }

  /** Ends all programs, empties all data folders, and starts the nodes as a cluster of its own. */
  refound(target: Target): Promise<readonly NodeInfo[]> {
    return this.#inTurn(async () => {
      await Promise.all(this.#infos.map(({ name }) => this.#ground.end(name)));
      await Promise.all(this.#infos.map((info) => this.#empty(info)));
      this.#left.clear();
      this.#founders = this.#infos.map(({ name }) => name);
      this.#rename(clusterOf(secretOf(target)));
      await Promise.all(
        this.#infos.map((info) =>
          this.#ground.start(info.name, programsOf(target, info, this.#founders)),
        ),
      );
      return this.#infos;
    });
  }

  close(): void {
    for (const door of this.#doors.values()) door.close();
  }

  async #add(target: Target): Promise<NodeInfo> {
    if (this.#nextId >= MAX_NODES) {
      throw new UserError(
        `this cluster has used up its ${MAX_NODES} names of nodes.`,
        'Names are never used again. Let a node come back that left, or start a new cluster.',
      );
    }
    const name = nodeName(this.#nextId++);
    const { port, server } = await takePort(this.#base + this.#nextId);
    // Plain programs, and an engine for its containers, listen on these ports themselves.
    const direct = this.#config.runtime !== 'netns';
    if (direct) await freePortsAgain({ servers: [server] });
    else this.#openDoor(name, server);
    try {
      this.#take(await this.#ground.add(name, port));
      const info = this.#known(name);
      this.#makeFolder(info);
      await this.#ground.start(name, programsOf(target, info, this.#founders));
      return info;
    } catch (error) {
      await this.#remove(name).catch(() => {});
      throw error;
    }
  }

  async #remove(node: NodeName): Promise<void> {
    await this.#ground.remove(node);
    this.#doors.get(node)?.close();
    this.#doors.delete(node);
    this.#left.delete(node);
    this.#infos = this.#infos
      .filter(({ name }) => name !== node)
      .map((info) => ({ ...info, peers: info.peers.filter(({ name }) => name !== node) }));
    rmSync(FILES.data(this.#config.dir, node), { recursive: true, force: true });
  }

  #take(places: readonly Place[]): void {
    const { name: run, dir } = this.#config;
    const cluster = this.#cluster;
    this.#infos = places.map(({ node, host, port, peerPort, peers, outside }) => ({
      name: node,
      run,
      ...(cluster === undefined ? {} : { cluster }),
      host: outside?.host ?? '127.0.0.1',
      port,
      listen: { host, port, peerPort },
      ...(outside === undefined ? { socket: FILES.socket(dir, node) } : {}),
      dataDir: outside?.dataDir ?? FILES.data(dir, node),
      peers,
    }));
  }

  #rename(cluster: string | undefined): void {
    this.#cluster = cluster;
    this.#infos = this.#infos.map(({ cluster: _, ...info }) =>
      cluster === undefined ? info : { ...info, cluster },
    );
  }

  /** 127.0.0.1:port leads to the node's client socket; for programs without one, to their TCP port. */
  #openDoor(node: NodeName, server: Server): void {
    const { dir } = this.#config;
    const paths = [{ path: FILES.socket(dir, node) }, { path: FILES.forward(dir, node) }];
    server.on('connection', (socket) => forward(socket, paths));
    this.#doors.set(node, server);
  }

  async #empty(info: NodeInfo): Promise<void> {
    await this.#ground.empty?.(info.name);
    rmSync(FILES.data(this.#config.dir, info.name), { recursive: true, force: true });
    this.#makeFolder(info);
  }

  /** Where the folder is one of this machine. */
  #makeFolder({ name, dataDir }: NodeInfo): void {
    if (dataDir === FILES.data(this.#config.dir, name)) mkdirSync(dataDir, { recursive: true });
  }

  #known(node: NodeName): NodeInfo {
    const info = this.#infos.find(({ name }) => name === node);
    if (info === undefined) throw new Error(`there is no node ${node}`);
    return info;
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(change);
    this.#turn = done.catch(() => {});
    return done;
  }
}
