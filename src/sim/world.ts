/**
 * Machines, what is under way between them, and what their clients saw.
 *
 * The world decides nothing: whoever drives it says which step comes next (a seeded driver, a list
 * of steps, later an explorer). Every step is one input to one machine, is recorded on request, and
 * is followed by the invariants. Equal steps give equal worlds.
 */
import type { Command, NodeId, NodeRef, Op, Outcome, Result } from '../base/operation.ts';
import { outcomeOfSilence } from '../base/outcomes.ts';
import { random } from '../base/random.ts';
import { commandOf, outcomeOf, type Wire } from '../base/translate.ts';
import type { Config, Input, Protocol, ProtocolEvent, Timing } from '../protocols/machine.ts';
import { type Armed, Host, SENDS_PER_STEP } from './host.ts';
import { Ledger } from './ledger.ts';
import type { Action, MessageName, Step } from './step.ts';
import { type ClockLaw, localUs, TRUE_CLOCK, trueUs } from './virtual-time.ts';

/** What a key holds. Operations of one kind only, so that every answer can be read and judged. */
export type KeyKind = 'register' | 'counter' | 'list';

/** Everything that a world is made from; with the steps, all of a run. */
export interface WorldConfig {
  /** How many machines: ids 0 … nodes − 1. */
  readonly nodes: number;
  /** How many of them, from id 0, are the nodes of the start; absent: all. */
  readonly acceptors?: number;
  readonly timing: Timing;
  readonly options: Readonly<Record<string, boolean | number>>;
  readonly bugs: readonly string[];
  /** Seed of the machines' own chance; null: they have none. */
  readonly seed: number | null;
  /** One kind per key. */
  readonly keys: readonly KeyKind[];
  /** One clock per node; absent: all true. */
  readonly clocks?: readonly ClockLaw[];
}

/** Width of the elements of list keys, in bytes. */
export const ELEMENT_BYTES = 6;

/** A message under way. */
export interface Envelope extends MessageName {
  readonly from: NodeRef;
  /** The incarnation that it was sent to; another one never gets it. */
  readonly incarnation: number;
  readonly message: unknown;
  /** Copies that a driver still means to deliver. */
  copies: number;
}

/** What went wrong, and after which step. */
export interface Failure {
  /** `crash`: the machine threw. `answer`: it answered what was not open. `history`, `progress`: judged at the end. */
  readonly kind: 'invariant' | 'crash' | 'answer' | 'history' | 'progress';
  /** Name of the invariant, or what was judged. */
  readonly name: string;
  readonly message: string;
  readonly step: number;
  /** `crash`: what was thrown. */
  readonly thrown?: unknown;
}

/** Who wants to know what a step causes. Called inside the step: put aside, do not drive. */
export interface Watcher {
  sent(envelope: Envelope): void;
  armed(armed: Armed): void;
  syncing(node: NodeId): void;
  answered(request: number, outcome: Outcome): void;
  event(node: NodeId, event: ProtocolEvent): void;
}

export const NOBODY: Watcher = {
  sent() {},
  armed() {},
  syncing() {},
  answered() {},
  event() {},
};

export interface WorldOptions {
  /** Invariants after every this many steps; 0: never, and no ghosts either. Default 1. */
  readonly checkEvery?: number;
  /** True: keep the list of steps. */
  readonly record?: boolean;
}

export class World {
  readonly protocol: Protocol;
  readonly config: WorldConfig;
  readonly hosts: readonly Host[];
  readonly inFlight = new Map<number, Envelope>();
  readonly ledger = new Ledger();
  readonly steps: Step[] = [];
  /** Admin commands so far, in words. */
  readonly ordered: (readonly string[])[] = [];
  /** Lives that ended by a crash, their memory with them. */
  readonly crashed: NodeRef[] = [];
  watcher: Watcher = NOBODY;
  failure: Failure | undefined;
  /** True time, µs. */
  atUs = 0;
  /** Number of the step under way, or of the last one. */
  stepId = 0;
  readonly #clocks: readonly ClockLaw[];
  readonly #checkEvery: number;
  readonly #record: boolean;
  readonly #ghost: unknown;
  readonly #wires: readonly Wire[];
  readonly #answered = new Set<number>();
  #states: readonly unknown[] = [];

  constructor(protocol: Protocol, config: WorldConfig, options: WorldOptions = {}) {
    this.protocol = protocol;
    this.config = config;
    this.#checkEvery = options.checkEvery ?? 1;
    this.#record = options.record ?? false;
    this.#clocks = config.clocks ?? [];
    this.#ghost = protocol.machine.ghost.init();
    this.#wires = config.keys.map((kind) => ({
      keyPrefix: 'k',
      elementBytes: kind === 'list' ? ELEMENT_BYTES : 0,
      valueBytes: 0,
    }));
    const quiet = this.#checkEvery === 0;
    this.hosts = Array.from(
      { length: config.nodes },
      (_, id) => new Host(this, id, config.nodes, quiet),
    );
    for (const host of this.hosts) this.#boot(host);
  }

  /** What the clock of a node shows, µs. */
  nowUs(node: NodeId): number {
    const clock = this.#clocks[node];
    return clock === undefined ? this.atUs : localUs(clock, this.atUs);
  }

  /** True time at which the clock of a node will have moved on by `inUs`. */
  dueUs(node: NodeId, inUs: number): number {
    const clock = this.#clocks[node];
    return clock === undefined ? this.atUs + inUs : trueUs(clock, localUs(clock, this.atUs) + inUs);
  }

  // The choices. Each is one step; false: it does not apply here, and nothing happened.

  /** A client asks; the number of the step names the request. */
  request(node: NodeId, client: number, op: Op, withinUs: number): boolean {
    const host = this.hosts[node];
    const wire = this.#wires[op.key];
    if (!host?.up || wire === undefined) return false;
    if (this.#record) this.#note({ do: 'request', node, client, op, withinUs });
    const id = this.#begin(host);
    const command: Command = commandOf(op, wire);
    this.ledger.invoke(id, client, node, op, this.atUs);
    this.#step(host, { kind: 'request', id, command, deadlineUs: this.nowUs(node) + withinUs });
    return true;
  }

  /** The client of a request leaves. */
  gone(request: number): boolean {
    const open = this.ledger.open.get(request);
    const host = open && this.hosts[open.node];
    if (!open || !host?.up) return false;
    if (this.#record) this.#note({ do: 'gone', request });
    this.#begin(host);
    this.#complete(request, outcomeOfSilence(open.op, 'timeout'));
    this.#step(host, { kind: 'gone', id: request });
    return true;
  }

  /** A message arrives; `keep`: a copy stays under way. */
  deliver(envelope: Envelope, keep: boolean): boolean {
    const host = this.hosts[envelope.to] as Host;
    const key = keyOfName(envelope);
    if (this.inFlight.get(key) !== envelope || !host.up) return false;
    if (host.incarnation !== envelope.incarnation) return false;
    if (this.#record) this.#note({ do: 'deliver', keep, ...nameOf(envelope) });
    if (!keep) this.inFlight.delete(key);
    this.#begin(host);
    this.#step(host, { kind: 'message', from: envelope.from, message: envelope.message });
    return true;
  }

  /** A message is lost. */
  drop(envelope: Envelope): boolean {
    if (!this.inFlight.delete(keyOfName(envelope))) return false;
    if (this.#record) this.#note({ do: 'drop', ...nameOf(envelope) });
    this.stepId++;
    return true;
  }

  /** An armed timer goes off, whether it is due or not: clocks may run fast. */
  fire(armed: Armed): boolean {
    const host = this.hosts[armed.node] as Host;
    if (host.timers.get(armed.timer) !== armed) return false;
    if (this.#record) this.#note({ do: 'timer', node: armed.node, timer: armed.timer });
    host.timers.delete(armed.timer);
    this.#begin(host);
    this.#step(host, { kind: 'timer', timer: armed.timer });
    return true;
  }

  /** The fsync under way returns. */
  durable(node: NodeId): boolean {
    const host = this.hosts[node];
    if (!host?.up || host.syncingLsn === host.durableLsn) return false;
    if (this.#record) this.#note({ do: 'durable', node });
    this.#begin(host);
    host.finishSync();
    this.#step(host, { kind: 'durable', lsn: host.durableLsn });
    host.release();
    return true;
  }

  /**
   * The process dies. Its clients see their connections end.
   * @param synced the group that was being written had reached the disk
   */
  crash(node: NodeId, synced = false): boolean {
    const host = this.hosts[node];
    if (!host?.up) return false;
    if (this.#record) this.#note({ do: synced ? 'crash-synced' : 'crash', node });
    this.#begin(host);
    for (const [id, open] of this.ledger.open)
      if (open.node === node) this.#complete(id, outcomeOfSilence(open.op, 'connection lost'));
    this.crashed.push({ id: node, inc: host.incarnation });
    host.up = false;
    if (synced) host.finishSync();
    host.lose();
    this.#refresh();
    this.#check();
    return true;
  }

  /** It boots again, as a later incarnation, with what was on disk; `empty`: with a new disk. */
  restart(node: NodeId, empty = false): boolean {
    const host = this.hosts[node];
    if (!host || host.up) return false;
    if (this.#record) this.#note({ do: empty ? 'restart-empty' : 'restart', node });
    this.#begin(host);
    if (empty) host.wipe();
    this.#boot(host);
    this.#check();
    return true;
  }

  /** A command beyond the clients' own, in the protocol's words. */
  admin(node: NodeId, words: readonly string[]): boolean {
    const host = this.hosts[node];
    const command: unknown = this.protocol.admin?.(words);
    if (!host?.up || command === undefined) return false;
    if (this.#record) this.#note({ do: 'admin', node, words });
    this.ordered.push(words);
    const id = this.#begin(host);
    this.#step(host, { kind: 'admin', id, command });
    return true;
  }

  /** Takes a step of a list, at its time and by its number. False: it does not apply. */
  apply(step: Step): boolean {
    const before = this.stepId;
    this.atUs = Math.max(this.atUs, step.atUs);
    this.stepId = step.id - 1;
    const applied = this.#dispatch(step);
    if (!applied) this.stepId = before;
    return applied;
  }

  #dispatch(step: Step): boolean {
    switch (step.do) {
      case 'request':
        return this.request(step.node, step.client, step.op, step.withinUs);
      case 'gone':
        return this.gone(step.request);
      case 'deliver': {
        const envelope = this.inFlight.get(keyOfName(step));
        return envelope !== undefined && this.deliver(envelope, step.keep);
      }
      case 'drop': {
        const envelope = this.inFlight.get(keyOfName(step));
        return envelope !== undefined && this.drop(envelope);
      }
      case 'timer': {
        const armed = this.hosts[step.node]?.timers.get(step.timer);
        return armed !== undefined && this.fire(armed);
      }
      case 'durable':
        return this.durable(step.node);
      case 'crash':
      case 'crash-synced':
        return this.crash(step.node, step.do === 'crash-synced');
      case 'restart':
      case 'restart-empty':
        return this.restart(step.node, step.do === 'restart-empty');
      case 'admin':
        return this.admin(step.node, step.words);
    }
  }

  // What hosts report.

  envelope(from: Host, to: NodeId, nth: number, message: unknown): Envelope {
    const ref = { id: from.id, inc: from.incarnation };
    const incarnation = this.hosts[to]?.incarnation || FIRST_INCARNATION;
    return { cause: this.stepId, to, nth, from: ref, incarnation, message, copies: 0 };
  }

  post(envelope: Envelope): void {
    this.inFlight.set(keyOfName(envelope), envelope);
    this.watcher.sent(envelope);
  }

  answer(id: number, result: Result): void {
    const op = this.ledger.opOf(id);
    const wire = op && this.#wires[op.key];
    if (op && wire) {
      this.#complete(id, outcomeOf(op, result, wire));
      if (this.#checkEvery > 0) this.#answered.add(id);
    } else if (this.#answered.has(id))
      this.#fail('answer', 'one answer', `request ${id} was answered twice`);
  }

  happened(node: NodeId, event: ProtocolEvent): void {
    if (this.hosts[node]?.quiet) return;
    this.protocol.machine.ghost.on(this.#ghost, node, event);
    this.watcher.event(node, event);
  }

  /** Runs all invariants now; keeps and returns the first failure. */
  check(): Failure | undefined {
    if (this.failure) return this.failure;
    const inFlight = this.inFlight;
    const view = {
      nodes: this.#states,
      messages: { [Symbol.iterator]: () => messagesOf(inFlight.values()) },
      ghost: this.#ghost,
      atUs: this.atUs,
      trueUs: (node: NodeId, us: number) => trueUs(this.#clocks[node] ?? TRUE_CLOCK, us),
    };
    for (const [name, invariant] of Object.entries(this.protocol.machine.invariants)) {
      const message = invariant(view);
      if (message !== undefined) return this.#fail('invariant', name, message);
    }
    return undefined;
  }

  #complete(id: number, outcome: Outcome): void {
    if (this.ledger.complete(id, outcome, this.atUs)) this.watcher.answered(id, outcome);
  }

  #note(action: Action): void {
    this.steps.push({ ...action, id: this.stepId + 1, atUs: this.atUs });
  }

  #begin(host: Host): number {
    host.begin();
    return ++this.stepId;
  }

  #step(host: Host, input: Input<unknown, unknown>): void {
    try {
      this.protocol.machine.step(host.state, input, this.nowUs(host.id), host);
      if (host.wantsRebirth) this.#rebirth(host);
    } catch (error) {
      this.#crashed(error);
    }
    if (host.startSync()) this.watcher.syncing(host.id);
    this.#check();
  }

  #check(): void {
    if (this.#checkEvery > 0 && this.stepId % this.#checkEvery === 0) this.check();
  }

  #boot(host: Host, former?: unknown): void {
    host.up = true;
    host.incarnation++;
    const config: Config = {
      self: host.id,
      members: this.hosts.map((h) => h.id),
      ...(this.config.acceptors !== undefined && {
        acceptors: this.hosts.map((h) => h.id).slice(0, this.config.acceptors),
      }),
      timing: this.config.timing,
      options: this.config.options,
      bugs: new Set(this.config.bugs),
      seed: this.config.seed === null ? undefined : seedOf(this.config.seed, host),
    };
    const boot = { incarnation: host.incarnation, records: host.records(), former };
    host.state = this.protocol.machine.init(config, boot, this.nowUs(host.id), host);
    this.#refresh();
    if (!host.startSync()) return;
    if (host.incarnation === FIRST_INCARNATION) this.#endFirstBoot(host);
    else this.watcher.syncing(host.id);
  }

  /** A first boot is over when its record is on disk: before that nothing leaves a node. */
  #endFirstBoot(host: Host): void {
    host.finishSync();
    const durable = { kind: 'durable', lsn: host.durableLsn } as const;
    this.protocol.machine.step(host.state, durable, this.nowUs(host.id), host);
    host.release();
  }

  /** The incarnation and with it the whole log is on disk before the next life begins. */
  #rebirth(host: Host): void {
    host.durableLsn = host.lsn;
    host.release();
    host.lose();
    this.#boot(host, host.state);
  }

  #refresh(): void {
    this.#states = this.hosts.filter((h) => h.up).map((h) => h.state);
  }

  #crashed(thrown: unknown): void {
    const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
    this.failure ??= { kind: 'crash', name, message, step: this.stepId, thrown };
  }

  #fail(kind: Failure['kind'], name: string, message: string): Failure {
    this.failure ??= { kind, name, message, step: this.stepId };
    return this.failure;
  }
}

/** What every machine boots as; those booted first may write to those that boot next. */
const FIRST_INCARNATION = 1;

/** Number of a message's name, for maps. */
function keyOfName(m: MessageName): number {
  return (m.cause * 64 + m.to) * SENDS_PER_STEP + m.nth;
}

function nameOf(m: MessageName): MessageName {
  return { cause: m.cause, to: m.to, nth: m.nth };
}

function seedOf(seed: number, host: Host): number {
  return random(seed).split(`machine ${host.id}.${host.incarnation}`).next();
}

function* messagesOf(envelopes: Iterable<Envelope>): Generator<unknown, undefined> {
  for (const envelope of envelopes) yield envelope.message;
  return undefined;
}
