/**
 * Faults inside the programs (clock, disk), as their target applies them: applied again when a node
 * starts during the fault, and undone. A node that ended because its disk failed is started again when
 * the fault is over; its end is what the fault did, no crash.
 */
import type { NodeName } from '../../base/operation.ts';
import type { Fault, FaultReport } from '../../faults/fault.ts';
import { Refused } from '../targets/hermes-admin.ts';
import type { NodeInfo, ProgramFaults as TargetFaults, Target } from '../../system/system.ts';

export interface ProgramReach {
  target(): Promise<Target>;
  infos(): readonly NodeInfo[];
  /** True: the node has no program that runs. */
  down(node: NodeName): Promise<boolean>;
  /** True: another fault keeps the node down. */
  keptDown(node: NodeName): boolean;
  restart(node: NodeName): Promise<boolean>;
  /** The cluster is being stopped. */
  readonly signal: AbortSignal;
}

/** How long a node may take to answer, in ms: it may stand still, or just be starting. */
const ANSWER_WITHIN_MS = 1_000;
const START_WITHIN_MS = 8_000;
/** A node that does not answer any more may be ending. */
const END_WITHIN_MS = 1_000;
const AGAIN_MS = 50;
/** The smallest move of a clock that is told from the time that reading it takes, in µs. */
const LEAST_MOVE_US = 50;

type Counts = Record<string, number>;

interface Applied {
  readonly fault: Fault;
  readonly nodes: readonly NodeName[];
  readonly counters: Counts;
  /** Nodes that ended of it. */
  readonly ended: Set<NodeName>;
  /** It was told to end. */
  over: boolean;
  done: Promise<void>;
}

export class ProgramFaults {
  readonly #reach: ProgramReach;
  readonly #applied = new Map<number, Applied>();

  constructor(reach: ProgramReach) {
    this.#reach = reach;
  }

  /** Never rejects: what went wrong is in the report. */
  async inject(fault: Fault): Promise<FaultReport> {
    const nodes = fault.nodes === 'leader' ? [] : fault.nodes;
    const applied: Applied = {
      fault,
      nodes,
      counters: {},
      ended: new Set(),
      over: false,
      done: Promise.resolve(),
    };
    if (this.#applied.has(fault.id)) return report(applied, `fault ${fault.id} is on already`);
    this.#applied.set(fault.id, applied);
    try {
      const faults = await this.#faults();
      applied.done = this.#applyTo(applied, nodes, faults);
      await applied.done;
      return report(applied);
    } catch (error) {
      this.#applied.delete(fault.id);
      return report(applied, (error as Error).message);
    }
  }

  /** Never rejects. */
  async undo(id: number): Promise<FaultReport> {
    const applied = this.#applied.get(id);
    if (applied === undefined) throw new Error(`no fault ${id} is on`);
    // A node that is started again by this must not get it once more.
    applied.over = true;
    await applied.done.catch(() => {});
    try {
      const faults = await this.#faults();
      const undone = applied.nodes.map((node) => this.#undoOn(applied, node, faults));
      await Promise.all(undone);
      return report(applied);
    } catch (error) {
      return report(applied, (error as Error).message);
    } finally {
      this.#applied.delete(id);
    }
  }

  /** A program ended that nobody told to. */
  exited(node: NodeName): void {
    for (const { fault, nodes, ended } of this.#applied.values())
      if (fault.kind === 'disk' && nodes.includes(node)) ended.add(node);
  }

  /** A node was started again: what is on strikes it too. */
  async restarted(node: NodeName): Promise<void> {
    const faults = await this.#faults();
    const on = [...this.#applied.values()].filter(
      ({ nodes, over }) => !over && nodes.includes(node),
    );
    await Promise.all(
      on.map(async (applied) => {
        const again = this.#untilApplied(applied, node, faults);
        // Whoever began it hears what went wrong; here it only has to be over.
        applied.done = Promise.allSettled([applied.done, again]).then(() => {});
        await again;
      }),
    ).catch(() => {});
  }

  async #faults(): Promise<TargetFaults> {
    const target = await this.#reach.target();
    if (target.faults === undefined)
      throw new Error(`the program of ${target.name} has no fault points`);
    return target.faults;
  }

  async #applyTo(
    applied: Applied,
    nodes: readonly NodeName[],
    faults: TargetFaults,
  ): Promise<void> {
    await Promise.all(
      nodes.map(async (node) => {
        const info = this.#info(node);
        // A node that is down, still starts, or stands still gets it when it answers.
        if (await this.#reach.down(node)) return;
        const signal = this.#within(ANSWER_WITHIN_MS);
        try {
          add(applied.counters, await faults.apply(info, applied.fault, signal));
        } catch (error) {
          if (error instanceof Refused) throw error;
          void this.#untilApplied(applied, node, faults).catch(() => {});
        }
      }),
    );
  }

  async #untilApplied(applied: Applied, node: NodeName, faults: TargetFaults): Promise<void> {
    const end = this.#within(START_WITHIN_MS);
    while (!end.aborted && !applied.over && this.#applied.get(applied.fault.id) === applied) {
      try {
        const late = this.#within(ANSWER_WITHIN_MS);
        return add(applied.counters, await faults.apply(this.#info(node), applied.fault, late));
      } catch {
        await sleep(AGAIN_MS);
      }
    }
  }

  async #undoOn(applied: Applied, node: NodeName, faults: TargetFaults): Promise<void> {
    const { fault, counters } = applied;
    if (!this.#reach.infos().some(({ name }) => name === node)) return;
    if (!(await this.#reach.down(node))) {
      const late = this.#within(ANSWER_WITHIN_MS);
      const said = await faults.undo(this.#info(node), fault, late).catch(() => undefined);
      if (said !== undefined) {
        add(counters, said);
        return this.#others(applied, node, faults);
      }
      // It stands still: then it goes on without the fault as soon as it answers.
      if (!(await this.#ends(node)))
        return void this.#untilUndone(fault, node, faults).catch(() => {});
    }
    if (fault.kind !== 'disk' || !applied.ended.has(node)) return;
    add(counters, { died: 1 });
    if (this.#reach.keptDown(node)) return;
    if (await this.#reach.restart(node)) add(counters, { restarted: 1 });
  }

  /** Undoing one fault of a kind undoes all of it in the program: the others begin again. */
  async #others(over: Applied, node: NodeName, faults: TargetFaults): Promise<void> {
    const on = [...this.#applied.values()].filter(
      (other) =>
        other !== over && other.fault.kind === over.fault.kind && other.nodes.includes(node),
    );
    await Promise.all(on.map((other) => this.#applyTo(other, [node], faults)));
  }

  async #untilUndone(fault: Fault, node: NodeName, faults: TargetFaults): Promise<void> {
    const end = this.#within(START_WITHIN_MS);
    while (!end.aborted) {
      const late = this.#within(ANSWER_WITHIN_MS);
      const done = await faults.undo(this.#info(node), fault, late).then(
        () => true,
        () => false,
      );
      if (done || (await this.#reach.down(node))) return;
      await sleep(AGAIN_MS);
    }
  }

  /** True: the node has ended, perhaps only now. */
  async #ends(node: NodeName): Promise<boolean> {
    const end = this.#within(END_WITHIN_MS);
    while (!end.aborted) {
      if (await this.#reach.down(node)) return true;
      await sleep(AGAIN_MS);
    }
    return false;
  }

  #info(node: NodeName): NodeInfo {
    const info = this.#reach.infos().find(({ name }) => name === node);
    if (info === undefined) throw new Error(`there is no node ${node}`);
    return info;
  }

  #within(ms: number): AbortSignal {
    return AbortSignal.any([this.#reach.signal, AbortSignal.timeout(ms)]);
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Moves of clocks do not add up: the farthest counts. */
function add(counters: Counts, more: Readonly<Counts>): void {
  for (const [name, count] of Object.entries(more)) {
    const sofar = counters[name] ?? 0;
    counters[name] = name.includes('Moved') ? Math.max(sofar, count) : sofar + count;
  }
}

/** Counters that prove an effect, and from which value on. */
const BITES: Readonly<Record<string, number>> = {
  clockMovedUs: LEAST_MOVE_US,
  wallMovedMs: 1,
  writesFailed: 1,
  syncsFailed: 1,
  syncsDelayed: 1,
  died: 1,
};

function report({ fault, nodes, counters }: Applied, error?: string): FaultReport {
  const proven = Object.entries(BITES).some(([name, least]) => (counters[name] ?? 0) >= least);
  const base = { id: fault.id, links: fault.links, nodes, counters: { ...counters } };
  return error === undefined ? { ...base, bitten: proven } : { ...base, bitten: false, error };
}
