/**
 * The nodes of a simulated cluster as processes on machines: they are started and killed, stand still,
 * have disks that fail and clocks that are disturbed, and leave a log.
 */
import { nodeId, nodeName } from '../base/node-name.ts';
import type { NodeId, NodeName, NodeStatus } from '../base/operation.ts';
import type { Random } from '../base/random.ts';
import type { Fault } from '../faults/fault.ts';
import { type SimConditions, drawSpan } from './conditions.ts';
import type { Driver } from './driver.ts';
import type { FaultyNetwork } from './faulty-network.ts';

/** A process that ended though nobody killed it. */
export interface Exit {
  readonly node: NodeName;
  readonly code: number | null;
  readonly signal: string | null;
  readonly log: readonly string[];
}

export interface NodesOptions {
  readonly driver: Driver<FaultyNetwork>;
  readonly conditions: SimConditions;
  readonly random: Random;
  /** Scale of the timers of links. */
  readonly scale: number;
  readonly onExit: (exit: Exit) => void;
  /** Its connections to clients are lost. */
  readonly onDown: (node: NodeName) => void;
}

interface Node {
  readonly id: NodeId;
  readonly name: NodeName;
  /** Nothing is left of it: it was a guest. */
  removed: boolean;
  /** Counts starts and ends: what was begun in one life is not ended in another. */
  life: number;
  starting: boolean;
  /** Faults by which it stands still, and since when it does. */
  readonly pausedBy: Set<number>;
  pausedUs: number;
  readonly log: string[];
  readonly disks: Fault[];
  readonly diskCounters: Record<string, number>;
  /** Jumps of its clock that are to be taken back, by fault, µs. */
  readonly jumped: Map<number, number>;
}

/** Lines of a log that are kept. */
const LOG_LINES = 200;
/** Last lines that are told with an exit. */
const LAST_LINES = 20;
/** Peers give up a node that is silent for so long, µs (spec S10). */
const SILENCE_US = 400_000;
/** Between two looks whether it has, µs. */
const LOOK_US = 10_000;
/** How long the log takes to write a group, before its fsync, µs. */
const WRITE_US = 1;
/** Exit code of a replica whose disk failed. */
const DISK_FAILED = 255;

export class SimulatedNodes {
  readonly #o: NodesOptions;
  readonly #nodes: Node[] = [];

  constructor(options: NodesOptions) {
    this.#o = options;
    for (const host of options.driver.world.hosts) this.#nodes.push(newNode(host.id));
    options.driver.onSync = (node) => this.#sync(node);
  }

  get names(): readonly NodeName[] {
    return this.#nodes.filter(({ removed }) => !removed).map(({ name }) => name);
  }

  isUp(name: NodeName): boolean {
    const node = this.#of(name);
    return this.#o.driver.world.hosts[node.id]?.up === true;
  }

  isPaused(name: NodeName): boolean {
    return this.#of(name).pausedBy.size > 0;
  }

  /** True: it runs, and answers whoever asks. */
  answers(name: NodeName): boolean {
    return this.isUp(name) && !this.isPaused(name);
  }

  /** Changes whenever the node starts or ends. */
  lifeOf(name: NodeName): number {
    return this.#of(name).life;
  }

  logOf(name: NodeName): readonly string[] {
    return this.#of(name).log;
  }

  /** A line of its log. */
  say(node: NodeId, text: string): void {
    const { log } = this.#nodes[node] as Node;
    log.push(`${(this.#o.driver.world.atUs / 1e6).toFixed(6)} ${text}`);
    if (log.length > LOG_LINES) log.shift();
  }

  /** What the node says of itself, as it stands; undefined: it does not answer. */
  status(name: NodeName): NodeStatus | undefined {
    if (!this.answers(name)) return undefined;
    const { world } = this.#o.driver;
    const { id } = this.#of(name);
    return world.protocol.machine.status(world.hosts[id]?.state, world.nowUs(id));
  }

  /** Of those that answer. */
  statuses(): NodeStatus[] {
    return this.names.flatMap((name) => this.status(name) ?? []);
  }

  /** Ends the process at once. False: none ran. */
  kill(name: NodeName): boolean {
    const node = this.#of(name);
    if (!this.isUp(name) && !node.starting) return false;
    this.#end(node);
    return true;
  }

  /** Ends the process as nobody meant to. */
  crash(name: NodeName, code: number | null, signal: string | null, last: string): void {
    if (!this.isUp(name)) return;
    const node = this.#of(name);
    this.say(node.id, last);
    this.#end(node);
    this.#o.onExit({ node: name, code, signal, log: node.log.slice(-LAST_LINES) });
  }

  /** Starts the process again, on its old disk. `done`: it runs; false: it did before, or was killed. */
  start(name: NodeName, done: (started: boolean) => void): void {
    const node = this.#of(name);
    if (this.isUp(name) || node.starting || node.removed) return done(false);
    const { driver, random, conditions } = this.#o;
    node.starting = true;
    const life = ++node.life;
    driver.at(driver.world.atUs + 1000 * drawSpan(random, conditions.startMs), () => {
      if (node.life !== life) return done(false);
      node.starting = false;
      const started = driver.world.restart(node.id);
      this.say(node.id, `started, incarnation ${driver.world.hosts[node.id]?.incarnation}`);
      done(started);
    });
  }

  /** Starts a brand-new node; undefined: there are no names left. */
  add(): NodeName | undefined {
    const { world } = this.#o.driver;
    const node = newNode(world.hosts.length);
    this.#nodes.push(node);
    if (world.add()) return node.name;
    this.#nodes.pop();
    return undefined;
  }

  /** Ends a node for good. */
  remove(name: NodeName): void {
    this.kill(name);
    this.#of(name).removed = true;
  }

  /** It takes nothing until no fault wants it to stand still. False: it did not run. */
  pause(name: NodeName, fault: number): boolean {
    const node = this.#of(name);
    if (!this.isUp(name)) return false;
    node.pausedBy.add(fault);
    if (node.pausedBy.size > 1) return true;
    const { driver } = this.#o;
    driver.stall(node.id, Infinity);
    const since = (node.pausedUs = driver.world.atUs);
    driver.at(since + SILENCE_US * this.#o.scale, () => {
      if (node.pausedBy.size > 0 && node.pausedUs === since)
        driver.network.silence(name, this.names);
    });
    return true;
  }

  resume(name: NodeName, fault: number): void {
    const node = this.#of(name);
    if (!node.pausedBy.delete(fault) || node.pausedBy.size > 0) return;
    this.#goOn(node);
  }

  #goOn(node: Node): void {
    const { driver } = this.#o;
    if (driver.world.atUs - node.pausedUs >= SILENCE_US * this.#o.scale)
      driver.network.redial(node.name, this.names);
    driver.goOn(node.id);
  }

  /** Its disk, or its clock, is disturbed until `mend`. */
  disturb(name: NodeName, fault: Fault): void {
    const node = this.#of(name);
    if (fault.kind === 'clock') return this.#disturbClock(node, fault);
    node.disks.push(fault);
    if (fault.params['atOnce'] === 1) this.#probe(node);
  }

  /** What the disk did so far. */
  diskCounters(name: NodeName): Readonly<Record<string, number>> {
    return this.#of(name).diskCounters;
  }

  mend(name: NodeName, fault: Fault): void {
    const node = this.#of(name);
    if (fault.kind === 'clock') return this.#mendClock(node, fault);
    const at = node.disks.indexOf(fault);
    if (at >= 0) node.disks.splice(at, 1);
  }

  /** The log writes and syncs something, if only nothing. */
  #probe(node: Node): void {
    if (this.#o.driver.world.hosts[node.id]?.up === true) this.#group(node, () => {});
  }

  /** A fault that met no write so far meets one now; `done` is called when that is over, or the node. */
  feel(name: NodeName, done: () => void): void {
    const node = this.#of(name);
    if (!this.answers(name)) return done();
    const { life } = node;
    let felt = false;
    this.#group(node, () => (felt = true));
    const { driver } = this.#o;
    const look = (): void => {
      if (felt || node.life !== life || !this.answers(name)) done();
      else driver.at(driver.world.atUs + LOOK_US, look);
    };
    look();
  }

  #sync(id: NodeId): void {
    const node = this.#nodes[id];
    // A node of the start that is just being made: what it writes is on disk before anything happens.
    if (node === undefined) return void this.#o.driver.world.durable(id);
    this.#group(node, () => this.#o.driver.world.durable(id));
  }

  /** One group on its way to the disk. */
  #group(node: Node, done: () => void): void {
    const { driver, random, conditions } = this.#o;
    const { life } = node;
    const after = (us: number, what: () => void): void =>
      driver.at(driver.world.atUs + us, () =>
        driver.reach(node.id, () => {
          if (node.life === life && driver.world.hosts[node.id]?.up === true) what();
        }),
      );
    const on = (shape: string, param?: string): Fault | undefined =>
      node.disks.find((f) => f.shape === shape && (param === undefined || f.params[param] === 1));
    const sync = (slow: Fault | undefined): void => {
      if (slow !== undefined) bump(node.diskCounters, 'syncsDelayed');
      const dying = on('lose-unsynced') ?? on('torn');
      const eio = on('eio', 'onSync');
      if (dying !== undefined) {
        bump(node.diskCounters, 'died');
        this.crash(node.name, null, 'SIGKILL', `the machine died before its disk was synced`);
      } else if (eio !== undefined) this.#diskFails(node, eio, 'syncsFailed');
      else done();
    };
    after(WRITE_US, () => {
      const failing =
        on('full') ?? node.disks.find((f) => f.shape === 'eio' && f.params['onSync'] !== 1);
      if (failing !== undefined) return this.#diskFails(node, failing, 'writesFailed');
      const slow = on('slow');
      const slowUs = slow === undefined ? 0 : (slow.params['delayMs'] ?? 100) * 1000;
      after(drawSpan(random, conditions.fsyncUs) + slowUs, () => sync(slow));
    });
  }

  #diskFails(node: Node, { shape }: Fault, counter: string): void {
    bump(node.diskCounters, counter);
    const code = shape === 'full' ? 'ENOSPC: no space left on device' : 'EIO: i/o error';
    this.crash(node.name, DISK_FAILED, null, `disk failed: ${code}`);
  }

  #end(node: Node): void {
    const { driver, random } = this.#o;
    node.life++;
    node.starting = false;
    // What was being written may have reached the disk, or not; on one that fails it has not.
    driver.world.crash(node.id, random.chance(1, 2) && node.disks.length === 0);
    if (node.pausedBy.size > 0) {
      node.pausedBy.clear();
      this.#goOn(node);
    }
    this.#o.onDown(node.name);
  }

  #disturbClock(node: Node, { id, shape, params }: Fault): void {
    const { world } = this.#o.driver;
    const us = (params['offsetMs'] ?? 0.5) * 1000;
    if (shape === 'skew') world.clock(node.id, 'skew', params['offsetMs'] ?? 1000);
    else if (shape === 'drift')
      world.clock(node.id, 'rate', this.#ownPpm(node) + (params['ratePpm'] ?? 1000));
    else if (shape === 'strobe') this.#strobe(node, id, us, (params['periodMs'] ?? 100) * 500);
    else this.#jump(node, id, us);
  }

  #strobe(node: Node, fault: number, us: number, everyUs: number): void {
    const { driver } = this.#o;
    this.#jump(node, fault, us);
    const swing = (by: number): void => {
      driver.at(driver.world.atUs + everyUs, () => {
        if (!node.jumped.has(fault)) return;
        this.#jump(node, fault, by);
        swing(-by);
      });
    };
    swing(-us);
  }

  #jump(node: Node, fault: number, us: number): void {
    node.jumped.set(fault, (node.jumped.get(fault) ?? 0) + us);
    this.#o.driver.world.clock(node.id, 'bump', us);
  }

  #mendClock(node: Node, { id, shape }: Fault): void {
    const { world } = this.#o.driver;
    const jumped = node.jumped.get(id) ?? 0;
    node.jumped.delete(id);
    if (shape === 'skew') world.clock(node.id, 'skew', 0);
    else if (shape === 'drift') world.clock(node.id, 'rate', this.#ownPpm(node));
    else if (jumped !== 0) world.clock(node.id, 'bump', -jumped);
  }

  #ownPpm({ id }: Node): number {
    return this.#o.conditions.clocks[id]?.ppm ?? 0;
  }

  #of(name: NodeName): Node {
    const node = this.#nodes[nodeId(name) ?? -1];
    if (node === undefined) throw new Error(`there is no node ${name}`);
    return node;
  }
}

function newNode(id: NodeId): Node {
  return {
    id,
    name: nodeName(id),
    removed: false,
    life: 0,
    starting: false,
    pausedBy: new Set(),
    pausedUs: 0,
    log: [],
    disks: [],
    diskCounters: {},
    jumped: new Map(),
  };
}

function bump(counters: Record<string, number>, name: string): void {
  counters[name] = (counters[name] ?? 0) + 1;
}
