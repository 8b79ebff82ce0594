/**
 * The holder of a cluster: one detached process that owns everything the cluster consists of, and
 * that every command talks to on its control socket. When it ends, nothing of the cluster is left.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { NodeName } from '../../base/operation.ts';
import { UserError } from '../../base/user-error.ts';
import type { NodeStatus } from '../../base/operation.ts';
import { FAULT_KINDS, type Fault, type FaultReport } from '../../faults/fault.ts';
import type { NodeInfo, Target } from '../../system/system.ts';
import { Rpc } from '../control/rpc.ts';
import type { Ground, GroundConfig, Programs } from '../ground/ground.ts';
import { makeDockerGround } from '../docker/docker-ground.ts';
import { makeGround } from '../ground/make-ground.ts';
import type { Exit } from '../ground/node-process.ts';
import { RemoteGround } from '../ground/remote-ground.ts';
import { netnsShell } from '../netns/netns-network.ts';
import { FILES } from '../state/state-folder.ts';
import { nameOfSpec, targetOfSpec } from '../targets/target-of-spec.ts';
import { freePortsAgain, takePorts, type TakenPorts } from './client-ports.ts';
import { ClusterNodes } from './cluster-nodes.ts';
import { Guardian } from './guardian.ts';
import type { Description, HolderConfig } from './holder-config.ts';
import { MemberFaults } from './member-faults.ts';
import { ProgramFaults } from './program-faults.ts';
import { SparingFaults, type FaultTaker } from './sparing-faults.ts';

/** How long a node may take to say how it is, in ms. */
const STATUS_WITHIN_MS = 200;
/** How often, and how long after each other, a fault without an owner is tried to be undone. */
const UNDO_TRIES = 5;
const UNDO_AGAIN_MS = 500;
/** Ids of faults by hand start here. */
const FIRST_BY_HAND = 1_000_001;

export class Holder {
  readonly #config: HolderConfig;
  readonly #guardian = new Guardian();
  readonly #startedAt = Date.now();
  readonly #servers: Server[] = [];
  readonly #listeners = new Set<Rpc>();
  readonly #faults = new Map<number, Fault>();
  /** Faults of a schedule end with the connection that asked for them: its run is over or dead. */
  readonly #scheduled = new Map<Rpc, Set<number>>();
  readonly #stopping = new AbortController();
  #ground: Ground | undefined;
  #nodes: ClusterNodes | undefined;
  #memberFaults: FaultTaker | undefined;
  readonly #programFaults: ProgramFaults;
  readonly #sparing: SparingFaults;
  #target: Promise<Target> | undefined;
  #ports: TakenPorts | undefined;
  /** Next id of a fault that was asked for without one, apart from those of any schedule. */
  #byHand = FIRST_BY_HAND;
  #kept = false;
  #stopped: Promise<readonly string[]> | undefined;

  constructor(config: HolderConfig) {
    this.#config = config;
    this.#sparing = new SparingFaults({
      takerOf: (fault) => this.#takerOf(fault),
      statuses: () => this.#statuses(),
    });
    this.#programFaults = new ProgramFaults({
      target: () => this.#makeTarget(),
      infos: () => this.#nodes?.infos ?? [],
      down: (node) => this.#isDown(node),
      keptDown: (node) => this.#sparing.keepsDown(node),
      restart: (node) => this.#members().restart(node),
      signal: this.#stopping.signal,
    });
  }

  /** True: the cluster stays when the process that started it ends. */
  get kept(): boolean {
    return this.#kept;
  }

  /** Opens the control socket. */
  async listen(): Promise<void> {
    const server = createServer((socket) => {
      const rpc: Rpc = new Rpc(socket, socket, (op, args) => this.#handle(rpc, op, args));
      void rpc.closed.then(() => this.#forgetPeer(rpc));
    });
    this.#servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(FILES.control(this.#config.dir), resolve);
    });
  }

  /** Ends the cluster and removes its folder. Idempotent. Returns what could not be removed. */
  stop(): Promise<readonly string[]> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<readonly string[]> {
    this.#stopping.abort();
    const left = [...((await this.#ground?.stop()) ?? [])];
    this.#guardian.close();
    for (const server of this.#servers) server.close();
    this.#nodes?.close();
    try {
      rmSync(this.#config.dir, { recursive: true, force: true });
    } catch (error) {
      left.push(`${this.#config.dir}: ${(error as Error).message}`);
    }
    return left;
  }

  #handle(from: Rpc, op: string, args: unknown): unknown {
    const given = (typeof args === 'object' && args !== null ? args : {}) as Record<
      string,
      unknown
    >;
    switch (op) {
      case 'describe':
        return this.#describe();
      case 'prepare':
        return this.#prepare();
      case 'start':
        return this.#start(given['programs'] as Record<NodeName, Programs>);
      case 'keep':
        this.#kept = true;
        return null;
      case 'inject':
        return this.#inject(from, asFault(given['fault']));
      case 'undo':
        return this.#undo(given['id'] as number);
      case 'restart':
        return this.#members().restart(given['node'] as NodeName);
      case 'add':
        return this.#makeTarget().then((target) => this.#members().add(target));
      case 'remove':
        return this.#members().remove(given['node'] as NodeName);
      case 'retire':
        return this.#members().retire(given['node'] as NodeName);
      case 'wipe':
        return this.#members().wipe(given['node'] as NodeName);
      case 'refound':
        return this.#refound();
      case 'events':
        this.#listeners.add(from);
        return null;
      case 'down':
        return this.#down();
      default:
        throw new Error(`a holder knows no "${op}"`);
    }
  }

  #running(): Ground {
    if (this.#ground === undefined || this.#stopped !== undefined)
      throw new Error(`cluster ${this.#config.name} is not up`);
    return this.#ground;
  }

  #members(): ClusterNodes {
    this.#running();
    return this.#nodes as ClusterNodes;
  }

  /** The target of this cluster, able to start further programs. */
  #makeTarget(): Promise<Target> {
    const { target: spec, secret } = this.#config;
    this.#target ??= targetOfSpec(spec, secret).then((target) => {
      if (target !== undefined) return target;
      throw new UserError(
        `the holder of the cluster cannot make the system ${nameOfSpec(spec)} again.`,
        'It can where the system is a file of its own (--system ./target.ts).',
      );
    });
    return this.#target;
  }

  async #refound(): Promise<readonly NodeInfo[]> {
    const nodes = this.#members();
    // A stranger to whatever is left of the old cluster.
    const target = await targetOfSpec(this.#config.target);
    if (target === undefined) await this.#makeTarget();
    this.#target = Promise.resolve(target as Target);
    return nodes.refound(target as Target);
  }

  async #describe(): Promise<Description> {
    const { name, runtime, links, target, capabilities, dir, logDir } = this.#config;
    const states = new Map((await this.#ground?.nodes())?.map((node) => [node.node, node]));
    return {
      name,
      runtime,
      links,
      target,
      capabilities,
      dir,
      logDir,
      pid: process.pid,
      startedAt: this.#startedAt,
      kept: this.#kept,
      basePort: this.#ports?.base ?? 0,
      nodes: (this.#nodes?.infos ?? []).map((node) => ({
        ...node,
        ...(states.get(node.name) ?? { node: node.name, state: 'down', pid: null, starts: 0 }),
      })),
      founders: this.#nodes?.founders ?? this.#config.nodes,
      left: this.#nodes?.left ?? [],
      faults: [...this.#faults.values()],
    };
  }

  async #prepare(): Promise<readonly NodeInfo[]> {
    if (this.#ground !== undefined) throw new Error('the network was made already');
    const { runtime, nodes, dir, logDir, links, frames, basePort, iptables } = this.#config;
    this.#ports = await takePorts(basePort ?? undefined, nodes.length, this.#config.skipBlocks);
    const { base, guard } = this.#ports;
    if (guard !== undefined) this.#servers.push(guard);
    const clientPorts = nodes.map((_, i) => base + 1 + i);
    const ground = await this.#makeGround({
      kind: runtime,
      nodes,
      dir,
      logDir,
      clientPorts,
      links,
      frames,
      ...(iptables === undefined ? {} : { iptables }),
    });
    ground.onExit = (exit) => {
      this.#programFaults.exited(exit.node);
      this.#tell(exit);
    };
    ground.onRestart = (node) => void this.#programFaults.restarted(node).catch(() => {});
    const members = new ClusterNodes(this.#config, ground, this.#ports);
    this.#nodes = members;
    members.prepared(await ground.prepare(), runtime === 'netns' ? this.#ports.servers : []);
    this.#memberFaults = new MemberFaults(
      members,
      ground,
      () => this.#makeTarget(),
      this.#stopping.signal,
    );
    return members.infos;
  }

  async #makeGround(config: GroundConfig): Promise<Ground> {
    const group = this.#guardian.group;
    const { docker } = this.#config;
    if (config.kind === 'docker' && docker !== undefined)
      return (this.#ground = makeDockerGround(config, docker, group));
    if (config.kind === 'process') return (this.#ground = await makeGround(config, group));
    const ground = new RemoteGround(config, netnsShell(this.#config.privilege), group);
    ground.onLost = (why) => {
      process.stderr.write(`${why}\n`);
      void this.stop().then(() => process.exit(1));
    };
    return (this.#ground = ground);
  }

  async #start(programs: Record<NodeName, Programs>): Promise<null> {
    const ground = this.#running();
    // Plain programs, and an engine for its containers, listen on these ports themselves.
    if (this.#config.runtime !== 'netns' && this.#ports !== undefined)
      await freePortsAgain(this.#ports);
    await Promise.all(
      this.#members().infos.map(({ name }) => {
        const program = programs[name];
        if (program === undefined) throw new Error(`no program for ${name}`);
        return ground.start(name, program);
      }),
    );
    return null;
  }

  async #inject(from: Rpc, asked: Fault): Promise<unknown> {
    this.#running();
    if (asked.id !== 0) this.#scheduledBy(from).add(asked.id);
    const fault = asked.id === 0 ? { ...asked, id: this.#byHand++ } : asked;
    this.#faults.set(fault.id, fault);
    this.#writeFaults();
    const report = await this.#sparing.inject(fault);
    if (report.error !== undefined) this.#forget(fault.id);
    return report;
  }

  async #undo(id: number): Promise<FaultReport> {
    const report = await this.#sparing.undo(id);
    // What could not be taken back stays on the list: heal tries again.
    if (report.left !== true) this.#forget(id);
    return report;
  }

  /** For a fault that nobody else would undo any more. */
  async #undoForSure(id: number): Promise<void> {
    for (let tries = 0; tries < UNDO_TRIES; tries++) {
      const report = await this.#undo(id);
      if (report.left !== true || this.#stopped !== undefined) return;
      process.stderr.write(`fault ${id}: ${report.error}\n`);
      await new Promise((resolve) => setTimeout(resolve, UNDO_AGAIN_MS));
    }
  }

  /** Who carries out faults of a kind. */
  #takerOf({ kind }: Fault): FaultTaker {
    const ground = this.#running();
    if (kind === 'clock' || kind === 'disk') return this.#programFaults;
    return kind === 'member' ? (this.#memberFaults ?? ground) : ground;
  }

  async #isDown(node: NodeName): Promise<boolean> {
    const states = await this.#running().nodes();
    return states.some((each) => each.node === node && each.state === 'down');
  }

  /** Of those that answer; undefined: the target cannot be asked. */
  async #statuses(): Promise<readonly NodeStatus[] | undefined> {
    const target = await this.#makeTarget().catch(() => undefined);
    if (target?.status === undefined) return undefined;
    const asked = this.#members().infos.map(async (info) =>
      target.status?.(info, AbortSignal.timeout(STATUS_WITHIN_MS)).catch(() => undefined),
    );
    return (await Promise.all(asked)).filter((status) => status !== undefined);
  }

  #scheduledBy(rpc: Rpc): Set<number> {
    const ids = this.#scheduled.get(rpc) ?? new Set();
    this.#scheduled.set(rpc, ids);
    return ids;
  }

  #forgetPeer(rpc: Rpc): void {
    this.#listeners.delete(rpc);
    const ids = [...(this.#scheduled.get(rpc) ?? [])];
    this.#scheduled.delete(rpc);
    if (this.#stopped !== undefined) return;
    for (const id of ids) void this.#undoForSure(id).catch(() => {});
  }

  #forget(id: number): void {
    this.#faults.delete(id);
    for (const ids of this.#scheduled.values()) ids.delete(id);
    this.#writeFaults();
  }

  /** On disk before it is applied, so that nobody has to guess what a dead holder did. */
  #writeFaults(): void {
    if (this.#stopped !== undefined) return;
    const file = FILES.faults(this.#config.dir);
    writeFileSync(`${file}.new`, `${JSON.stringify([...this.#faults.values()])}\n`);
    renameSync(`${file}.new`, file);
  }

  async #down(): Promise<{ left: readonly string[] }> {
    const left = await this.stop();
    // The answer goes out first.
    setTimeout(() => process.exit(0), 20);
    return { left };
  }

  #tell(exit: Exit): void {
    for (const rpc of this.#listeners) rpc.emit({ type: 'exit', ...exit });
  }
}

/** A fault as it came over the control socket. Throws on what is none. */
function asFault(given: unknown): Fault {
  const fault = given as Partial<Fault> | null | undefined;
  const fits =
    typeof fault === 'object' &&
    fault !== null &&
    Number.isSafeInteger(fault.id) &&
    FAULT_KINDS.some((kind) => kind === fault.kind) &&
    Array.isArray(fault.nodes) &&
    Array.isArray(fault.links) &&
    fault.links.every((link: unknown) => Array.isArray(link) && link.length === 2);
  if (!fits) throw new Error('not a fault');
  return { ...(fault as Fault), params: fault.params ?? {} };
}
