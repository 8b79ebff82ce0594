/**
 * All clients of a run: hands out operations by the pacing, records what was invoked and what came
 * back. Works on any system, real or simulated: its only clock and timers are the system's.
 */
import type { Op, Outcome } from '../base/operation.ts';
import type { Random } from '../base/random.ts';
import type { Fault } from '../faults/fault.ts';
import type { HistoryEvent } from '../history/event.ts';
import type { Recorder } from '../history/recorder.ts';
import type { System } from '../system/system.ts';
import type { KeyPool } from './key-pool.ts';
import { type Burst, type Pacing, planBursts } from './pacing.ts';
import { type Foreman, Worker } from './worker.ts';
import type { Workload } from './workload.ts';

export interface CrewOptions<S = unknown> {
  readonly system: Pick<System, 'nodes' | 'nowNs' | 'at' | 'session'>;
  readonly recorder: Pick<Recorder, 'invoke' | 'complete'>;
  readonly workload: Workload<S>;
  readonly state: S;
  readonly keys: KeyPool;
  /** Places of keys in use at one time. */
  readonly places: number;
  /** Number of clients; client w works on node w mod n and begins as process w. */
  readonly clients: number;
  readonly ops: number;
  readonly pacing: Pacing;
  /** For bursts: the schedule around which they are laid. */
  readonly faults: readonly Fault[];
  /** End of the schedule, since the first operation: from then on what is left is done back to back. */
  readonly endNs: number;
  readonly random: Random;
  /** Exactly these, in the order of time: then neither workload nor pacing is asked. */
  readonly operations?: readonly PlannedOperation[] | undefined;
  /** Each event, right after it was recorded; completions come with their invocation. */
  readonly onEvent?: (event: HistoryEvent, invocation?: HistoryEvent) => void;
  /** Called once: everything is done (or was stopped) and nothing is open. */
  readonly onDone: () => void;
}

/** An operation that is settled: who asks what, and when. */
export interface PlannedOperation extends Op {
  /** Client w works on node w mod n. */
  readonly client: number;
  /** Since the run began. A client that is busy or cut off does it as soon as it can. */
  readonly atNs: number;
}

const MS = 1e6;

export class Crew<S = unknown> implements Foreman {
  readonly system: CrewOptions['system'];
  readonly count: number;
  readonly workers: readonly Worker[];
  readonly #o: CrewOptions<S>;
  #startNs = 0;
  #left: number;
  #open = 0;
  #places: readonly number[] = [];
  #tickets = 0;
  #stopped = false;
  #done = false;
  #turn = 0;
  #cancels: (() => void)[] = [];
  /** Per client: planned operations whose time has come. */
  readonly #planned: Op[][];

  constructor(options: CrewOptions<S>) {
    this.#o = options;
    this.system = options.system;
    this.count = options.clients;
    this.#left = options.ops;
    this.#planned = Array.from({ length: options.clients }, () => []);
    const { nodes } = options.system;
    this.workers = Array.from({ length: options.clients }, (_, w) => {
      const node = nodes[w % nodes.length] as string;
      return new Worker(
        this,
        w,
        node,
        options.system.session(node),
        options.random.split(`client ${w}`),
      );
    });
  }

  /** Operations that were invoked so far. */
  get invokedCount(): number {
    return this.#o.ops - this.#left;
  }

  /** Begins. The system's present time is the run's time 0. */
  start(): void {
    const { pacing, faults, endNs, random } = this.#o;
    this.#startNs = this.system.nowNs();
    if (this.#o.operations !== undefined) return this.#byPlan(this.#o.operations);
    if (pacing === 'max') return this.#closedLoop();
    if (pacing !== 'bursts') return this.#ticket(pacing.opsPerSecond);
    const bursts = planBursts(random.split('bursts'), faults, endNs, {
      clients: this.count,
      nodes: this.system.nodes.length,
      ops: this.#o.ops,
      keys: this.#o.places,
      drawPlace: (own) => this.#o.keys.drawPlace(own),
    });
    for (const burst of bursts) {
      this.#at(burst.atNs, () => {
        this.#places = burst.places;
        for (const [w, worker] of this.workers.entries()) this.#give(worker, burst, w);
      });
    }
    this.#at(endNs, () => {
      this.#places = [];
      this.#closedLoop();
    });
  }

  /** No further operation; those that are open are waited for (`onDone`). Idempotent. */
  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#cancels.splice(0)) cancel();
    this.#checkDone();
  }

  /** Closes all sessions. What is still open stays without an outcome. */
  close(): void {
    this.stop();
    for (const worker of this.workers) worker.close();
  }

  next(worker: Worker): Op | 'wait' | 'done' {
    if (this.#stopped || this.#left <= 0) return 'done';
    if (this.#o.operations !== undefined)
      return this.#planned[this.workers.indexOf(worker)]?.shift() ?? 'done';
    const { keys, workload, state } = this.#o;
    const place =
      this.#places.length > 0 ? worker.random.pick(this.#places) : keys.drawPlace(worker.random);
    const key = keys.at(place);
    const seen = worker.seen.get(key);
    return workload.next(state, {
      process: worker.process,
      node: worker.node,
      key,
      random: worker.random,
      seen,
    });
  }

  invoked(worker: Worker, op: Op): HistoryEvent {
    this.#left -= 1;
    this.#open += 1;
    this.#o.keys.invoked(op.key);
    const event = this.#o.recorder.invoke(worker.process, op, worker.node);
    this.#tell(event);
    return event;
  }

  completed(_worker: Worker, invocation: HistoryEvent, outcome: Outcome): void {
    const event = this.#o.recorder.complete(invocation, outcome);
    this.#open -= 1;
    if (outcome.type === 'info') this.#o.keys.unknown(invocation.key as number);
    this.#tell(event, invocation);
    this.#checkDone();
  }

  ended(): void {
    this.#checkDone();
  }

  #tell(event: HistoryEvent, invocation?: HistoryEvent): void {
    this.#o.workload.update?.(this.#o.state, event);
    this.#o.onEvent?.(event, invocation);
  }

  #byPlan(operations: readonly PlannedOperation[]): void {
    for (const { client, atNs, f, key, value } of operations)
      this.#at(atNs, () => {
        this.#planned[client]?.push({ f, key, value });
        const worker = this.workers[client];
        if (worker === undefined) return;
        worker.due += 1;
        worker.wake();
      });
    if (operations.length === 0) this.stop();
  }

  #give(worker: Worker, burst: Burst, w: number): void {
    const begin = (): void => {
      worker.due += burst.counts[w] ?? 0;
      worker.wake();
    };
    const lateNs = burst.latesNs[w] ?? 0;
    if (lateNs === 0) begin();
    else this.#at(burst.atNs + lateNs, begin);
  }

  #closedLoop(): void {
    for (const worker of this.workers) worker.due = Number.POSITIVE_INFINITY;
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const worker of this.workers) worker.wake();
  }

  /** A flat rate: as many tickets as are due by now, each to a client that is free, in turn. */
  #ticket(opsPerSecond: number): void {
    const stepNs = Math.max(MS, 1e9 / opsPerSecond);
    let given = 0;
    const tick = (): void => {
      const elapsedNs = this.system.nowNs() - this.#startNs;
      const due = Math.floor((elapsedNs / 1e9) * opsPerSecond) + 1;
      // What nobody was free to do is given up, but for one ticket per client.
      this.#tickets = Math.min(this.count, this.#tickets + due - given);
      given = due;
      this.#handOut();
      if (this.#left > 0) this.#at(elapsedNs + stepNs, tick);
    };
    tick();
  }

  #handOut(): void {
    for (let tried = 0; this.#tickets > 0 && tried < this.count; tried++) {
      const worker = this.workers[this.#turn++ % this.count] as Worker;
      if (!worker.idle || worker.due > 0) continue;
      this.#tickets -= 1;
      worker.due = 1;
      worker.wake();
    }
  }

  #at(sinceStartNs: number, fn: () => void): void {
    const cancel = this.system.at(this.#startNs + sinceStartNs, () => {
      if (!this.#stopped) fn();
    });
    this.#cancels.push(cancel);
  }

  #checkDone(): void {
    const over = this.#stopped || this.#left <= 0 || this.workers.every((worker) => worker.ended);
    if (!over || this.#open > 0 || this.#done) return;
    this.#done = true;
    this.#o.onDone();
  }
}
