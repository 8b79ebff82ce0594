/**
 * Faults that may take the memory of nodes, made to leave enough of them: one that carries `survivors`
 * spares nodes until so many others hold all data at that moment, by what they say of themselves. And
 * `kill:rolling`, which goes from node to node and waits for each. All other faults pass through.
 */
import type { NodeName, NodeStatus } from '../../base/operation.ts';
import type { Fault, FaultReport } from '../../faults/fault.ts';
import { isDeadly } from '../../faults/promises.ts';
import { holdersOf, unspared } from '../../faults/standing.ts';

/** Carries out faults and takes them back. */
export interface FaultTaker {
  inject(fault: Fault): Promise<FaultReport>;
  undo(id: number): Promise<FaultReport>;
}

export interface SparingReach {
  takerOf(fault: Fault): FaultTaker;
  /** What each node says of itself; undefined: the target cannot be asked. */
  statuses(): Promise<readonly NodeStatus[] | undefined>;
}

/** How long a node of a roll stays down, and between two looks whether it is back, in ms. */
const ROLL_DOWN_MS = 300;
const LOOK_MS = 100;

interface Taken {
  readonly taker: FaultTaker;
  /** Nodes that it strikes, or may. */
  readonly nodes: readonly NodeName[];
  /** Those that it did strike, once that is known. */
  readonly struck?: readonly NodeName[];
  readonly fault: Fault;
  readonly spared: number;
}

export class SparingFaults implements FaultTaker {
  readonly #reach: SparingReach;
  readonly #taken = new Map<number, Taken>();
  readonly #rolls = new Map<number, Roll>();
  /** Two that look at once might each count on what the other takes. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(reach: SparingReach) {
    this.#reach = reach;
  }

  async inject(fault: Fault): Promise<FaultReport> {
    const taker = this.#reach.takerOf(fault);
    if (fault.kind === 'kill' && fault.shape === 'rolling') return this.#roll(fault, taker);
    if (fault.nodes === 'leader') return taker.inject(fault);
    const asked = fault.nodes;
    const nodes = await this.#inTurn(async () => {
      const struck = await this.#unspared(fault, asked);
      const spared = asked.length - struck.length;
      this.#taken.set(fault.id, { taker, nodes: struck, fault, spared });
      return struck;
    });
    if (nodes.length === 0 && asked.length > 0) return nobody(fault, asked.length);
    const report = await taker.inject({ ...fault, nodes });
    const taken = this.#taken.get(fault.id);
    if (report.error !== undefined) this.#taken.delete(fault.id);
    // A node that was down already is not kept down by this one.
    else if (taken !== undefined) this.#taken.set(fault.id, { ...taken, struck: report.nodes });
    return withSpared(report, asked.length - nodes.length);
  }

  async undo(id: number): Promise<FaultReport> {
    const roll = this.#rolls.get(id);
    const taken = this.#taken.get(id);
    this.#rolls.delete(id);
    if (roll !== undefined) {
      const report = await roll.stop();
      this.#taken.delete(id);
      return report;
    }
    if (taken === undefined) throw new Error(`no fault ${id} is on`);
    this.#taken.delete(id);
    const { nodes, spared, fault, taker } = taken;
    if (nodes.length === 0 && spared > 0) return nobody(fault, spared);
    const report = withSpared(await taker.undo(id), spared);
    if (report.left === true) this.#taken.set(id, taken);
    return report;
  }

  /** True: a fault that is on keeps the node down. */
  keepsDown(node: NodeName): boolean {
    return [...this.#taken.values()].some(
      ({ fault, nodes, struck }) =>
        (fault.kind === 'kill' || (fault.kind === 'member' && fault.shape === 'replace')) &&
        (struck ?? nodes).includes(node),
    );
  }

  /** Those of `asked` that may be struck: enough others hold the data. */
  async #unspared(fault: Fault, asked: readonly NodeName[]): Promise<readonly NodeName[]> {
    const survivors = fault.params['survivors'] ?? 0;
    if (survivors <= 0) return asked;
    const statuses = await this.#reach.statuses();
    if (statuses === undefined) return asked;
    const doomed = [...this.#taken.values()].flatMap((taken) =>
      isDeadly(taken.fault) ? taken.nodes : [],
    );
    return unspared(asked, survivors, statuses, doomed);
  }

  async #roll(fault: Fault, taker: FaultTaker): Promise<FaultReport> {
    const order = fault.nodes === 'leader' ? [] : fault.nodes;
    const roll = new Roll(fault, order, taker, {
      claim: (node) =>
        this.#inTurn(async () => {
          this.#taken.delete(fault.id);
          const nodes = await this.#unspared(fault, [node]);
          this.#taken.set(fault.id, { taker, nodes, fault, spared: 0 });
          return nodes.length > 0;
        }),
      serves: async (node) => {
        const statuses = await this.#reach.statuses();
        return statuses === undefined || holdersOf(statuses).includes(node);
      },
    });
    this.#rolls.set(fault.id, roll);
    return roll.begin();
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(act);
    this.#turn = done.catch(() => {});
    return done;
  }
}

interface RollReach {
  /** True: the node may be killed now. */
  claim(node: NodeName): Promise<boolean>;
  serves(node: NodeName): Promise<boolean>;
}

/** One node after the other, again and again, until it is stopped. */
class Roll {
  readonly #fault: Fault;
  readonly #order: readonly NodeName[];
  readonly #taker: FaultTaker;
  readonly #reach: RollReach;
  readonly #killed = new Set<NodeName>();
  #counters: Record<string, number> = { killed: 0, restarted: 0 };
  #error: string | undefined;
  #stopped = false;
  #over: Promise<void> = Promise.resolve();

  constructor(fault: Fault, order: readonly NodeName[], taker: FaultTaker, reach: RollReach) {
    this.#fault = fault;
    this.#order = order;
    this.#taker = taker;
    this.#reach = reach;
  }

  /** Returns when the first node is dead, or could not be killed yet. */
  async begin(): Promise<FaultReport> {
    const first = await this.#kill(0);
    this.#over = this.#goOn(first ? 0 : -1);
    return this.#report();
  }

  /** Returns when the last node is started again. */
  async stop(): Promise<FaultReport> {
    this.#stopped = true;
    await this.#over;
    return this.#report();
  }

  async #goOn(last: number): Promise<void> {
    let i = last;
    if (i >= 0) await this.#bringBack(i);
    while (!this.#stopped && this.#error === undefined) {
      if (await this.#kill(i + 1)) await this.#bringBack(++i);
      else await sleep(LOOK_MS);
    }
  }

  async #kill(i: number): Promise<boolean> {
    const node = this.#order[i % this.#order.length];
    if (node === undefined || !(await this.#reach.claim(node))) return false;
    const report = await this.#taker.inject({ ...this.#fault, shape: 'one', nodes: [node] });
    this.#error = report.error;
    if (!report.bitten) {
      await this.#taker.undo(this.#fault.id);
      return false;
    }
    this.#killed.add(node);
    this.#counters['killed'] = (this.#counters['killed'] ?? 0) + 1;
    return true;
  }

  async #bringBack(i: number): Promise<void> {
    const node = this.#order[i % this.#order.length] as NodeName;
    await sleep(ROLL_DOWN_MS);
    const { counters } = await this.#taker.undo(this.#fault.id);
    this.#counters['restarted'] = (this.#counters['restarted'] ?? 0) + (counters['restarted'] ?? 0);
    while (!this.#stopped && !(await this.#reach.serves(node))) await sleep(LOOK_MS);
  }

  #report(): FaultReport {
    const { id, links } = this.#fault;
    const base = { id, links, nodes: [...this.#killed], counters: { ...this.#counters } };
    return this.#error === undefined
      ? { ...base, bitten: this.#killed.size > 0 }
      : { ...base, bitten: false, error: this.#error };
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function nobody({ id, links }: Fault, spared: number): FaultReport {
  return { id, links, nodes: [], counters: { spared }, bitten: false };
}

function withSpared(report: FaultReport, spared: number): FaultReport {
  return spared === 0 ? report : { ...report, counters: { ...report.counters, spared } };
}
