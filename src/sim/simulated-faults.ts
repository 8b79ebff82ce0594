/**
 * Faults of a simulated cluster: the same data that real clusters carry out, with the same counters as
 * proof, the same care for whoever holds the data last, and the same way back.
 */
import { nodeId, nodeName } from '../base/node-name.ts';
import type { NodeId, NodeName } from '../base/operation.ts';
import type { Fault, FaultKind, FaultReport, Link } from '../faults/fault.ts';
import { isDeadly } from '../faults/promises.ts';
import { cut, shapeNames } from '../faults/shapes.ts';
import { holdersOf, mostNamed, unspared } from '../faults/standing.ts';
import type { Driver } from './driver.ts';
import type { FaultyNetwork } from './faulty-network.ts';
import type { SimulatedMembers } from './simulated-members.ts';
import type { SimulatedNodes } from './simulated-nodes.ts';

/** How long a node of a roll stays down, and between two looks whether it is back, µs. */
const ROLL_DOWN_US = 300_000;
const LOOK_US = 100_000;
/** The smallest move of a clock that counts, µs. */
const LEAST_MOVE_US = 50;

type Counters = Record<string, number>;

/** A fault that is on. */
export interface Applied {
  readonly fault: Fault;
  /** Nodes that it did strike. */
  nodes: readonly NodeName[];
  links: readonly Link[];
  counters: Counters;
  /** Absent: by the counters. */
  bitten?: boolean;
  error?: string;
  undo: (done: () => void) => void;
}

export interface FaultsOptions {
  readonly driver: Driver<FaultyNetwork>;
  readonly nodes: SimulatedNodes;
  readonly members: SimulatedMembers;
}

export class SimulatedFaults {
  readonly #o: FaultsOptions;
  readonly #on = new Map<number, Applied>();

  constructor(options: FaultsOptions) {
    this.#o = options;
  }

  inject(asked: Fault, done: (report: FaultReport) => void): void {
    const fault = this.#resolved(asked);
    const refused =
      fault === undefined
        ? 'no node says who the leader is'
        : this.#on.has(fault.id)
          ? `fault ${fault.id} is on already`
          : shapeNames(fault.kind).includes(fault.shape) || ANY_SHAPE.has(fault.kind)
            ? undefined
            : `nothing here can carry out "${fault.kind}:${fault.shape}"`;
    if (fault === undefined || refused !== undefined)
      return done(refusal(asked, refused as string));
    const wanted = fault.nodes as readonly NodeName[];
    const rolling = fault.kind === 'kill' && fault.shape === 'rolling';
    const struck = rolling ? wanted : this.#unspared(fault, wanted);
    const applied: Applied = {
      fault,
      nodes: struck,
      links: fault.links,
      counters: struck.length < wanted.length ? { spared: wanted.length - struck.length } : {},
      undo: (undone) => undone(),
    };
    this.#on.set(fault.id, applied);
    if (struck.length === 0 && wanted.length > 0) return done(report(applied));
    this.#apply(applied, () => {
      if (applied.error !== undefined) this.#on.delete(fault.id);
      done(report(applied));
    });
  }

  undo(id: number, done: (report: FaultReport) => void): void {
    const applied = this.#on.get(id);
    if (applied === undefined) return done({ ...NOTHING, id, error: `no fault ${id} is on` });
    this.#on.delete(id);
    applied.undo(() => done(report(applied)));
  }

  /** True: a fault that is on keeps the node down. */
  #keepsDown(node: NodeName): boolean {
    return [...this.#on.values()].some(
      ({ fault, nodes }) =>
        (fault.kind === 'kill' || (fault.kind === 'member' && fault.shape === 'replace')) &&
        nodes.includes(node),
    );
  }

  /** With the present leader in its place, a partition with all of its links; undefined: nobody says who leads. */
  #resolved(fault: Fault): Fault | undefined {
    if (fault.nodes !== 'leader') return fault;
    const { nodes } = this.#o;
    const id = mostNamed(nodes.statuses().map(({ leader }) => leader));
    if (id === undefined) return undefined;
    const leader = nodeName(id);
    const others = nodes.names.filter((name) => name !== leader);
    const links = fault.kind === 'partition' ? cut([leader], others) : fault.links;
    return { ...fault, nodes: [leader], links };
  }

  #unspared(fault: Fault, asked: readonly NodeName[]): readonly NodeName[] {
    const survivors = fault.params['survivors'] ?? 0;
    if (survivors <= 0) return asked;
    const doomed = [...this.#on.values()].flatMap((on) => (isDeadly(on.fault) ? on.nodes : []));
    return unspared(asked, survivors, this.#o.nodes.statuses(), doomed);
  }

  #apply(applied: Applied, done: () => void): void {
    const { fault } = applied;
    const { network } = this.#o.driver;
    switch (fault.kind) {
      case 'partition':
      case 'link':
      case 'loss':
      case 'messages':
        network.apply(fault);
        applied.undo = (undone) => {
          Object.assign(applied.counters, network.undo(fault.id));
          undone();
        };
        return done();
      case 'disconnect':
        applied.counters['connectionsReset'] = network.disconnect(fault.links);
        return done();
      case 'pause':
        this.#pause(applied);
        return done();
      case 'kill':
        if (fault.shape === 'rolling') this.#roll(applied, applied.nodes);
        else this.#kill(applied);
        return done();
      case 'clock':
        this.#clock(applied);
        return done();
      case 'disk':
        this.#disk(applied);
        return done();
      case 'member':
        return this.#o.members.apply(applied, done);
    }
  }

  #pause(applied: Applied): void {
    const { nodes, driver } = this.#o;
    const { id } = applied.fault;
    const beganUs = driver.world.atUs;
    applied.nodes = applied.nodes.filter((node) => nodes.pause(node, id));
    applied.counters['stopped'] = applied.nodes.length;
    applied.undo = (done) => {
      for (const node of applied.nodes) nodes.resume(node, id);
      applied.counters['stoppedMs'] = Math.round((driver.world.atUs - beganUs) / 1000);
      done();
    };
  }

  #kill(applied: Applied): void {
    const asked = applied.nodes;
    const { nodes } = this.#o;
    applied.nodes = asked.filter((node) => nodes.kill(node));
    applied.counters['killed'] = applied.nodes.length;
    // Also those that another kill had ended before, which left them down because this one was on.
    applied.undo = (done) =>
      this.#startAll(asked, (started) => {
        applied.counters['restarted'] = started;
        done();
      });
  }

  /** Starts those that no other fault keeps down; `done` is called when they answer. */
  #startAll(names: readonly NodeName[], done: (started: number) => void): void {
    const rest = names.filter((node) => !this.#keepsDown(node));
    let open = rest.length;
    let started = 0;
    if (open === 0) return done(0);
    for (const node of rest)
      this.#o.nodes.start(node, (did) => {
        if (did) started++;
        if (--open === 0) done(started);
      });
  }

  /** One node after the other, again and again, each when the one before holds the data again. */
  #roll(applied: Applied, order: readonly NodeName[]): void {
    const { nodes, driver } = this.#o;
    const killed = new Set<NodeName>();
    let at = 0;
    let over: (() => void) | undefined;
    let down = false;
    Object.assign(applied.counters, { killed: 0, restarted: 0 });
    applied.nodes = [];
    const later = (us: number, what: () => void): void => driver.at(driver.world.atUs + us, what);
    const next = (): void => {
      if (over !== undefined) return;
      const node = order[at % order.length] as NodeName;
      const [free] = this.#unspared(applied.fault, [node]);
      if (free === undefined || !nodes.kill(node)) return later(LOOK_US, next);
      at++;
      down = true;
      killed.add(node);
      applied.nodes = [node];
      applied.counters['killed']! += 1;
      later(ROLL_DOWN_US, () => bringBack(node));
    };
    const bringBack = (node: NodeName): void => {
      applied.nodes = [];
      this.#startAll([node], (started) => {
        down = false;
        applied.counters['restarted']! += started;
        if (over !== undefined) over();
        else awaitHolder(node);
      });
    };
    const awaitHolder = (node: NodeName): void => {
      if (over !== undefined) return;
      if (holdersOf(nodes.statuses()).includes(node)) next();
      else later(LOOK_US, () => awaitHolder(node));
    };
    applied.undo = (done) => {
      over = () => {
        applied.nodes = [...killed];
        done();
      };
      if (!down) over();
    };
    next();
  }

  #clock(applied: Applied): void {
    const { nodes, driver } = this.#o;
    const { fault } = applied;
    const struck = applied.nodes.filter((node) => nodes.isUp(node));
    const errorOf = (node: NodeName): number => driver.world.clockErrorUs(nodeId(node) as NodeId);
    const before = new Map(struck.map((node) => [node, errorOf(node)]));
    const measure = (): void => {
      const moved = struck.map((node) => Math.abs(errorOf(node) - (before.get(node) as number)));
      const movedUs = Math.max(applied.counters['clockMovedUs'] ?? 0, ...moved);
      if (fault.shape !== 'skew' && movedUs > 0) applied.counters['clockMovedUs'] = movedUs;
    };
    for (const node of struck) nodes.disturb(node, fault);
    if (fault.shape === 'skew' && struck.length > 0)
      applied.counters['wallMovedMs'] = Math.abs(fault.params['offsetMs'] ?? 1000);
    measure();
    applied.undo = (done) => {
      measure();
      for (const node of struck) nodes.mend(node, fault);
      done();
    };
  }

  #disk(applied: Applied): void {
    const { nodes } = this.#o;
    const { fault } = applied;
    const struck = applied.nodes;
    const before = new Map(struck.map((node) => [node, { ...nodes.diskCounters(node) }]));
    const measure = (): void => {
      for (const node of struck)
        for (const [name, count] of Object.entries(nodes.diskCounters(node)))
          applied.counters[name] = count - (before.get(node)?.[name] ?? 0);
    };
    for (const node of struck) nodes.disturb(node, fault);
    const finish = (done: () => void): void => {
      measure();
      for (const node of struck) nodes.mend(node, fault);
      // Those that ended of it are started again.
      this.#startAll(
        struck.filter((node) => !nodes.isUp(node)),
        () => done(),
      );
    };
    applied.undo = (done) => {
      measure();
      const felt = Object.values(applied.counters).some((count) => count > 0);
      if (felt) return finish(done);
      let open = struck.length;
      for (const node of struck)
        nodes.feel(node, () => {
          if (--open === 0) finish(done);
        });
    };
  }
}

/** Kinds of which a shape may be anything: it only names what `links` or `nodes` say. */
const ANY_SHAPE: ReadonlySet<FaultKind> = new Set(['partition', 'pause', 'disconnect']);

/** Counters that prove an effect, and from which value on. */
const BITES: Readonly<Record<string, number>> = {
  stopped: 1,
  killed: 1,
  connectionsReset: 1,
  framesLost: 1,
  framesDelayed: 1,
  messagesLost: 1,
  messagesRepeated: 1,
  messagesDelayed: 1,
  messagesReordered: 1,
  packets: 1,
  packetsReordered: 1,
  packetsDuplicated: 1,
  packetsDiscarded: 1,
  clockMovedUs: LEAST_MOVE_US,
  wallMovedMs: 1,
  writesFailed: 1,
  syncsFailed: 1,
  syncsDelayed: 1,
  died: 1,
};

const NOTHING = { links: [], nodes: [], counters: {}, bitten: false } as const;

function refusal(fault: Fault, error: string): FaultReport {
  const { id, links } = fault;
  return { ...NOTHING, id, links, error };
}

function report({ fault, nodes, links, counters, bitten, error }: Applied): FaultReport {
  const proven = Object.entries(BITES).some(([name, least]) => (counters[name] ?? 0) >= least);
  const base = { id: fault.id, links, nodes, counters: { ...counters } };
  if (error !== undefined) return { ...base, bitten: false, error };
  return { ...base, bitten: bitten ?? proven };
}
