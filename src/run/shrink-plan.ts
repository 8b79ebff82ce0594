/**
 * Makes a failing plan as small as it can: leaves out faults, then operations, then keys, clients and
 * nodes, again and again, as long as what is left still fails. Knows neither simulator nor sockets:
 * whoever asks says what "fails" means, and how often a candidate is tried.
 */
import { reductions } from '../base/reductions.ts';
import type { NodeName } from '../base/operation.ts';
import type { PlannedOperation } from '../clients/crew.ts';
import type { Fault } from '../faults/fault.ts';
import type { HistoryEvent } from '../history/event.ts';
import type { Plan } from './plan.ts';

/** A plan whose operations are settled. */
export type ExplicitPlan = Plan & { readonly operations: readonly PlannedOperation[] };

/** How large a plan is. */
export interface PlanSize {
  readonly faults: number;
  readonly operations: number;
  readonly keys: number;
  readonly clients: number;
  readonly nodes: number;
}

export interface ShrinkPlanOptions {
  /** The plan, or the variant of it, that fails as the first one did; undefined: it does not fail. */
  readonly attempt: (plan: ExplicitPlan) => Promise<ExplicitPlan | undefined>;
  /** Smaller plans that are likely to fail: tried first, in this order. */
  readonly hints?: readonly ((plan: ExplicitPlan) => ExplicitPlan)[];
  /** After each candidate; `smaller`: it became the best. */
  readonly onTry?: (best: ExplicitPlan, smaller: boolean) => void;
  /** True: the smallest so far is good enough. */
  readonly over: () => boolean;
}

/** The operations that clients invoked, as a plan: exactly these, and no generator. */
export function explicit(plan: Plan, events: readonly HistoryEvent[]): ExplicitPlan {
  if (plan.operations !== undefined) return { ...plan, operations: plan.operations };
  const { count } = plan.clients;
  // Whoever reads at the end is none of the clients, nor what one became after an unknown outcome.
  const processes = new Set(Array.from({ length: count }, (_, client) => client));
  const operations: PlannedOperation[] = [];
  for (const { type, process, time, f, key, value } of events) {
    if (typeof process !== 'number' || !processes.has(process)) continue;
    if (type === 'info') processes.add(process + count);
    if (type === 'invoke')
      operations.push({ client: process % count, atNs: time, f, key: key as number, value });
  }
  return withOperations(plan as ExplicitPlan, operations);
}

/** Nothing that came after the last operation that is evidence. */
export function until(endNs: number): (plan: ExplicitPlan) => ExplicitPlan {
  return (plan) => ({
    ...withOperations(
      plan,
      plan.operations.filter(({ atNs }) => atNs <= endNs),
    ),
    faults: plan.faults.filter(({ atNs }) => atNs <= endNs),
  });
}

/** No key but those of the evidence. */
export function onlyKeys(keys: ReadonlySet<number>): (plan: ExplicitPlan) => ExplicitPlan {
  return (plan) =>
    withOperations(
      plan,
      plan.operations.filter(({ key }) => keys.has(key)),
    );
}

export function sizeOf(plan: ExplicitPlan): PlanSize {
  return {
    faults: plan.faults.length,
    operations: plan.operations.length,
    keys: distinct(plan.operations.map(({ key }) => key)).length,
    clients: clientsOf(plan).length,
    nodes: plan.nodes.length,
  };
}

/** The smallest plan found; the first one must fail. */
export async function shrinkPlan(
  first: ExplicitPlan,
  options: ShrinkPlanOptions,
): Promise<ExplicitPlan> {
  const search = new PlanSearch(first, options);
  for (const hint of options.hints ?? []) await search.follow(hint);
  for (let before = ''; before !== JSON.stringify(sizeOf(search.best));) {
    before = JSON.stringify(sizeOf(search.best));
    await search.without((plan) => plan.faults, withoutFaults);
    await search.without((plan) => plan.operations, withoutOperations);
    await search.without((plan) => distinct(plan.operations.map(({ key }) => key)), withoutKeys);
    await search.without(clientsOf, withoutClients);
    await search.without((plan) => plan.nodes, withoutNodes);
    await search.sooner();
  }
  await search.plainer();
  return search.best;
}

class PlanSearch {
  best: ExplicitPlan;
  readonly #options: ShrinkPlanOptions;

  constructor(first: ExplicitPlan, options: ShrinkPlanOptions) {
    this.best = first;
    this.#options = options;
  }

  async follow(hint: (plan: ExplicitPlan) => ExplicitPlan): Promise<void> {
    const candidate = hint(this.best);
    if (JSON.stringify(sizeOf(candidate)) !== JSON.stringify(sizeOf(this.best)))
      await this.#try(candidate);
  }

  /** Leaves out as many units as can go. */
  async without<T>(
    units: (plan: ExplicitPlan) => readonly T[],
    leaveOut: (plan: ExplicitPlan, out: ReadonlySet<T>) => ExplicitPlan | undefined,
  ): Promise<void> {
    const walk = reductions(() => units(this.best));
    for (let next = walk.next(); !next.done;) {
      const candidate = leaveOut(this.best, new Set(next.value));
      next = walk.next(candidate !== undefined && (await this.#try(candidate)));
    }
  }

  /** What is left need not wait for what is gone. */
  async sooner(): Promise<void> {
    const { operations, faults } = this.best;
    const first = Math.min(...[...operations, ...faults].map(({ atNs }) => atNs));
    if (!Number.isFinite(first) || first < SOON_NS) return;
    await this.#try({
      ...this.best,
      operations: operations.map((op) => ({ ...op, atNs: op.atNs - first })),
      faults: faults.map((fault) => ({ ...fault, atNs: fault.atNs - first })),
    });
  }

  /** A simulated ground without quirks, if the failure does not need them. */
  async plainer(): Promise<void> {
    const { sim } = this.best;
    if (sim === undefined) return;
    const clocks = sim.clocks.map(() => ({ offsetUs: 0, ppm: 0 }));
    await this.#try({ ...this.best, sim: { ...sim, clocks } });
    const even = { ...(this.best.sim ?? sim), link: { ...sim.link, slow: [0, 100] as const } };
    await this.#try({ ...this.best, sim: even });
  }

  async #try(candidate: ExplicitPlan): Promise<boolean> {
    if (this.#options.over()) return false;
    const failing = await this.#options.attempt(candidate);
    this.best = failing ?? this.best;
    this.#options.onTry?.(this.best, failing !== undefined);
    return failing !== undefined;
  }
}

/** A wait that is not worth a try. */
const SOON_NS = 1e6;

function withoutFaults(plan: ExplicitPlan, out: ReadonlySet<Fault>): ExplicitPlan {
  return { ...plan, faults: plan.faults.filter((fault) => !out.has(fault)) };
}

function withoutOperations(plan: ExplicitPlan, out: ReadonlySet<PlannedOperation>): ExplicitPlan {
  return withOperations(
    plan,
    plan.operations.filter((op) => !out.has(op)),
  );
}

function withOperations(plan: ExplicitPlan, operations: readonly PlannedOperation[]): ExplicitPlan {
  return { ...plan, operations, ops: operations.length };
}

function withoutKeys(plan: ExplicitPlan, out: ReadonlySet<number>): ExplicitPlan {
  return withOperations(
    plan,
    plan.operations.filter(({ key }) => !out.has(key)),
  );
}

/** Clients with something to do: the others are not counted, and go with the first of these. */
function clientsOf(plan: ExplicitPlan): number[] {
  return distinct(plan.operations.map(({ client }) => client)).toSorted((a, b) => a - b);
}

/** Those that stay keep their nodes: a client works on the node of its number, modulo nodes. */
function withoutClients(plan: ExplicitPlan, out: ReadonlySet<number>): ExplicitPlan {
  const kept = clientsOf(plan).filter((client) => !out.has(client));
  return placed(plan, plan.nodes, (client) => kept.includes(client));
}

/** Undefined: one node replicates nothing. */
function withoutNodes(plan: ExplicitPlan, out: ReadonlySet<NodeName>): ExplicitPlan | undefined {
  const kept = plan.nodes.filter((node) => !out.has(node));
  if (kept.length < 2) return undefined;
  const names = new Map(kept.map((node, i) => [node, plan.nodes[i] as NodeName]));
  const nodes = plan.nodes.slice(0, kept.length);
  const at = (client: number): NodeName => plan.nodes[client % plan.nodes.length] as NodeName;
  const moved = placed(
    plan,
    nodes,
    (client) => names.has(at(client)),
    (client) => names.get(at(client)) as NodeName,
  );
  const clocks = plan.sim?.clocks.filter((_, i) => !out.has(plan.nodes[i] as NodeName));
  return {
    ...moved,
    faults: plan.faults.flatMap((fault) => renamed(fault, names)),
    ...(plan.sim && { sim: { ...plan.sim, clocks: clocks ?? [] } }),
  };
}

/** The clients that stay, numbered anew so that each works on its node. */
function placed(
  plan: ExplicitPlan,
  nodes: readonly NodeName[],
  stays: (client: number) => boolean,
  nodeOf = (client: number): NodeName => plan.nodes[client % plan.nodes.length] as NodeName,
): ExplicitPlan {
  const numbers = new Map<number, number>();
  const taken = nodes.map(() => 0);
  for (const client of clientsOf(plan).filter(stays)) {
    const place = nodes.indexOf(nodeOf(client));
    numbers.set(client, place + nodes.length * (taken[place] as number));
    taken[place] = (taken[place] as number) + 1;
  }
  const operations = plan.operations.flatMap((op) => {
    const client = numbers.get(op.client);
    return client === undefined ? [] : [{ ...op, client }];
  });
  const count = Math.max(1, ...[...numbers.values()].map((number) => number + 1));
  return { ...withOperations(plan, operations), nodes, clients: { ...plan.clients, count } };
}

/** The fault among the nodes that are left; nothing if it struck the others only. */
function renamed(fault: Fault, names: ReadonlyMap<NodeName, NodeName>): Fault[] {
  const nodes =
    fault.nodes === 'leader' ? fault.nodes : fault.nodes.flatMap((node) => names.get(node) ?? []);
  const links = fault.links.flatMap(([a, b]) => {
    const [from, into] = [names.get(a), names.get(b)];
    return from === undefined || into === undefined ? [] : [[from, into] as const];
  });
  const struck = nodes === 'leader' || nodes.length > 0 || links.length > 0;
  return struck ? [{ ...fault, nodes, links }] : [];
}

function distinct<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}
