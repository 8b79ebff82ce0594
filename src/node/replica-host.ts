/**
 * The host of a machine: sockets, clock, timers and disk around a protocol that knows none of them.
 *
 * One turn of the event loop is one batch. Inputs are collected while sockets are read; then, in the
 * check phase, time is sampled once, each input is stepped, due timers after them, and what the steps
 * asked for leaves: one write per peer and per client, one group to the disk. So after a stall of the
 * process everything that waited in its sockets is read before any timer is believed.
 */
import { join } from 'node:path';
import { Clock } from '../base/clock.ts';
import { nodeName } from '../base/node-name.ts';
import type { Command, NodeId, NodeName, NodeRef, Result } from '../base/operation.ts';
import { UserError } from '../base/user-error.ts';
import {
  type Config,
  type Effects,
  HOST_TIMING,
  type Input,
  type Protocol,
  type ProtocolEvent,
  scaledTiming,
} from '../protocols/machine.ts';
import type { Life } from '../trace/machine-trace.ts';
import type { Reply } from '../wire/resp.ts';
import { adminReply } from './admin-reply.ts';
import { afterRead } from './after-read.ts';
import { answerCommand, type Replica } from './client-commands.ts';
import { ClientServer } from './client-server.ts';
import type { ClientSession } from './client-session.ts';
import { FaultPoints } from './fault-points.ts';
import { HeldEffects } from './held-effects.ts';
import { FIRST_INCARNATION, type Owner, storeIncarnation } from './identity.ts';
import type { HostOptions } from './host-options.ts';
import type { Log, Verbosity } from './log.ts';
import { MachineBytes } from './machine-bytes.ts';
import { PeerLinks } from './peer-links.ts';
import { ReplicaTrace } from './replica-trace.ts';
import { LoopDelay, programVersion, type ReplicaStatus } from './status.ts';
import { Storage } from './storage.ts';
import { Timers } from './timers.ts';

/** A request gets its deadline when its turn comes. */
type QueuedInput = Input<unknown, unknown> & { deadlineUs?: number };

export class ReplicaHost implements Effects<unknown, unknown>, Replica {
  readonly #options: HostOptions;
  readonly #protocol: Protocol;
  readonly #log: Log;
  /** `performance.now()` reads the monotonic clock anew at each call (46 ns). */
  readonly #clock = new Clock(() => performance.now() * 1000, 0, Date.now);
  readonly #faults: FaultPoints | undefined;
  readonly #timers = new Timers();
  readonly #held = new HeldEffects();
  readonly #links: PeerLinks;
  readonly #clients: ClientServer;
  readonly #loopDelay = new LoopDelay();
  readonly #startMs = performance.now();
  readonly #version = programVersion();
  readonly #config: Config;
  readonly #admins = new Map<number, { command: unknown; done: (reply: Reply) => void }>();
  readonly #bytes: MachineBytes;
  #storage!: Storage;
  #state: unknown;
  #diskError: Error | undefined;
  /** Planted bug M34: the time of a step is that of the turn before, before what came meanwhile. */
  #cachedUs: number | undefined;
  #self: NodeRef;
  #nowUs = 0;
  #inputs: QueuedInput[] = [];
  #awake = false;
  #phase: 'starting' | 'running' | 'reborn' | 'stopped' = 'starting';
  #timeout: NodeJS.Timeout | undefined;
  #timeoutUs = Infinity;
  #lastAdmin = 0;
  /** Nobody traces most of the time, and then no step costs more. */
  #traced: ReplicaTrace | undefined;

  private constructor(options: HostOptions) {
    this.#options = options;
    this.#protocol = options.protocol;
    this.#bytes = new MachineBytes(options.protocol);
    this.#log = options.log;
    this.#self = options.self;
    this.#config = {
      self: options.self.id,
      members: [options.self.id, ...options.peers.keys()].toSorted((a, b) => a - b),
      ...(options.acceptors && { acceptors: options.acceptors }),
      timing: scaledTiming(HOST_TIMING, options.timeScale),
      options: options.options,
      bugs: options.bugs,
      seed: options.seed,
    };
    this.#faults = options.faultPoints === true ? this.#faultPoints() : undefined;
    this.#links = new PeerLinks({
      identity: { cluster: options.cluster, self: options.self, secret: options.secret },
      listen: options.peerListen,
      peers: options.peers,
      timeScale: options.timeScale,
      log: options.log,
      onFrame: (from, kind, bytes, start, end) => this.#onFrame(from, kind, bytes, start, end),
    });
    this.#clients = new ClientServer({
      onRequest: (id, command) => this.#onRequest(id, command),
      onGone: (id) => this.#put({ kind: 'gone', id }),
      answer: (session, name, args) => answerCommand(this, session, name, args),
      wake: () => this.#wake(),
    });
  }

  /** Opens disk and sockets and boots the machine. Throws a `UserError` for what the user can mend. */
  static async start(options: HostOptions): Promise<ReplicaHost> {
    const host = new ReplicaHost(options);
    try {
      await host.#open();
    } catch (error) {
      await host.stop();
      throw error;
    }
    return host;
  }

  /** Stops listening, closes all connections, brings the log to the disk. */
  async stop(): Promise<void> {
    this.#phase = 'stopped';
    clearTimeout(this.#timeout);
    this.#faults?.close();
    this.#loopDelay.close();
    this.#endTrace();
    await Promise.all([this.#links.close(), this.#clients.close()]);
    // Absent when the log could not even be opened.
    await (this.#storage as Storage | undefined)?.close();
  }

  // --- what clients ask of the host -------------------------------------------------------------

  get port(): number | undefined {
    return this.#clients.port;
  }

  get peerPort(): number | undefined {
    return this.#links.port;
  }

  sessions(): readonly ClientSession[] {
    return this.#clients.sessions;
  }

  get cluster(): string {
    return this.#options.cluster;
  }

  get name(): NodeName {
    return nodeName(this.#self.id);
  }

  status(): ReplicaStatus {
    const machine = this.#protocol.machine.status(this.#state, this.#clock.nowUs());
    return {
      ...machine,
      counters: {
        ...machine.counters,
        ...this.#links.counters,
        ...this.#clients.counters,
        syncs: this.#storage.syncs,
      },
      name: nodeName(this.#self.id),
      protocol: this.#protocol.name,
      version: this.#version,
      pid: process.pid,
      uptimeMs: Math.floor(performance.now() - this.#startMs),
      loopDelayMs: this.#loopDelay.maxMs,
      memoryBytes: process.memoryUsage.rss(),
      clients: this.#clients.sessions.length,
      links: this.#links.up().map(({ peer, roundTripUs }) => ({
        peer: nodeName(peer.id),
        incarnation: peer.inc,
        roundTripUs: roundTripUs ?? null,
      })),
    };
  }

  peek(key: string): { value: Uint8Array | null; ts: string; state: string } {
    return this.#protocol.peek(this.#state, key);
  }

  fault(words: readonly string[]): Promise<Reply> | undefined {
    return this.#faults?.answer(words);
  }

  setVerbosity(verbosity: Verbosity): void {
    this.#log.verbosity = verbosity;
  }

  /** Throws what the file system throws. Returns the file of the trace that began, or ended. */
  setTrace(on: boolean): string {
    const path = this.#options.tracePath ?? join(this.#options.dataDir, 'trace.jsonl');
    if (on && this.#traced === undefined) {
      this.#openTrace(path);
      // A node that is being born anew begins its trace when it boots.
      if (this.#phase === 'running') this.#traceFromHere();
    }
    if (!on) this.#endTrace();
    return path;
  }

  admin(words: readonly string[]): Promise<Reply> | undefined {
    const command: unknown = this.#protocol.admin?.(words);
    if (command === undefined) return undefined;
    // Below zero, so that the replies to clients and to administrators do not meet.
    const id = --this.#lastAdmin;
    return new Promise((done) => {
      this.#admins.set(id, { command, done });
      this.#put({ kind: 'admin', id, command });
    });
  }

  // --- what the machine asks of the host --------------------------------------------------------

  /** Events are built for `-v` only, but for those of which every log tells. */
  get quiet(): boolean {
    return this.#log.verbosity === 0 && this.#traced === undefined;
  }

  send(to: NodeId, message: unknown, position?: number): void {
    this.#traced?.machine.send(to, message, position);
    const after = position ?? this.#storage.lastLsn;
    const { buffer, length } = this.#bytes.frame(message);
    if (this.#log.verbosity === 2)
      this.#log.trace('send', { to: nodeName(to), message: this.#protocol.show(message) });
    if (after > this.#storage.durableLsn)
      this.#held.holdFrame(to, after, Buffer.from(buffer.subarray(0, length)));
    else this.#links.send(to, buffer, 0, length);
  }

  reply(id: number, result: Result, position?: number): void {
    this.#traced?.machine.reply(id, result, position);
    const after = position ?? this.#storage.lastLsn;
    if (after > this.#storage.durableLsn) this.#held.holdReply(id, after, result);
    else this.#replyNow(id, result);
  }

  append(record: unknown): number {
    this.#traced?.machine.append(record);
    return this.#storage.append(this.#bytes.record(record));
  }

  checkpoint(records: readonly unknown[]): number {
    this.#traced?.machine.checkpoint(records);
    return this.#storage.checkpoint(
      records.map((record) => Buffer.from(this.#bytes.record(record))),
    );
  }

  setTimer(id: string, inUs: number): void {
    this.#traced?.machine.setTimer(id, inUs);
    this.#timers.set(id, this.#nowUs + inUs);
  }

  cancelTimer(id: string): void {
    this.#traced?.machine.cancelTimer(id);
    this.#timers.cancel(id);
  }

  event(event: ProtocolEvent): void {
    this.#traced?.machine.event(event);
    const line = this.#protocol.notice?.(event);
    if (line !== undefined) this.#log.info(line);
    if (this.#log.verbosity > 0)
      this.#log.debug(`machine ${event.type}`, { ...event, type: undefined });
  }

  reborn(): void {
    this.#traced?.machine.reborn();
    if (this.#phase !== 'running') return;
    this.#phase = 'reborn';
    this.#beReborn().catch((error: unknown) => this.#options.onFatal(error as Error));
  }

  // --- turns ------------------------------------------------------------------------------------

  async #open(): Promise<void> {
    const { dataDir, listen, socket } = this.#options;
    const { storage, records, cutBytes } = await Storage.open(dataDir, {
      onDurable: (lsn) => this.#onDurable(lsn),
      onFailure: (error) => {
        this.#diskError = error;
        this.#options.onFatal(error);
      },
      ...(this.#faults && { openFile: this.#faults.disk.open }),
    });
    this.#storage = storage;
    if (cutBytes > 0) this.#log.warn('cut a torn end off the log', { bytes: cutBytes });
    if (this.#options.tracePath !== undefined) this.#openTrace(this.#options.tracePath);
    this.#boot(records);
    // Peers last: as long as anything may still be amiss, no message has left.
    if (listen !== undefined) await this.#clients.listen(listen);
    if (socket !== undefined) await this.#clients.listenOnSocket(socket);
    if (this.#self.inc === FIRST_INCARNATION) await this.#endFirstBoot();
    await this.#links.open();
  }

  /** The first record is on disk, and only then who this node is: see `identity.ts`. */
  async #endFirstBoot(): Promise<void> {
    await this.#storage.reload();
    if (this.#diskError !== undefined) throw this.#diskError;
    await storeIncarnation(this.#options.dataDir, this.#owner, FIRST_INCARNATION);
  }

  #boot(records: readonly Buffer[], former?: unknown): void {
    const decoded = records.map((bytes) => this.#decodeRecord(bytes));
    this.#nowUs = this.#clock.nowUs();
    this.#phase = 'running';
    this.#traceLife({ records, reborn: former !== undefined });
    this.#state = this.#protocol.machine.init(
      this.#config,
      { incarnation: this.#self.inc, records: decoded, former },
      this.#nowUs,
      this,
    );
    this.#traced?.machine.end(this.#state);
    this.#wake();
  }

  #openTrace(path: string): void {
    this.#traced = new ReplicaTrace({
      protocol: this.#protocol,
      node: this.#self.id,
      path,
      onEnd: (why) => {
        this.#log.warn('the trace ends', { path, why });
        this.#traced = undefined;
      },
    });
  }

  #traceLife(from: Pick<Life, 'records' | 'state' | 'reborn'>): void {
    this.#traced?.machine.begin({
      config: this.#config,
      incarnation: this.#self.inc,
      nowUs: this.#nowUs,
      lsn: this.#storage.lastLsn,
      ...from,
    });
  }

  /** In the middle of a life: from its state. */
  #traceFromHere(): void {
    this.#traceLife({ state: this.#protocol.machine.save(this.#state) });
    this.#traced?.machine.end(this.#state);
  }

  #endTrace(): void {
    this.#traced?.close();
    this.#traced = undefined;
  }

  #faultPoints(): FaultPoints {
    return new FaultPoints({
      clock: this.#clock,
      probe: () => this.#storage.probe(),
      onClock: () => {
        clearTimeout(this.#timeout);
        this.#timeoutUs = Infinity;
        this.#wake();
      },
    });
  }

  #onRequest(id: number, command: Command): void {
    this.#put({ kind: 'request', id, command, deadlineUs: 0 });
  }

  #onFrame(from: NodeRef, kind: number, bytes: Buffer, start: number, end: number): boolean {
    const message = this.#bytes.message(kind, bytes, start, end);
    if (message === undefined) return false;
    if (this.#log.verbosity === 2)
      this.#log.trace('receive', {
        from: nodeName(from.id),
        message: this.#protocol.show(message),
      });
    this.#put({ kind: 'message', from, message });
    return true;
  }

  #onDurable(lsn: number): void {
    this.#held.release(
      lsn,
      (to, frame) => this.#links.send(to, frame, 0, frame.length),
      (id, result) => this.#replyNow(id, result),
    );
    this.#put({ kind: 'durable', lsn });
  }

  #put(input: QueuedInput): void {
    this.#inputs.push(input);
    if (!this.#awake) this.#wake();
  }

  /** Asks for a turn: in the check phase, after the sockets of this turn were read. */
  #wake(): void {
    if (this.#awake) return;
    this.#awake = true;
    afterRead(() => this.#turn());
  }

  #turn(): void {
    this.#awake = false;
    if (this.#phase === 'stopped') return;
    if (this.#phase === 'running') this.#step();
    this.#storage.flush();
    this.#links.flush();
    this.#clients.flush();
    this.#traced?.flush();
  }

  #step(): void {
    const batch = this.#inputs;
    this.#inputs = [];
    const nowUs = (this.#nowUs = this.#cachedUs ?? this.#clock.nowUs());
    const deadlineUs = nowUs + Math.round(this.#options.opTimeoutMs * 1000);
    for (const input of batch) {
      if (input.kind === 'request') input.deadlineUs = deadlineUs;
      this.#take(input, nowUs);
      if (this.#phase !== 'running') return;
    }
    for (
      let timer = this.#timers.takeDue(nowUs);
      timer !== undefined;
      timer = this.#timers.takeDue(nowUs)
    ) {
      this.#take({ kind: 'timer', timer }, nowUs);
      if (this.#phase !== 'running') return;
    }
    this.#arm(nowUs);
    if (this.#config.bugs.has('cached-clock')) this.#cachedUs = this.#clock.nowUs();
  }

  #take(input: Input<unknown, unknown>, nowUs: number): void {
    this.#traced?.machine.input(input, nowUs);
    this.#protocol.machine.step(this.#state, input, nowUs, this);
    this.#traced?.machine.end(this.#state);
  }

  /** One timer of Node's for all of the machine's; when it goes off, a turn looks what is due. */
  #arm(nowUs: number): void {
    const nextUs = this.#timers.next();
    if (nextUs === undefined || nextUs >= this.#timeoutUs) return;
    clearTimeout(this.#timeout);
    this.#timeoutUs = nextUs;
    const ms = Math.max(1, Math.ceil(this.#clock.trueMs(nextUs - nowUs)));
    this.#timeout = setTimeout(() => {
      this.#timeoutUs = Infinity;
      this.#wake();
    }, ms);
  }

  #decodeRecord(bytes: Buffer): unknown {
    const record = this.#bytes.readRecord(bytes);
    if (record !== undefined) return record;
    throw new UserError(
      `the log in ${this.#options.dataDir} holds records that ${this.#protocol.name} does not know`,
      'It was written by another protocol or version: give another folder with --data.',
    );
  }

  #replyNow(id: number, result: Result): void {
    if (id > 0) return this.#clients.reply(id, result);
    this.#admins.get(id)?.done(adminReply(result));
    this.#admins.delete(id);
  }

  get #owner(): Owner {
    return { id: this.#self.id, cluster: this.#options.cluster };
  }

  /**
   * Removed from the view: what is under way is answered as unknown, a higher incarnation goes to the
   * disk, all links are closed, and the machine boots again from its log. Commands of administrators
   * that were not answered are given to it once more.
   */
  async #beReborn(): Promise<void> {
    this.#timers.clear();
    this.#held.dropFrames();
    this.#clients.replyAll({
      type: 'error',
      code: 'UNKNOWN',
      message: 'this replica was removed from the view',
    });
    this.#wake();
    const records = await this.#storage.reload();
    const { dataDir } = this.#options;
    const incarnation = Math.max(this.#self.inc + 1, Math.floor(this.#clock.wallMs()));
    this.#faults?.disk.beforeWrite(dataDir);
    await storeIncarnation(dataDir, this.#owner, incarnation);
    if (this.#phase !== 'reborn') return;
    this.#self = { id: this.#self.id, inc: incarnation };
    this.#inputs = this.#inputs.filter(
      (input) => input.kind === 'request' || input.kind === 'gone',
    );
    this.#links.reidentify(this.#self);
    this.#log.info('born anew', { incarnation });
    this.#boot(records, this.#state);
    for (const [id, { command }] of this.#admins) this.#put({ kind: 'admin', id, command });
  }
}
