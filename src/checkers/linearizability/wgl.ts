/**
 * The classical search for a linearization, for any model.
 *
 * Wing and Gong (1993), with Lowe's (2017) memory of configurations already tried: walk the events;
 * at a call try to let the operation take effect, at the return of one that has not, go back. A
 * configuration is (operations done, state). Exact, so it may say both valid and invalid; what it
 * costs can explode, so it counts its steps and bytes and gives up with `undecided`.
 *
 * Operations with unknown outcome may be left out. Those of one kind (same operation, same value) are
 * interchangeable once called, so only the one that was called first is tried.
 */
import type { Model } from '../checker.ts';
import { type Call, NEVER, isCertain, isUnknown, opOf, outcomeOf } from '../calls.ts';
import type { Limits } from '../verdict.ts';
import type { Answer } from './conflict.ts';
import { DoneSet } from './done-set.ts';

/** Default number of steps: real histories need 0.5 to 6 per operation. */
export function defaultSteps(operations: number): number {
  return 1_000_000 + 40 * operations;
}

/** Default working memory, bytes. */
export const DEFAULT_BYTES = 1 << 30;

/** How far a search has come: the return (row) that nothing has passed yet, and what is open there. */
export interface Reached {
  readonly at: number;
  readonly width: number;
}

/** Steps between two reports of how far a search has come. */
const REPORT_EVERY = 1 << 16;

/** Judges one key (or part) by `model`. Whatever the model throws is thrown. */
export function judgeWgl<S>(
  calls: readonly Call[],
  model: Model<S>,
  limits: Limits = {},
  wantOrder = false,
  onReached?: (reached: Reached) => void,
): Answer {
  return new Search(calls, model, limits).run(wantOrder, onReached);
}

class Search<S> {
  readonly #calls: readonly Call[];
  readonly #model: Model<S>;
  readonly #steps: number;
  readonly #bytes: number;
  /** Rows of the operations that count: those that happened, then those that may have, by their calls. */
  readonly #rows: number[];
  /** How many happened. */
  readonly #certain: number;
  /** Doubly linked list of events in order; 2i is the call of operation i, 2i + 1 its return. */
  readonly #next: Int32Array;
  readonly #prev: Int32Array;
  /** Per operation without a known outcome: the one of its kind that was called before it, or -1. */
  readonly #twin: Int32Array;
  readonly #doneCertain: DoneSet;
  readonly #doneUnknown: DoneSet;
  readonly #tried = new Set<string>();
  #used = 0;

  constructor(calls: readonly Call[], model: Model<S>, limits: Limits) {
    this.#calls = calls;
    this.#model = model;
    const certain = rowsWhere(calls, isCertain);
    this.#rows = [...certain, ...rowsWhere(calls, (c) => isUnknown(c) && c.invoke.f !== 'read')];
    this.#certain = certain.length;
    const n = this.#rows.length;
    this.#steps = limits.steps ?? defaultSteps(n);
    this.#bytes = limits.bytes ?? DEFAULT_BYTES;
    this.#next = new Int32Array(2 * n + 1);
    this.#prev = new Int32Array(2 * n + 1);
    this.#twin = new Int32Array(n).fill(-1);
    this.#doneCertain = new DoneSet(certain.length);
    this.#doneUnknown = new DoneSet(n - certain.length);
    this.#linkEvents();
    this.#findTwins();
  }

  /** The algorithm, as one loop: it reads as the paper's. */
  run(wantOrder: boolean, onReached: ((reached: Reached) => void) | undefined): Answer {
    const end = 2 * this.#rows.length;
    const stack: { i: number; state: S }[] = [];
    let state = this.#model.init;
    let owing = this.#certain;
    let steps = 0;
    /** The latest return that had to turn back: no configuration has ever passed it. */
    let blocked = -1;
    let event = this.#next[end] as number;
    while (owing > 0) {
      const i = event >> 1;
      if ((event & 1) === 0) {
        const after = this.#mayGo(i) ? this.#take(i, state) : undefined;
        if (++steps > this.#steps) return this.#undecided('budget', blocked);
        if (this.#used > this.#bytes) return this.#undecided('memory', blocked);
        if (steps % REPORT_EVERY === 0) onReached?.(this.#reached(blocked));
        if (after === undefined) {
          event = this.#next[event] as number;
          continue;
        }
        stack.push({ i, state });
        state = after;
        this.#unlink(i);
        if (i < this.#certain) owing--;
        event = this.#next[end] as number;
        continue;
      }
      if (blocked === -1 || this.#call(i).ret > this.#call(blocked).ret) blocked = i;
      const last = stack.pop();
      if (last === undefined)
        return {
          type: 'invalid',
          conflict: { kind: 'exhausted', op: this.#rows[blocked] as number },
        };
      state = last.state;
      this.#relink(last.i);
      if (last.i < this.#certain) owing++;
      event = this.#next[2 * last.i] as number;
    }
    return {
      type: 'valid',
      order: wantOrder ? stack.map(({ i }) => this.#rows[i] as number) : [],
    };
  }

  #call(i: number): Call {
    return this.#calls[this.#rows[i] as number] as Call;
  }

  #mayGo(i: number): boolean {
    const twin = this.#twin[i] as number;
    return twin === -1 || this.#doneUnknown.has(twin - this.#certain);
  }

  /** The state after operation i, or undefined: not possible, of no use, or tried before. */
  #take(i: number, state: S): S | undefined {
    const call = this.#call(i);
    const after = this.#model.step(state, opOf(call), outcomeOf(call));
    if (after === undefined) return undefined;
    const key = this.#model.key(after);
    if (i >= this.#certain && key === this.#model.key(state)) return undefined;
    this.#mark(i, true);
    const done = `${this.#doneCertain.text()}${this.#doneUnknown.text()}`;
    this.#mark(i, false);
    const configuration = `${done}${typeof key === 'number' ? '#' : '$'}${key}`;
    if (this.#tried.has(configuration)) return undefined;
    this.#tried.add(configuration);
    this.#used += 2 * configuration.length + 48;
    return after;
  }

  /** Marks i as done or not. */
  #mark(i: number, done: boolean): void {
    const certain = i < this.#certain;
    const set = certain ? this.#doneCertain : this.#doneUnknown;
    const member = certain ? i : i - this.#certain;
    if (done) set.add(member);
    else set.delete(member);
  }

  #unlink(i: number): void {
    this.#mark(i, true);
    this.#cut(2 * i);
    if (i < this.#certain) this.#cut(2 * i + 1);
  }

  #relink(i: number): void {
    this.#mark(i, false);
    if (i < this.#certain) this.#mend(2 * i + 1);
    this.#mend(2 * i);
  }

  #cut(e: number): void {
    this.#next[this.#prev[e] as number] = this.#next[e] as number;
    this.#prev[this.#next[e] as number] = this.#prev[e] as number;
  }

  #mend(e: number): void {
    this.#next[this.#prev[e] as number] = e;
    this.#prev[this.#next[e] as number] = e;
  }

  #linkEvents(): void {
    const events: { at: number; event: number }[] = [];
    for (let i = 0; i < this.#rows.length; i++) {
      const { call, ret } = this.#call(i);
      events.push({ at: call, event: 2 * i });
      if (ret !== NEVER) events.push({ at: ret, event: 2 * i + 1 });
    }
    events.sort((x, y) => x.at - y.at);
    let last = 2 * this.#rows.length;
    for (const { event } of [...events, { event: last }]) {
      this.#next[last] = event;
      this.#prev[event] = last;
      last = event;
    }
  }

  #findTwins(): void {
    const latest = new Map<string, number>();
    for (let i = this.#certain; i < this.#rows.length; i++) {
      const { invoke } = this.#call(i);
      const kind = JSON.stringify([invoke.f, invoke.key ?? null, invoke.value]);
      this.#twin[i] = latest.get(kind) ?? -1;
      latest.set(kind, i);
    }
  }

  #undecided(reason: 'budget' | 'memory', blocked: number): Answer {
    return { type: 'undecided', reason, ...this.#reached(blocked) };
  }

  #reached(blocked: number): Reached {
    const at = blocked === -1 ? 0 : blocked;
    const { ret } = this.#call(at);
    let width = 0;
    for (let i = 0; i < this.#rows.length; i++)
      if (this.#call(i).call < ret && this.#call(i).ret >= ret) width++;
    return { at: this.#rows[at] as number, width };
  }
}

function rowsWhere(calls: readonly Call[], is: (call: Call) => boolean): number[] {
  const rows: number[] = [];
  for (let row = 0; row < calls.length; row++) if (is(calls[row] as Call)) rows.push(row);
  return rows;
}
