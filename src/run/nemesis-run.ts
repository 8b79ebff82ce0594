/**
 * Carries out a schedule on a system: every fault is recorded before it is applied, proved by what
 * the system measured, and undone, also when the run is cut short. A kind of which no fault had an
 * effect (its node was dead just then, say) gets one more turn when all others are over.
 */
import type { NodeName } from '../base/operation.ts';
import type { Fault, FaultKind, FaultReport, Link } from '../faults/fault.ts';
import type { NemesisEvent } from '../history/event.ts';
import type { System } from '../system/system.ts';

/** What became of one planned fault. */
export interface FaultRecord {
  readonly fault: Fault;
  /** Nodes and links as they were resolved when it was injected. */
  readonly nodes: readonly NodeName[];
  readonly links: readonly Link[];
  /** Since the run began; undefined: it was never begun, or never ended. */
  readonly startNs: number | undefined;
  /** When it was told to end. What follows, up to `stopNs`, is the system's way back: a restart, say. */
  readonly endNs: number | undefined;
  readonly stopNs: number | undefined;
  readonly counters: Readonly<Record<string, number>>;
  /** Proof that it had an effect. */
  readonly bitten: boolean;
  readonly error: string | undefined;
}

type Draft = { -readonly [K in keyof FaultRecord]: FaultRecord[K] } & {
  state: 'planned' | 'starting' | 'on' | 'stopping' | 'off';
  cutShort: boolean;
};

export interface NemesisRunOptions {
  readonly system: Pick<System, 'nowNs' | 'at' | 'inject' | 'undo'>;
  readonly recorder: { nemesis(f: string, value: NemesisEvent['value']): NemesisEvent };
  readonly faults: readonly Fault[];
  /** A kind begins its one more turn. */
  readonly onAgain?: (kind: FaultKind) => void;
  /** A fault began or ended. */
  readonly onChange?: (record: FaultRecord, phase: 'start' | 'stop') => void;
  /** Called once: every fault that was begun is undone. */
  readonly onDone: () => void;
}

/** Kinds that end processes: by a signal, or because a disk that fails is not worked on with. */
const DEADLY: ReadonlySet<FaultKind> = new Set(['kill', 'disk']);

/** A write that failed just before a disk was mended may end a process on a busy machine a little later. */
const LATE_NS = 2e9;
/** How often a fault is tried to be undone, and when again. */
const UNDO_TRIES = 5;
const UNDO_AGAIN_NS = 500e6;
/** Before a second turn: nodes that were struck have time to come back. */
const AGAIN_NS = 3e9;

function draftOf(fault: Fault): Draft {
  return {
    fault,
    nodes: fault.nodes === 'leader' ? [] : fault.nodes,
    links: fault.links,
    startNs: undefined,
    endNs: undefined,
    stopNs: undefined,
    counters: {},
    bitten: false,
    error: undefined,
    state: 'planned',
    cutShort: false,
  };
}

export class NemesisRun {
  readonly #o: NemesisRunOptions;
  readonly #drafts: Draft[];
  #startNs = 0;
  #stopped = false;
  #done = false;
  /** Every kind had its second turn, if it needed one. */
  #tried = false;
  readonly #cancels: (() => void)[] = [];

  constructor(options: NemesisRunOptions) {
    this.#o = options;
    this.#drafts = options.faults.map(draftOf);
  }

  get records(): readonly FaultRecord[] {
    return this.#drafts;
  }

  /** True: a fault that is on, or just was, may end this node's process: its end proves nothing else. */
  explains(node: NodeName): boolean {
    const lately = this.#now() - LATE_NS;
    return this.#drafts.some(
      ({ fault, nodes, state, stopNs }) =>
        DEADLY.has(fault.kind) &&
        nodes.includes(node) &&
        state !== 'planned' &&
        (state !== 'off' || (stopNs ?? 0) > lately),
    );
  }

  /** Begins. The system's present time is the run's time 0. */
  start(): void {
    this.#startNs = this.#o.system.nowNs();
    for (const draft of this.#drafts) this.#at(draft.fault.atNs, () => this.#begin(draft));
    this.#checkDone();
  }

  /** Begins no further fault and undoes those that are on. Idempotent. */
  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#cancels.splice(0)) cancel();
    for (const draft of this.#drafts) {
      draft.cutShort = true;
      if (draft.state === 'on') this.#end(draft);
    }
    this.#checkDone();
  }

  /** Nothing is there any more that could be broken or mended: begins, undoes and tells nothing. */
  abandon(): void {
    this.#stopped = true;
    this.#done = true;
    for (const cancel of this.#cancels.splice(0)) cancel();
  }

  #begin(draft: Draft): void {
    draft.state = 'starting';
    draft.startNs = this.#now();
    this.#record('start', draft);
    this.#o.system.inject(draft.fault, (report) => {
      draft.state = 'on';
      this.#take(draft, report);
      this.#o.onChange?.(draft, 'start');
      if (draft.cutShort) this.#end(draft);
      else this.#at(draft.fault.atNs + draft.fault.forNs, () => this.#end(draft));
    });
  }

  #end(draft: Draft): void {
    if (draft.state !== 'on') return;
    draft.state = 'stopping';
    draft.endNs = this.#now();
    this.#undo(draft, UNDO_TRIES);
  }

  /** Again where it could not be taken back, so that it does not stay for the rest of the run. */
  #undo(draft: Draft, tries: number): void {
    const { system } = this.#o;
    system.undo(draft.fault.id, (report) => {
      if (report.left === true && tries > 1) {
        system.at(system.nowNs() + UNDO_AGAIN_NS, () => this.#undo(draft, tries - 1));
        return;
      }
      draft.state = 'off';
      draft.stopNs = this.#now();
      this.#take(draft, report);
      this.#record('stop', draft);
      this.#o.onChange?.(draft, 'stop');
      this.#checkDone();
    });
  }

  #take(draft: Draft, report: FaultReport): void {
    draft.nodes = report.nodes.length > 0 ? report.nodes : draft.nodes;
    draft.links = report.links.length > 0 ? report.links : draft.links;
    draft.counters = { ...draft.counters, ...report.counters };
    draft.bitten ||= report.bitten;
    draft.error ??= report.error;
  }

  #record(phase: 'start' | 'stop', draft: Draft): void {
    const { id, kind, shape, params } = draft.fault;
    const { nodes, links, counters, bitten, error } = draft;
    const measured =
      phase === 'stop'
        ? { endedNs: draft.endNs, counters, bitten, ...(error !== undefined && { error }) }
        : {};
    this.#o.recorder.nemesis(`${phase} ${kind}`, { id, shape, nodes, links, params, ...measured });
  }

  #now(): number {
    return this.#o.system.nowNs() - this.#startNs;
  }

  #at(sinceStartNs: number, fn: () => void): void {
    if (this.#stopped) return;
    this.#cancels.push(this.#o.system.at(this.#startNs + sinceStartNs, fn));
  }

  #checkDone(): void {
    const over = this.#drafts.every(
      ({ state }) => state === 'off' || (this.#stopped && state === 'planned'),
    );
    if (!over || this.#done) return;
    if (!this.#stopped && !this.#tried && this.#again()) return;
    this.#done = true;
    this.#o.onDone();
  }

  /** Plans one more turn for each kind that never bit, one after the other; false: there is none. */
  #again(): boolean {
    this.#tried = true;
    const toothless = [...new Set(this.#drafts.map(({ fault }) => fault.kind))].filter(
      (kind) => !this.#drafts.some(({ fault, bitten }) => fault.kind === kind && bitten),
    );
    let atNs = this.#now() + AGAIN_NS;
    let id = Math.max(0, ...this.#drafts.map(({ fault }) => fault.id));
    const drafts = toothless.map((kind) => {
      const own = this.#drafts.flatMap(({ fault }) => (fault.kind === kind ? [fault] : []));
      // What waits for a write has one right away: with all others over it may wait for long.
      const fault = own.find(({ params }) => 'atOnce' in params) ?? (own[0] as Fault);
      const params = 'atOnce' in fault.params ? { ...fault.params, atOnce: 1 } : fault.params;
      const again = draftOf({ ...fault, params, id: ++id, atNs });
      atNs += fault.forNs + AGAIN_NS;
      return again;
    });
    this.#drafts.push(...drafts);
    for (const draft of drafts)
      this.#at(draft.fault.atNs, () => {
        this.#o.onAgain?.(draft.fault.kind);
        this.#begin(draft);
      });
    return drafts.length > 0;
  }
}
