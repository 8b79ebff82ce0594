/**
 * How far an order of the operations comes, told step by step: after each answer every state that is
 * possible, an order that leads there, and what each running operation would give if it came next, up to
 * the answer that no order explains. For people: exact and small, where the algorithms are fast.
 *
 * Operations are placed as late as possible (just-in-time linearization, Lowe 2017): at the return of one
 * that has no place yet, all orders of running operations that end with it are tried.
 */
import { type Call, NEVER, isCertain, isUnknown, opOf, outcomeOf } from './calls.ts';
import type { Model } from './checker.ts';

/** An operation that took effect, and the state that it left. */
export interface Placed {
  readonly event: number;
  readonly state: string;
}

/** One of the orders that explain everything answered so far. */
export interface Way {
  readonly state: string;
  /** The last operations that were placed, oldest first. */
  readonly last: readonly Placed[];
  /** More were placed before them. */
  readonly longer: boolean;
  /** Running operations that have taken effect already. */
  readonly early: readonly number[];
}

/** What a running operation would do if it came next: from each state where it can, the state after. */
export interface Next {
  readonly event: number;
  readonly gives: readonly (readonly [from: string, to: string])[];
  /** States in which it cannot be answered as it was. */
  readonly never: readonly string[];
  /** It has taken effect already, in some of the orders. */
  readonly done: boolean;
}

/** How things stand after an answer, or at the start. */
export interface Step {
  /** The operation that was answered; undefined: nothing has been yet. */
  readonly event: number | undefined;
  readonly states: readonly string[];
  readonly ways: readonly Way[];
  readonly next: readonly Next[];
}

export interface Walk {
  /** The last steps of the longest prefix that has an order. */
  readonly steps: readonly Step[];
  /** Answers before the first of `steps`. */
  readonly skipped: number;
  /** The operation that has no place: invocation index. */
  readonly stuck: number;
  /** Every state before it, each by the shortest order: in none of them its answer fits. */
  readonly tried: readonly Way[];
}

export interface WalkOptions {
  /** States with which it may begin. Default: the model's. */
  readonly starts?: readonly unknown[];
  /** Text of a state. */
  readonly show: (state: unknown) => string;
}

/** Steps that are kept, ways and states in each, and operations told of each way. */
const STEPS_KEPT = 40;
const WAYS_KEPT = 12;
const TRAIL_KEPT = 8;

/** Orders at one time, and orders tried in all, above which there is no walk. */
const ORDERS_MAX = 3000;
const TRIALS_MAX = 2_000_000;

/**
 * Walks through the operations (of one key, in the order of their calls). Undefined: they have an order,
 * or too many. Throws what a user's model throws.
 */
export function walk(
  calls: readonly Call[],
  model: Model<unknown>,
  options: WalkOptions,
): Walk | undefined {
  return new Walker(calls, model, options).run();
}

/** What has been placed, newest first. */
interface Trail {
  readonly row: number;
  readonly state: unknown;
  readonly before: Trail | undefined;
}

interface Order {
  readonly state: unknown;
  /** Rows of running operations that were placed, in order. */
  readonly early: readonly number[];
  readonly trail: Trail | undefined;
  /** The same for orders that go on alike. */
  readonly name: string;
}

/** How things stood before an answer, to be told if it is one of the last. */
interface Moment {
  readonly answered: number | undefined;
  readonly orders: readonly Order[];
  readonly running: readonly number[];
}

class Walker {
  readonly #calls: readonly Call[];
  readonly #model: Model<unknown>;
  readonly #show: WalkOptions['show'];
  #orders: readonly Order[];
  readonly #running = new Set<number>();
  readonly #moments: Moment[] = [];
  #answers = 0;
  #trials = 0;

  constructor(calls: readonly Call[], model: Model<unknown>, { starts, show }: WalkOptions) {
    this.#calls = calls;
    this.#model = model;
    this.#show = show;
    this.#orders = (starts ?? [model.init]).map((state) => this.#order(state, [], undefined));
  }

  run(): Walk | undefined {
    let answered: number | undefined;
    for (const { row, ends } of eventsOf(this.#calls)) {
      if (!ends) {
        this.#running.add(row);
        continue;
      }
      this.#keep(answered);
      const tried = this.#place(row);
      if (tried === undefined) return undefined;
      if (this.#orders.length === 0) return this.#told(row, tried);
      this.#running.delete(row);
      answered = row;
    }
    return undefined;
  }

  #told(stuck: number, tried: readonly Order[]): Walk {
    return {
      steps: this.#moments.map((moment) => this.#step(moment)),
      skipped: this.#answers - this.#moments.length,
      stuck: this.#event(stuck),
      tried: distinct(tried, (order) => this.#key(order.state))
        .slice(0, WAYS_KEPT)
        .map((order) => this.#way(order)),
    };
  }

  /** Leaves the orders in which the operation has its place; answers with those that were tried; undefined: too many. */
  #place(row: number): readonly Order[] | undefined {
    const tried: Order[] = [];
    const passed: Order[] = [];
    const seen = new Set<string>();
    const open = [...this.#orders];
    for (const order of open) {
      if (open.length > ORDERS_MAX || this.#trials > TRIALS_MAX) return undefined;
      if (order.early.includes(row)) {
        const early = order.early.filter((r) => r !== row);
        passed.push(this.#order(order.state, early, order.trail));
        continue;
      }
      tried.push(order);
      for (const next of this.#running) {
        const after = this.#after(order, next);
        if (after === undefined || seen.has(after.name)) continue;
        seen.add(after.name);
        open.push(after);
      }
    }
    this.#orders = distinct(passed, ({ name }) => name);
    return tried;
  }

  #after(order: Order, row: number): Order | undefined {
    if (order.early.includes(row)) return undefined;
    this.#trials++;
    const call = this.#calls[row] as Call;
    const state = this.#model.step(order.state, opOf(call), outcomeOf(call));
    if (state === undefined) return undefined;
    return this.#order(state, [...order.early, row], { row, state, before: order.trail });
  }

  #order(state: unknown, early: readonly number[], trail: Trail | undefined): Order {
    const name = `${early.toSorted((a, b) => a - b).join()} ${this.#key(state)}`;
    return { state, early, trail, name };
  }

  /** How things stand before the next answer. */
  #keep(answered: number | undefined): void {
    this.#answers++;
    this.#moments.push({ answered, orders: this.#orders, running: [...this.#running] });
    if (this.#moments.length > STEPS_KEPT) this.#moments.shift();
  }

  #step({ answered, orders, running }: Moment): Step {
    const ways = distinct(orders, (order) => this.#key(order.state));
    return {
      event: answered === undefined ? undefined : this.#event(answered),
      states: ways.slice(0, 4 * WAYS_KEPT).map(({ state }) => this.#show(state)),
      ways: ways.slice(0, WAYS_KEPT).map((order) => this.#way(order)),
      next: running.map((row) => this.#next(row, orders)),
    };
  }

  #next(row: number, orders: readonly Order[]): Next {
    const gives = new Map<string, string>();
    const never = new Set<string>();
    for (const order of orders.slice(0, 4 * WAYS_KEPT)) {
      if (order.early.includes(row)) continue;
      const after = this.#after(order, row);
      const from = this.#show(order.state);
      if (after === undefined) never.add(from);
      else gives.set(from, this.#show(after.state));
    }
    return {
      event: this.#event(row),
      gives: [...gives].slice(0, WAYS_KEPT),
      never: [...never].slice(0, WAYS_KEPT),
      done: orders.some(({ early }) => early.includes(row)),
    };
  }

  #way({ state, early, trail }: Order): Way {
    const last: Placed[] = [];
    let at = trail;
    for (; at !== undefined && last.length < TRAIL_KEPT; at = at.before)
      last.unshift({ event: this.#event(at.row), state: this.#show(at.state) });
    const longer = at !== undefined;
    return { state: this.#show(state), last, longer, early: early.map((row) => this.#event(row)) };
  }

  #event(row: number): number {
    return (this.#calls[row] as Call).invoke.index;
  }

  #key(state: unknown): string {
    return String(this.#model.key(state));
  }
}

/** Calls and returns in the order of their ranks; what failed without a word is left out. */
function eventsOf(calls: readonly Call[]): { row: number; ends: boolean }[] {
  const events: { at: number; row: number; ends: boolean }[] = [];
  for (const [row, call] of calls.entries()) {
    if (!isCertain(call) && !isUnknown(call)) continue;
    events.push({ at: call.call, row, ends: false });
    if (call.ret !== NEVER) events.push({ at: call.ret, row, ends: true });
  }
  return events.sort((a, b) => a.at - b.at);
}

/** The first of each name. */
function distinct<T>(all: readonly T[], name: (one: T) => string): T[] {
  const first = new Map<string, T>();
  for (const one of all) if (!first.has(name(one))) first.set(name(one), one);
  return [...first.values()];
}
