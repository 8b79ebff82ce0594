/**
 * A running cluster as a `System`: clients talk to the nodes themselves, faults go to the holder.
 */
import type { NodeName, NodeStatus, Op, Outcome } from '../base/operation.ts';
import { NOT_CONNECTED } from '../base/outcomes.ts';
import type { Fault, FaultReport } from '../faults/fault.ts';
import type {
  Capabilities,
  NodeInfo,
  Peek,
  Session,
  System,
  SystemEvent,
  Target,
} from '../system/system.ts';
import { type HolderClient, lastWordsOf, type OwnHolder } from './holder/holder-client.ts';
import { CLIENT_TIMEOUT_MS, ClusterSession } from './session.ts';
import { resolveLeader } from './resolve-leader.ts';
import { untilAnswers } from './until-ready.ts';

/** How long a node may take to describe itself, in ms. */
const STATUS_WITHIN_MS = 300;
const PEEK_WITHIN_MS = 1_000;
const BACK_WITHIN_MS = 30_000;
const DOWN_WITHIN_MS = 10_000;

export interface ClusterParts {
  readonly client: HolderClient;
  /** Absent: the cluster belongs to somebody else, and `stop` leaves it running. */
  readonly own: OwnHolder | undefined;
  readonly target: Target;
  readonly infos: readonly NodeInfo[];
  readonly capabilities: Capabilities;
  readonly clientTimeoutMs: number | undefined;
}

export class ClusterSystem implements System {
  readonly nodes: readonly NodeName[];
  readonly infos: readonly NodeInfo[];
  readonly capabilities: Capabilities;
  readonly peek?: NonNullable<System['peek']>;
  readonly #parts: ClusterParts;
  readonly #sessions = new Set<Session>();
  readonly #timers = new Set<() => void>();
  readonly #listeners: ((event: SystemEvent) => void)[] = [];
  readonly #began = process.hrtime.bigint();
  readonly #finished: Promise<void>;
  /** Kinds of the faults that are on. */
  readonly #kinds = new Map<number, Fault['kind']>();
  #finish: () => void = () => {};
  #stopped: Promise<{ left: readonly string[] }> | undefined;
  #kept = false;
  /** The holder ended by itself: whoever answers at the old addresses may be anybody. */
  #gone = false;
  /** Nodes at whose address somebody else was found. */
  readonly #strangers = new Set<NodeName>();

  constructor(parts: ClusterParts) {
    this.#parts = parts;
    this.infos = parts.infos;
    this.nodes = parts.infos.map(({ name }) => name);
    this.capabilities = parts.capabilities;
    this.#finished = new Promise((resolve) => (this.#finish = resolve));
    parts.client.onEvent((event) => this.#tell(event as SystemEvent));
    void parts.client.closed.then(() => this.#lost());
    if (parts.target.peek !== undefined) this.peek = this.#peek;
  }

  nowNs(): number {
    return Number(process.hrtime.bigint() - this.#began);
  }

  at(ns: number, fn: () => void): () => void {
    let timer: NodeJS.Timeout | undefined;
    const cancel = (): void => {
      clearTimeout(timer);
      this.#timers.delete(cancel);
    };
    const look = (): void => {
      const left = ns - this.nowNs();
      if (left > 0) {
        timer = setTimeout(look, Math.ceil(left / 1e6));
        return;
      }
      this.#timers.delete(cancel);
      fn();
    };
    this.#timers.add(cancel);
    timer = setTimeout(look, Math.max(0, Math.ceil((ns - this.nowNs()) / 1e6)));
    return cancel;
  }

  session(node: NodeName): Session {
    const timeoutMs = this.#parts.clientTimeoutMs ?? CLIENT_TIMEOUT_MS;
    const session = new ClusterSession(
      this.#parts.target,
      this.#info(node),
      timeoutMs,
      ({ message }) => this.#stranger(node, message),
    );
    const listed: Session = {
      onUp: (fn) => session.onUp(fn),
      submit: (op: Op, done: (outcome: Outcome) => void) => {
        if (this.#gone) queueMicrotask(() => done(NOT_CONNECTED));
        else session.submit(op, done);
      },
      close: () => {
        this.#sessions.delete(listed);
        session.close();
      },
    };
    this.#sessions.add(listed);
    return listed;
  }

  inject(fault: Fault, done: (report: FaultReport) => void): void {
    this.#kinds.set(fault.id, fault.kind);
    this.#inject(fault).then(done, (error: Error) => done(failed(fault.id, error)));
  }

  undo(id: number, done: (report: FaultReport) => void): void {
    this.#undo(id).then(done, (error: Error) => done(failed(id, error)));
  }

  status(node: NodeName, done: (status: NodeStatus | undefined) => void): void {
    const { target } = this.#parts;
    if (target.status === undefined) queueMicrotask(() => done(undefined));
    else
      target
        .status(this.#info(node), AbortSignal.timeout(STATUS_WITHIN_MS))
        .then(done, () => done(undefined));
  }

  onEvent(fn: (event: SystemEvent) => void): void {
    this.#listeners.push(fn);
  }

  run(): Promise<void> {
    return this.#finished;
  }

  finish(): void {
    this.#finish();
  }

  /** From now on the cluster outlives this process, and `stop` leaves it running. */
  async keep(): Promise<void> {
    await this.#parts.client.call('keep', {});
    this.#parts.own?.release();
    this.#kept = true;
  }

  stop(): Promise<{ left: readonly string[] }> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** The holder's end is the cluster's: its programs die with it. */
  #lost(): void {
    if (this.#stopped !== undefined) return;
    this.#gone = true;
    const { client, own } = this.#parts;
    const tell = (how: string): void =>
      this.#tell({
        type: 'gone',
        text: `the holder of the cluster is gone${how}`,
        log: own?.lastWords() ?? lastWordsOf(client.name),
      });
    if (own === undefined) tell('');
    else void own.gone.then(tell);
  }

  /** Told once of each node. */
  #stranger(node: NodeName, text: string): void {
    if (this.#strangers.has(node) || this.#gone) return;
    this.#strangers.add(node);
    this.#tell({ type: 'note', text: `${text}: no client uses it` });
  }

  async #stop(): Promise<{ left: readonly string[] }> {
    this.finish();
    for (const cancel of [...this.#timers]) cancel();
    for (const session of [...this.#sessions]) session.close();
    const { client, own } = this.#parts;
    if (own === undefined || this.#kept) {
      client.close();
      return { left: [] };
    }
    const down = client.call('down', {}).catch(() => ({ left: [] }));
    const late = AbortSignal.timeout(DOWN_WITHIN_MS);
    const gaveUp = new Promise<{ left: string[] }>((resolve) => {
      const left = [`the holder did not end within ${DOWN_WITHIN_MS / 1000} s`];
      late.addEventListener('abort', () => resolve({ left }));
    });
    const result = await Promise.race([down, gaveUp]);
    client.close();
    own.end();
    await Promise.race([own.gone, gaveUp]);
    return result;
  }

  async #inject(fault: Fault): Promise<FaultReport> {
    const { client, target } = this.#parts;
    return client.call('inject', { fault: await resolveLeader(fault, target, this.infos) });
  }

  /** A node that a fault killed is back when it answers again; when it serves is for others to see. */
  async #undo(id: number): Promise<FaultReport> {
    const kind = this.#kinds.get(id);
    const { client, target } = this.#parts;
    const report = await client.call('undo', { id });
    if (report.left === true) return report;
    this.#kinds.delete(id);
    if (kind !== 'kill' || report.error !== undefined) return report;
    // Another fault that is still on may keep a node down.
    const { nodes } = await client.call('describe', {});
    const up = nodes.filter(({ name, state }) => report.nodes.includes(name) && state !== 'down');
    try {
      const late = AbortSignal.timeout(BACK_WITHIN_MS);
      await Promise.all(up.map((node) => untilAnswers(target, node, late)));
      return report;
    } catch (error) {
      return { ...report, error: (error as Error).message };
    }
  }

  readonly #peek = (
    node: NodeName,
    key: number,
    done: (peek: Peek | { readonly error: string }) => void,
  ): void => {
    const signal = AbortSignal.timeout(PEEK_WITHIN_MS);
    this.#parts.target
      .peek?.(this.#info(node), key, signal)
      .then(done, (error: Error) => done({ error: error.message }));
  };

  #info(node: NodeName): NodeInfo {
    const info = this.infos.find(({ name }) => name === node);
    if (info === undefined) throw new Error(`there is no node ${node}`);
    return info;
  }

  #tell(event: SystemEvent): void {
    for (const fn of this.#listeners) fn(event);
  }
}

function failed(id: number, error: Error): FaultReport {
  return { id, links: [], nodes: [], counters: {}, bitten: false, error: error.message };
}
