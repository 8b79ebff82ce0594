/**
 * One run on an open system, from the first operation to the last look at the replicas:
 * clients and faults; then everything is healed, and all nodes have time to come back; then every key
 * is read on every node, and what each replica holds is compared. Works on any system; its only clock
 * is the system's.
 */
import type { NodeName, NodeStatus, Op } from '../base/operation.ts';
import { random } from '../base/random.ts';
import { Crew } from '../clients/crew.ts';
import { finalReads, type NotServed } from '../clients/final-reads.ts';
import { KeyPool } from '../clients/key-pool.ts';
import type { Workload } from '../clients/workload.ts';
import { scheduleEndNs } from '../faults/fault-schedule.ts';
import { keepsPromises } from '../faults/promises.ts';
import type { Follower, FollowProgress } from '../checkers/online/follower.ts';
import type { FoundViolation } from '../checkers/online/follows.ts';
import type { HistoryEvent } from '../history/event.ts';
import type { Recorder } from '../history/recorder.ts';
import type { System, SystemEvent } from '../system/system.ts';
import { awaitServing, type NotRecovered } from './await-serving.ts';
import { comparePeeks } from './compare-peeks.ts';
import { type FaultRecord, NemesisRun } from './nemesis-run.ts';
import { NodeChanges, type TimedChange } from './node-changes.ts';
import type { Plan } from './plan.ts';
import type { RunClock } from './run-clock.ts';
import { Tally } from './tally.ts';

/** A replica that ended by itself. */
export type Crash = Extract<SystemEvent, { type: 'exit' }> & { readonly timeNs: number };

/** Whoever held the system together ended in mid-run. */
export type Gone = Extract<SystemEvent, { type: 'gone' }> & { readonly timeNs: number };

/** What a watch inside the system found wrong. */
export type Broken = Extract<SystemEvent, { type: 'broken' }> & { readonly timeNs: number };

/** A violation that was seen while the run went on, and when. */
export interface SeenViolation extends FoundViolation {
  readonly timeNs: number;
  /** Did the run end for it? */
  readonly stopped: boolean;
}

export type Phase = 'working' | 'healing' | 'rejoining' | 'reading' | 'comparing' | 'done';

/** The state of a run while it goes on: live views look at it when they like. */
export interface Progress {
  readonly phase: Phase;
  readonly timeNs: number;
  readonly tally: Tally;
  readonly faults: readonly FaultRecord[];
  readonly status: ReadonlyMap<NodeName, NodeStatus | undefined>;
  /** How far the check is that goes along; absent: what is recorded cannot be followed. */
  readonly followed?: FollowProgress | undefined;
}

export interface DriveOptions {
  readonly plan: Plan;
  readonly system: System;
  readonly workload: Workload;
  /** Set to 0 when the first operation is about to begin. */
  readonly clock: RunClock;
  /** On that clock. */
  readonly recorder: Recorder;
  /** Told of every event of the clients, as it is recorded. */
  readonly follower?: Follower | undefined;
  /** No further operation or fault once the follower has found a violation. */
  readonly stopOnViolation?: boolean | undefined;
  /** Lines of `events.jsonl`; absent: nobody wants them. */
  readonly sample?: (line: Readonly<Record<string, unknown>>) => void;
  /** Handed over once, at the start. */
  readonly onProgress?: (look: () => Progress) => void;
}

export interface Driven {
  readonly faults: readonly FaultRecord[];
  readonly tally: Tally;
  /** Nodes that did not serve again after everything was healed. */
  readonly notRecovered: readonly NotRecovered[];
  readonly notServed: readonly NotServed[];
  readonly crashes: readonly Crash[];
  /** States, views and leases of the nodes, as they changed. */
  readonly changes: readonly TimedChange[];
  /** The system went away under the run: nothing that was recorded counts. */
  readonly gone?: Gone | undefined;
  /** A watch inside the system found something wrong, and the run ended there. */
  readonly broken?: Broken | undefined;
  /** The run was cut short on request. */
  readonly interrupted: boolean;
  /** What was found wrong with the history while it was recorded. */
  readonly violation?: SeenViolation | undefined;
  /** What could not be judged while it was recorded, in words. */
  readonly judgedLate: readonly string[];
  /** From the first operation to the end of the last look. */
  readonly durationNs: number;
  readonly notes: readonly string[];
}

const MS = 1e6;
const SAMPLE_NS = 100 * MS;
/** Beyond the client's own time-out: then an open operation stays open. */
const LINGER_NS = 3000 * MS;
const SETTLE_NS = 200 * MS;

export class Drive {
  readonly #o: DriveOptions;
  readonly #tally = new Tally();
  readonly #keys: KeyPool;
  readonly #crew: Crew;
  readonly #nemesis: NemesisRun;
  readonly #status = new Map<NodeName, NodeStatus | undefined>();
  readonly #looks = new NodeChanges();
  readonly #changes: TimedChange[] = [];
  readonly #crashes: Crash[] = [];
  readonly #notes: string[] = [];
  readonly #state: unknown;
  #phase: Phase = 'working';
  #crewDone = false;
  #nemesisDone = false;
  #interrupted = false;
  #gone: Gone | undefined;
  #broken: Broken | undefined;
  #violation: SeenViolation | undefined;
  #notRecovered: readonly NotRecovered[] = [];
  #end: ((driven: Driven) => void) | undefined;

  constructor(options: DriveOptions) {
    this.#o = options;
    const { plan, system, recorder, workload } = options;
    const broken = keepsPromises(plan.faults, plan.nodes);
    if (broken !== undefined)
      this.#notes.push(`the schedule breaks what the protocol relies on: ${broken}`);
    const { keys, opsPerKey, distribution, mix, valueBytes, txnLength } = plan.workload;
    this.#keys = new KeyPool({ keys, opsPerKey, distribution });
    this.#state = workload.init({ keys, ops: plan.ops, mix, valueBytes, txnLength });
    this.#crew = new Crew({
      system,
      recorder,
      workload,
      state: this.#state,
      keys: this.#keys,
      places: keys,
      clients: plan.clients.count,
      ops: plan.operations?.length ?? plan.ops,
      operations: plan.operations,
      pacing: plan.clients.pacing,
      faults: plan.faults,
      endNs: scheduleEndNs(plan.faults),
      random: random(plan.seed).split('clients'),
      onEvent: (event, invocation) => {
        this.#tally.take(event, invocation);
        this.#follow(event);
      },
      onDone: () => {
        this.#crewDone = true;
        this.#checkWorked();
      },
    });
    this.#nemesis = new NemesisRun({
      system,
      recorder,
      faults: plan.faults,
      onAgain: (kind) =>
        this.#notes.push(`${kind} had no effect as planned, and got one more turn at the end`),
      onChange: ({ fault, nodes, links, counters, bitten, error }, phase) =>
        this.#sample({
          type: 'fault',
          phase,
          id: fault.id,
          kind: fault.kind,
          shape: fault.shape,
          nodes,
          links,
          counters,
          bitten,
          error,
        }),
      onDone: () => {
        this.#nemesisDone = true;
        this.#checkWorked();
      },
    });
  }

  /** Runs to the end. Resolves always, whatever broke: what broke is in the result. */
  async run(): Promise<Driven> {
    const { system, plan, clock } = this.#o;
    system.onEvent((event) => this.#take(event));
    const ended = new Promise<Driven>((resolve) => {
      this.#end = resolve;
    });
    clock.begin();
    this.#o.onProgress?.(() => this.#progress());
    this.#sampleAll();
    this.#crew.start();
    this.#nemesis.start();
    system.at(clock.systemNs(plan.timeLimitMs * MS), () => this.#stopWork());
    const running = system.run();
    const driven = await ended;
    await running;
    return driven;
  }

  /** Finishes cleanly and soon: no further operation or fault, a final look, the end. Idempotent. */
  interrupt(): void {
    if (this.#phase === 'done') return;
    this.#interrupted = true;
    this.#stopWork();
  }

  #progress(): Progress {
    return {
      phase: this.#phase,
      timeNs: this.#o.clock.nowNs(),
      tally: this.#tally,
      faults: this.#nemesis.records,
      status: this.#status,
      followed: this.#o.follower?.idle === false ? this.#o.follower.progress : undefined,
    };
  }

  #follow(event: HistoryEvent): void {
    const { follower, stopOnViolation } = this.#o;
    if (follower === undefined || this.#violation !== undefined) return;
    follower.take(event);
    const found = follower.violation;
    if (found === undefined) return;
    const stopped = stopOnViolation === true && this.#phase === 'working';
    this.#violation = { ...found, timeNs: this.#o.clock.nowNs(), stopped };
    if (stopped) this.#stopWork();
  }

  #stopWork(): void {
    if (this.#phase !== 'working') return;
    const { system, plan } = this.#o;
    this.#crew.stop();
    this.#nemesis.stop();
    const lingerNs = plan.clients.timeoutMs * MS + LINGER_NS;
    system.at(system.nowNs() + lingerNs, () => this.#heal());
  }

  #checkWorked(): void {
    if (this.#crewDone && this.#nemesisDone) this.#heal();
  }

  #enter(phase: Phase): void {
    this.#sample({ type: 'phase', phase });
    this.#phase = phase;
  }

  #heal(): void {
    if (this.#phase !== 'working') return;
    this.#enter('healing');
    this.#crew.close();
    const { system } = this.#o;
    system.at(system.nowNs() + SETTLE_NS, () => this.#awaitAll());
  }

  #awaitAll(): void {
    if (this.#phase === 'done') return;
    this.#enter('rejoining');
    const { system, plan } = this.#o;
    const untilNs = system.nowNs() + plan.final.rejoinMs * MS;
    const status: System['status'] = (node, done) =>
      system.status(node, (said) => {
        this.#saw(node, said);
        done(said);
      });
    const looked = { nowNs: () => system.nowNs(), at: system.at.bind(system), status };
    const options = { system: looked, nodes: this.#alive(), known: this.#status, untilNs };
    awaitServing(options, (notRecovered) => {
      this.#notRecovered = notRecovered;
      this.#readAll();
    });
  }

  #readAll(): void {
    if (this.#phase === 'done') return;
    this.#enter('reading');
    const { system, recorder, plan, workload } = this.#o;
    const ops: readonly Op[] =
      workload.final?.(this.#state) ??
      this.#keys.used.map((key) => ({ f: 'read', key, value: null }));
    const untilNs = system.nowNs() + plan.final.timeoutMs * MS;
    const firstProcess =
      Math.max(0, ...this.#crew.workers.map(({ process }) => process)) + plan.clients.count;
    finalReads(
      { system, recorder, nodes: this.#alive(), ops, firstProcess, untilNs },
      (notServed) => {
        this.#compare(notServed, untilNs);
      },
    );
  }

  /** Nodes that did not crash, and came back. */
  #alive(): readonly NodeName[] {
    const gone = new Set([...this.#crashes, ...this.#notRecovered].map(({ node }) => node));
    return this.#o.system.nodes.filter((node) => !gone.has(node));
  }

  #compare(notServed: readonly NotServed[], untilNs: number): void {
    if (this.#phase === 'done') return;
    this.#enter('comparing');
    const { system, recorder } = this.#o;
    const options = { system, recorder, nodes: this.#alive(), keys: this.#keys.used, untilNs };
    comparePeeks(options, () => this.#finish(notServed));
  }

  #finish(notServed: readonly NotServed[]): void {
    if (this.#phase === 'done') return;
    this.#enter('done');
    const { system } = this.#o;
    this.#end?.({
      faults: this.#nemesis.records,
      tally: this.#tally,
      notRecovered: this.#notRecovered,
      notServed,
      crashes: this.#crashes,
      changes: this.#changes,
      gone: this.#gone,
      broken: this.#broken,
      interrupted: this.#interrupted,
      violation: this.#violation,
      judgedLate: this.#o.follower?.left ?? [],
      durationNs: this.#o.clock.nowNs(),
      notes: this.#notes,
    });
    system.finish();
  }

  #take(event: SystemEvent): void {
    if (this.#phase === 'done') return;
    this.#sample(event);
    if (event.type === 'note') this.#notes.push(event.text);
    if (event.type === 'status') this.#saw(event.node, event.status);
    if (event.type === 'gone') {
      this.#gone = { ...event, timeNs: this.#o.clock.nowNs() };
      this.#giveUp(event.text);
    }
    if (event.type === 'broken') {
      this.#broken = { ...event, timeNs: this.#o.clock.nowNs() };
      this.#giveUp(`${event.name}: ${event.text}`);
    }
    if (event.type !== 'exit' || this.#nemesis.explains(event.node)) return;
    this.#crashes.push({ ...event, timeNs: this.#o.clock.nowNs() });
    this.#stopWork();
  }

  /** At once, without a last look: there is nothing left to look at. */
  #giveUp(why: string): void {
    this.#notes.push(why);
    this.#crew.close();
    this.#nemesis.abandon();
    this.#finish([]);
  }

  /** The state of every node, each 100 ms, until the run is over. */
  #sampleAll(): void {
    const { system } = this.#o;
    if (this.#phase === 'done') return;
    for (const node of system.nodes) {
      system.status(node, (status) => {
        this.#sample({ type: 'status', node, status: status ?? null });
        this.#saw(node, status);
      });
    }
    system.at(system.nowNs() + SAMPLE_NS, () => this.#sampleAll());
  }

  #saw(node: NodeName, status: NodeStatus | undefined): void {
    if (this.#phase === 'done') return;
    this.#status.set(node, status);
    for (const change of this.#looks.of(node, status)) {
      this.#changes.push({ ...change, timeNs: this.#o.clock.nowNs() });
      this.#sample({ ...change });
    }
    if (status?.state === 'lost') this.#giveUpIfLost();
  }

  /** Where all nodes know that the data is gone no further operation can succeed. */
  #giveUpIfLost(): void {
    const { nodes } = this.#o.system;
    if (nodes.every((node) => this.#status.get(node)?.state === 'lost')) this.#stopWork();
  }

  #sample(line: Readonly<Record<string, unknown>>): void {
    if (this.#phase !== 'done') this.#o.sample?.({ time: this.#o.clock.nowNs(), ...line });
  }
}
