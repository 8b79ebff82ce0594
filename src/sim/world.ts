/**
 * Machines, what is under way between them, and what their clients saw.
 *
 * The world decides nothing: whoever drives it says which step comes next (a seeded driver, a list
 * of steps, later an explorer). Every step is one input to one machine, is recorded on request, and
 * is followed by the invariants. Equal steps give equal worlds.
 */
import type { Command, NodeId, NodeRef, Op, Outcome, Result } from '../base/operation.ts';
import { MAX_NODES } from '../base/node-name.ts';
import { outcomeOfSilence } from '../base/outcomes.ts';
import { random } from '../base/random.ts';
import { commandOf, outcomeOf, type Wire } from '../base/translate.ts';
import type { Config, Input, Protocol, ProtocolEvent } from '../protocols/machine.ts';
import { type Armed, Host, SENDS_PER_STEP } from './host.ts';
import { Fingerprint } from './fingerprint.ts';
import { InvariantWatch } from './invariant-watch.ts';
import { Ledger } from './ledger.ts';
import { NodeClocks } from './node-clocks.ts';
import type { Action, ClockChange, MessageName, Step } from './step.ts';
import { type Envelope, type Failure, NOBODY, type Watcher, type Witness } from './watcher.ts';
import { ELEMENT_BYTES, type WorldConfig } from './world-config.ts';

export interface WorldOptions {
  /** Invariants after every this many steps; 0: never, and no ghosts either. Default 1. */
  readonly checkEvery?: number;
  /** True: everything is looked at each time, not only what the steps concerned. Slow; the same is found. */
  readonly looksAtAll?: boolean;
  /** False: the ledger keeps no history. Default true. */
  readonly history?: boolean;
  /** True: keep the list of steps. */
  readonly record?: boolean;
  /** Sees everything, for a trace; absent: nobody does. */
  readonly witness?: Witness;
}

export class World {
  readonly protocol: Protocol;
  readonly config: WorldConfig;
  readonly hosts: Host[];
  readonly inFlight = new Map<number, Envelope>();
  readonly ledger: Ledger;
  readonly steps: Step[] = [];
  /** Admin commands so far, in words. */
  readonly ordered: (readonly string[])[] = [];
  /** Lives that ended by a crash, their memory with them. */
  readonly crashed: NodeRef[] = [];
  /** States of the nodes that are up. */
  states: readonly unknown[] = [];
  watcher: Watcher = NOBODY;
  failure: Failure | undefined;
  /** True time, µs. */
  atUs = 0;
  /** Number of the step under way, or of the last one. */
  stepId = 0;
  /** A hash of all steps and answers so far. */
  readonly fingerprint = new Fingerprint();
  readonly witness: Witness | undefined;
  readonly #clocks: NodeClocks;
  /** Absent: nobody looks at the invariants. */
  readonly #watch: InvariantWatch | undefined;
  readonly #looksAtAll: boolean;
  readonly #record: boolean;
  readonly #wires: readonly Wire[];
  readonly #answered = new Set<number>();
  readonly #bugs: ReadonlySet<string>;

  constructor(protocol: Protocol, config: WorldConfig, options: WorldOptions = {}) {
    this.protocol = protocol;
    this.config = config;
    this.ledger = new Ledger(options.history);
    const { checkEvery = 1 } = options;
    if (checkEvery > 0) this.#watch = new InvariantWatch(protocol, checkEvery, this);
    this.#looksAtAll = options.looksAtAll ?? false;
    this.#record = options.record ?? false;
    this.witness = options.witness;
    this.#bugs = new Set(config.bugs);
    this.#clocks = new NodeClocks(config, () => this.atUs);
    this.#wires = config.keys.map((kind) => ({
      keyPrefix: 'k',
      elementBytes: kind === 'list' ? ELEMENT_BYTES : 0,
      valueBytes: 0,
    }));
    const founders = ids(config.nodes);
    this.hosts = founders.map((id) => new Host(this, id, founders, this.#quiet));
    for (const host of this.hosts) this.#boot(host);
  }

  get #quiet(): boolean {
    return this.#watch === undefined && this.witness === undefined;
  }

  /** What the clock of a node shows, µs. */
  nowUs(node: NodeId): number {
    return this.#clocks.nowUs(node);
  }

  /** First true time at which the clock of a node shows `us`, if it goes on as it does now. */
  trueUs(node: NodeId, us: number): number {
    return this.#clocks.trueUs(node, us);
  }

  /** How far a clock is ahead of one that began with it and ran true, in µs. */
  clockErrorUs(node: NodeId): number {
    return this.#clocks.errorUs(node);
  }

  // The choices. Each is one step; false: it does not apply here, and nothing happened.

  /** A client asks; the number of the step names the request. */
  request(node: NodeId, client: number, op: Op, withinUs: number): boolean {
    const host = this.hosts[node];
    const wire = this.#wireOf(op.key);
    if (!host?.up || wire === undefined) return false;
    if (this.#record) this.#note({ do: 'request', node, client, op, withinUs });
    const id = this.#begin(host);
    const command: Command = commandOf(op, wire);
    this.ledger.invoke(id, client, node, op, this.atUs);
    this.witness?.asked(node, id, client, command);
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
    this.#giveUp(request, outcomeOfSilence(open.op, 'timeout'));
    this.#step(host, { kind: 'gone', id: request });
    return true;
  }

  /** A message arrives; `keep`: a copy stays under way. */
  deliver(envelope: Envelope, keep: boolean): boolean {
    const host = this.hosts[envelope.to];
    const key = keyOfName(envelope);
    if (this.inFlight.get(key) !== envelope || !host?.up) return false;
    if (host.incarnation !== envelope.incarnation) return false;
    if (this.#record) this.#note({ do: 'deliver', keep, ...nameOf(envelope) });
    if (!keep) this.inFlight.delete(key);
    this.#begin(host);
    this.witness?.received(envelope);
    this.#step(host, { kind: 'message', from: envelope.from, message: envelope.message });
    return true;
  }

  /** A message is lost. */
  drop(envelope: Envelope): boolean {
    if (!this.inFlight.delete(keyOfName(envelope))) return false;
    if (this.#record) this.#note({ do: 'drop', ...nameOf(envelope) });
    this.stepId++;
    this.witness?.lost(envelope);
    return true;
  }

  /** An armed timer goes off, whether it is due or not: clocks may run fast. */
  fire(armed: Armed): boolean {
    const host = this.hosts[armed.node] as Host;
    if (host.timers.get(armed.timer) !== armed) return false;
    if (this.#record) this.#note({ do: 'timer', node: armed.node, timer: armed.timer });
    host.timers.delete(armed.timer);
    this.#begin(host);
    this.witness?.timer(armed);
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
      if (open.node === node) this.#giveUp(id, outcomeOfSilence(open.op, 'connection lost'));
    this.crashed.push({ id: node, inc: host.incarnation });
    this.witness?.crashed(node);
    host.up = false;
    if (synced) host.finishSync();
    host.lose();
    this.#refresh();
    this.#check(host.state);
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
    this.#check(host.state);
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

  /** A brand-new node boots, with the next id and an empty disk. It knows all others; they do not know it. */
  add(): boolean {
    if (this.hosts.length >= MAX_NODES) return false;
    if (this.#record) this.#note({ do: 'add', node: this.hosts.length });
    const members = ids(this.hosts.length + 1);
    const host = new Host(this, this.hosts.length, members, this.#quiet);
    this.hosts.push(host);
    this.#begin(host);
    this.#boot(host);
    this.#check(host.state);
    return true;
  }

  /** The clock of a node is disturbed: see `ClockChange`. Its timers go off by what it then shows. */
  clock(node: NodeId, change: ClockChange, by: number): boolean {
    const host = this.hosts[node];
    if (host === undefined) return false;
    if (this.#record) this.#note({ do: 'clock', node, change, by });
    this.#begin(host);
    this.#clocks.change(node, change, by);
    this.#watch?.concernsAll();
    host.rearm();
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
      case 'add':
        return this.add();
      case 'clock':
        return this.clock(step.node, step.change, step.by);
    }
  }

  // What hosts report.

  envelope(from: Host, to: NodeId, nth: number, message: unknown): Envelope {
    const incarnation = this.hosts[to]?.incarnation || FIRST_INCARNATION;
    return { cause: this.stepId, to, nth, from: from.ref, incarnation, message, copies: 0 };
  }

  post(envelope: Envelope): void {
    this.inFlight.set(keyOfName(envelope), envelope);
    this.#watch?.sent(envelope.message);
    this.witness?.sent(envelope);
    this.watcher.sent(envelope);
  }

  answer(id: number, result: Result): void {
    const op = this.ledger.opOf(id);
    const wire = op && this.#wireOf(op.key);
    if (op && wire) {
      this.witness?.replied(this.ledger.open.get(id)?.node ?? 0, id, result);
      this.#complete(id, outcomeOf(op, result, wire));
      if (this.#watch !== undefined) this.#answered.add(id);
    } else if (this.#answered.has(id))
      this.#fail('answer', 'one answer', `request ${id} was answered twice`);
    else this.watcher.ordered?.(id, result);
  }

  happened(node: NodeId, event: ProtocolEvent): void {
    this.watcher.event(node, event);
    this.witness?.event(node, event);
    this.#watch?.event(node, event);
  }

  /** Runs all invariants now; keeps and returns the first failure. */
  check(): Failure | undefined {
    const found = this.failure === undefined ? this.#watch?.all() : undefined;
    return found === undefined ? this.failure : this.#fail('invariant', found.name, found.message);
  }

  #complete(id: number, outcome: Outcome): void {
    const open = this.ledger.open.get(id);
    if (open === undefined || !this.ledger.complete(id, outcome, this.atUs)) return;
    this.fingerprint.addText(outcome.type === 'ok' ? JSON.stringify(outcome) : outcome.error);
    this.watcher.answered(id, outcome);
  }

  #giveUp(id: number, outcome: Outcome): void {
    const node = this.ledger.open.get(id)?.node;
    if (node !== undefined) this.witness?.gaveUp(node, id, outcome);
    this.#complete(id, outcome);
  }

  #note(action: Action): void {
    this.steps.push({ ...action, id: this.stepId + 1, atUs: this.atUs });
  }

  #begin(host: Host): number {
    host.begin();
    this.fingerprint.add(host.id, this.atUs);
    return ++this.stepId;
  }

  #step(host: Host, input: Input<unknown, unknown>): void {
    try {
      this.protocol.machine.step(host.state, input, this.#stepUs(host), host);
      if (host.wantsRebirth) this.#rebirth(host);
    } catch (error) {
      this.#crashed(error);
    }
    if (host.startSync()) this.watcher.syncing(host.id);
    this.witness?.stepped(host.id, host.state);
    if (this.#watch !== undefined) concern(this.#watch, input);
    this.#check(host.state);
  }

  /** Planted bug M34, of the host: the time of a step is that of the one before. */
  #stepUs(host: Host): number {
    const nowUs = this.nowUs(host.id);
    if (!this.#bugs.has('cached-clock')) return nowUs;
    const cachedUs = host.cachedUs ?? nowUs;
    host.cachedUs = nowUs;
    return cachedUs;
  }

  #check(state: unknown): void {
    if (this.#watch === undefined || this.failure !== undefined) return;
    if (this.#looksAtAll) this.#watch.concernsAll();
    const found = this.#watch.stepped(this.stepId, state);
    if (found !== undefined) this.#fail('invariant', found.name, found.message);
  }

  #boot(host: Host, former?: unknown): void {
    host.up = true;
    host.live(this.#nextIncarnation(host));
    const config: Config = {
      self: host.id,
      members: host.members,
      acceptors: ids(this.config.acceptors ?? this.config.nodes),
      timing: this.config.timing,
      options: this.config.options,
      bugs: this.#bugs,
      seed: this.config.seed === null ? undefined : seedOf(this.config.seed, host),
    };
    const boot = { incarnation: host.incarnation, records: host.records(), former };
    this.witness?.booted(host.id, host.incarnation);
    host.state = this.protocol.machine.init(config, boot, this.nowUs(host.id), host);
    this.witness?.stepped(host.id, host.state);
    this.#refresh();
    if (!host.startSync()) return;
    if (host.incarnation === FIRST_INCARNATION) this.#endFirstBoot(host);
    else this.watcher.syncing(host.id);
  }

  #nextIncarnation(host: Host): number {
    const first = host.incarnation === 0 && host.id < this.config.nodes;
    if (first || this.config.wallMs === undefined) return host.incarnation + 1;
    const wallMs = this.#clocks.wallMs(host.id);
    return Math.max(host.incarnation + 1, Math.floor(wallMs));
  }

  #wireOf(key: number): Wire | undefined {
    return this.config.wire ?? this.#wires[key];
  }

  /** A first boot is over when its record is on disk: before that nothing leaves a node. */
  #endFirstBoot(host: Host): void {
    host.finishSync();
    const durable = { kind: 'durable', lsn: host.durableLsn } as const;
    this.protocol.machine.step(host.state, durable, this.nowUs(host.id), host);
    host.release();
    this.witness?.stepped(host.id, host.state);
  }

  /** The incarnation and with it the whole log is on disk before the next life begins. */
  #rebirth(host: Host): void {
    host.durableLsn = host.lsn;
    host.release();
    host.lose();
    this.#boot(host, host.state);
  }

  #refresh(): void {
    this.states = this.hosts.filter((h) => h.up).map((h) => h.state);
    this.#watch?.concernsAll();
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

function ids(count: number): NodeId[] {
  return Array.from({ length: count }, (_, id) => id);
}

/** Tells the watch what a step that is over was about. */
function concern(watch: InvariantWatch, input: Input<unknown, unknown>): void {
  if (input.kind === 'admin') watch.concernsAll();
  const about =
    input.kind === 'request' ? input.command : input.kind === 'message' && input.message;
  const { key } = (about || NO_KEY) as { readonly key?: string };
  if (key !== undefined) watch.concerns(key);
}

const NO_KEY = {};

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
