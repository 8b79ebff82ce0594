/**
 * A cluster of our machines in virtual time, as a `System`: whoever uses and breaks real clusters uses
 * and breaks this one, and does not know the difference. One thread, one seed; equal runs are equal to
 * the last byte.
 */
import { nodeId, nodeName } from '../base/node-name.ts';
import { Writer } from '../base/bytes.ts';
import type { NodeId, NodeName, NodeStatus, Op, Outcome } from '../base/operation.ts';
import { random, type Random } from '../base/random.ts';
import { decodeValue, keyOf, type Wire } from '../base/translate.ts';
import { FAULT_KINDS, type Fault, type FaultKind, type FaultReport } from '../faults/fault.ts';
import type { TraceEvent } from '../base/trace-event.ts';
import { HOST_TIMING, type Protocol, scaledTiming } from '../protocols/machine.ts';
import type { Capabilities, Peek, Session, System, SystemEvent } from '../system/system.ts';
import { drawSpan, type SimConditions } from './conditions.ts';
import { Driver } from './driver.ts';
import { FaultyNetwork } from './faulty-network.ts';
import { SimulatedFaults } from './simulated-faults.ts';
import { SimulatedMembers } from './simulated-members.ts';
import { SimulatedNodes } from './simulated-nodes.ts';
import { type Line, SimulatedSession } from './simulated-session.ts';
import type { Failure } from './watcher.ts';
import { World } from './world.ts';
import type { WorldConfig } from './world-config.ts';
import { WorldTrace } from './world-trace.ts';

export interface SimOptions {
  readonly protocol: Protocol;
  readonly nodes: readonly NodeName[];
  readonly seed: number;
  readonly conditions: SimConditions;
  readonly options: Readonly<Record<string, boolean | number>>;
  readonly bugs: readonly string[];
  /** Scale of all timers. */
  readonly timeScale: number;
  readonly clientTimeoutMs: number;
  /** Form of values; keys get a prefix of the simulator's own. */
  readonly wire: Omit<Wire, 'keyPrefix'>;
  /** Machine invariants after every so many steps; 0: never. */
  readonly invariants: number;
  /** True: keeps the steps of the world. */
  readonly record: boolean;
  /** Is told what replicas and clients do; absent: it costs nothing. */
  readonly trace?: ((event: TraceEvent) => void) | undefined;
  /** Called once, when the system is stopped. */
  readonly onStop?: (() => Promise<void>) | undefined;
  /** How many things happen before `breathe` is called. Default 20,000. */
  readonly stretch?: number;
  /** Lets whoever else is in this thread have a turn; absent: nobody has until the run is over. */
  readonly breathe?: () => Promise<void>;
}

/** What a replica allows a request, µs: more than any network needs, less than a client waits. */
const OP_TIMEOUT_US = 1_000_000;
const STRETCH = 20_000;
/** How long all nodes may take to serve at the beginning, µs of virtual time. */
const READY_WITHIN_US = 10_000_000;
/** Everybody's wall clock at the beginning: 2026-01-01, ms since 1970. */
const WALL_MS = 1_767_225_600_000;
/** How long a node may take to say how it is, µs. */
const STATUS_WITHIN_US = 300_000;

/** Everything that can be done to a simulated cluster. */
export const SIM_CAPABILITIES: Capabilities = Object.fromEntries(
  FAULT_KINDS.map((kind) => [kind, true]),
) as Record<FaultKind, true>;

export class SimSystem implements System {
  readonly capabilities = SIM_CAPABILITIES;
  readonly world: World;
  readonly #o: SimOptions;
  readonly #driver: Driver<FaultyNetwork>;
  readonly #nodes: SimulatedNodes;
  readonly #faults: SimulatedFaults;
  readonly #random: Random;
  readonly #wire: Wire;
  readonly #listeners: ((event: SystemEvent) => void)[] = [];
  readonly #sessions = new Set<SimulatedSession>();
  readonly #answers = new Map<number, (outcome: Outcome) => void>();
  #clients = 0;
  #readyUs = 0;
  #failure: Failure | undefined;
  #finished = false;
  #running: Promise<void> | undefined;
  #stopped: Promise<{ readonly left: readonly string[] }> | undefined;

  constructor(options: SimOptions) {
    this.#o = options;
    const of = random(options.seed).split('simulation');
    this.#random = of.split('clients');
    this.#wire = { ...options.wire, keyPrefix: 'k' };
    const { invariants: checkEvery, record } = options;
    const trace =
      options.trace &&
      new WorldTrace(options.protocol, (): number => this.#sinceUs(), options.trace);
    this.world = new World(options.protocol, worldOf(options, of, this.#wire), {
      checkEvery,
      record,
      history: false,
      ...(trace && { witness: trace }),
    });
    const { world } = this;
    const size = new Writer(1024);
    const network = new FaultyNetwork({
      conditions: options.conditions,
      random: of.split('network'),
      scale: options.timeScale,
      sizeOf: (message) => {
        size.reset();
        options.protocol.messages.encode(message, size);
        return FRAME_BYTES + size.length;
      },
      nowUs: () => world.atUs,
    });
    this.#driver = new Driver(world, network);
    this.#driver.onAnswer = (request, outcome) => {
      this.#answers.get(request)?.(outcome);
      this.#answers.delete(request);
    };
    this.#driver.onEvent = (node, event) => {
      const line = options.protocol.notice?.(event);
      if (line !== undefined) this.#nodes.say(node, line);
    };
    this.#nodes = new SimulatedNodes({
      driver: this.#driver,
      conditions: options.conditions,
      random: of.split('nodes'),
      scale: options.timeScale,
      onExit: (exit) => this.#tell({ type: 'exit', ...exit }),
      onDown: (node) => this.#broken(node),
    });
    const members = new SimulatedMembers(this.#driver, this.#nodes);
    this.#faults = new SimulatedFaults({ driver: this.#driver, nodes: this.#nodes, members });
  }

  get nodes(): readonly NodeName[] {
    return this.#o.nodes;
  }

  /** A hash of everything that happened so far; equal for equal runs. */
  get traceHash(): string {
    return this.world.fingerprint.text;
  }

  /** Messages handed to machines so far. */
  get messages(): number {
    return this.#driver.delivered;
  }

  /** Takes virtual time to where all nodes serve. False: they do not. */
  ready(): boolean {
    const { world } = this;
    const serve = (): boolean =>
      this.nodes.every((node) => this.#nodes.status(node)?.state === 'serving');
    while (!serve() && world.atUs < READY_WITHIN_US && world.failure === undefined)
      this.#driver.run(world.atUs + 10_000, () => false);
    this.#readyUs = world.atUs;
    return serve();
  }

  nowNs(): number {
    return this.world.atUs * 1000;
  }

  /** Since all nodes served, µs; before that, and while the world is being made, 0. */
  #sinceUs(): number {
    const world = this.world as World | undefined;
    return Math.max(0, (world?.atUs ?? 0) - this.#readyUs);
  }

  at(ns: number, fn: () => void): () => void {
    let cancelled = false;
    this.#driver.at(Math.max(this.world.atUs, Math.ceil(ns / 1000)), () => {
      if (!cancelled) fn();
    });
    return () => void (cancelled = true);
  }

  session(node: NodeName): Session {
    const id = idOf(node);
    const client = this.#clients++;
    const { world } = this;
    const line: Line = {
      nowUs: () => world.atUs,
      at: (us, what) => this.#driver.at(us, what),
      delayUs: () => drawSpan(this.#random, this.#o.conditions.clientUs),
      connection: () => (this.#nodes.answers(node) ? this.#nodes.lifeOf(node) : undefined),
      ask: (op, answered, asked) => this.#ask(id, client, op, answered, asked),
      leave: (request) => {
        this.#answers.delete(request);
        this.#driver.reach(id, () => void world.gone(request));
      },
    };
    const session = new SimulatedSession(node, line, this.#o.clientTimeoutMs * 1000);
    this.#sessions.add(session);
    return session;
  }

  inject(fault: Fault, done: (report: FaultReport) => void): void {
    this.#soon(() => this.#faults.inject(fault, done));
  }

  undo(id: number, done: (report: FaultReport) => void): void {
    this.#soon(() => this.#faults.undo(id, done));
  }

  status(node: NodeName, done: (status: NodeStatus | undefined) => void): void {
    const silent = this.#nodes.isUp(node) && this.#nodes.isPaused(node);
    const us = silent ? STATUS_WITHIN_US : this.#o.conditions.clientUs[0];
    this.#driver.at(this.world.atUs + us, () => done(this.#nodes.status(node)));
  }

  peek(node: NodeName, key: number, done: (peek: Peek | { readonly error: string }) => void): void {
    this.#soon(() => {
      if (!this.#nodes.answers(node)) return done({ error: `${node} does not answer` });
      const { protocol } = this.#o;
      const state = this.world.hosts[idOf(node)]?.state;
      const { value, ts, state: name } = protocol.peek(state, keyOf(key, this.#wire));
      done({ value: decodeValue(value, this.#wire), ts, state: name });
    });
  }

  onEvent(fn: (event: SystemEvent) => void): void {
    this.#listeners.push(fn);
  }

  /** Lets things happen, one after the other, until `finish()`. */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  finish(): void {
    this.#finished = true;
  }

  stop(): Promise<{ readonly left: readonly string[] }> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<{ readonly left: readonly string[] }> {
    this.#finished = true;
    for (const node of this.#nodes.names) this.#nodes.remove(node);
    await this.#o.onStop?.();
    return { left: [] };
  }

  /** Ends the program of a node as a crash would, behind everybody's back. */
  crash(node: NodeName): void {
    this.#nodes.crash(node, null, 'SIGKILL', 'killed');
  }

  /** Nodes that are there, guests included. */
  get running(): readonly NodeName[] {
    return this.#nodes.names.filter((node) => this.#nodes.isUp(node));
  }

  /** Nodes that are there or were. */
  get allNodes(): readonly NodeName[] {
    return this.world.hosts.map(({ id }) => nodeName(id));
  }

  /** The last lines of a node's log. */
  logOf(node: NodeName): readonly string[] {
    return this.#nodes.logOf(node);
  }

  async #run(): Promise<void> {
    const { stretch = STRETCH, breathe } = this.#o;
    while (!this.#finished) {
      for (let left = stretch; left > 0 && !this.#finished; left--) this.#step();
      if (breathe !== undefined && !this.#finished) await breathe();
    }
  }

  #step(): void {
    const { world } = this;
    // Nothing is to come any more: time stands still until somebody wants something.
    if (!this.#driver.step()) return;
    if (world.failure === undefined || this.#failure !== undefined) return;
    this.#failure = world.failure;
    const { kind, name, message, thrown } = world.failure;
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    this.#tell({ type: 'broken', name, kind, text: stack ?? message });
  }

  /** Not before whoever asks has returned. */
  #soon(what: () => void): void {
    this.#driver.at(this.world.atUs, what);
  }

  #ask(
    node: NodeId,
    client: number,
    op: Op,
    answered: (outcome: Outcome) => void,
    asked: (request: number | undefined) => void,
  ): void {
    const { world } = this;
    this.#driver.reach(node, () => {
      const request = world.stepId + 1;
      this.#answers.set(request, answered);
      try {
        if (world.request(node, client, op, OP_TIMEOUT_US)) asked(request);
        else this.#answers.delete(request);
      } catch (error) {
        // An operation that cannot be asked for was not carried out.
        if (!(error instanceof TypeError)) throw error;
        this.#answers.delete(request);
        answered({ type: 'fail', error: error.message });
      }
    });
  }

  #broken(node: NodeName): void {
    for (const session of this.#sessions) if (session.node === node) session.broken();
  }

  #tell(event: SystemEvent): void {
    for (const fn of this.#listeners) fn(event);
  }
}

/** Length and kind before each message on a wire. */
const FRAME_BYTES = 5;

function worldOf(options: SimOptions, of: Random, wire: Wire): WorldConfig {
  return {
    nodes: options.nodes.length,
    timing: scaledTiming(HOST_TIMING, options.timeScale),
    options: options.options,
    bugs: options.bugs,
    seed: of.split('machines').below(1_000_000),
    keys: [],
    wire,
    clocks: options.conditions.clocks,
    wallMs: WALL_MS,
  };
}

function idOf(name: NodeName): NodeId {
  const id = nodeId(name);
  if (id === undefined) throw new Error(`there is no node ${name}`);
  return id;
}
