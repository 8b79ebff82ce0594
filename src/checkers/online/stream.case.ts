/**
 * Histories as long as one likes, really run on an object, an event at a time; and if asked for, one
 * answer in them that is wrong.
 */
import type { Op, Outcome, Value } from '../../base/operation.ts';
import type { Random } from '../../base/random.ts';
import type { HistoryEvent } from '../../history/event.ts';
import type { Family } from '../random-history.case.ts';

export interface Stream {
  readonly family: Family;
  readonly operations: number;
  readonly clients: number;
  /** Of a thousand operations: those that never return; one of two takes effect. */
  readonly lost?: number;
  /** Operations of a key before the next one. */
  readonly perKey?: number;
  /** From this operation on the first answer that can be wrong is the one that was right long before. */
  readonly staleFrom?: number;
}

interface Client {
  name: number;
  op: Op | undefined;
  outcome: Outcome | undefined;
}

/** Operations after which a state is over for everybody. */
const LONG = 40;

export function* stream(r: Random, shape: Stream): Generator<HistoryEvent> {
  const run = new Run(r, shape);
  while (!run.over) yield* run.step();
}

class Run {
  readonly #r: Random;
  readonly #o: Stream;
  readonly #clients: Client[];
  readonly #past: Value[] = [];
  #state: Value;
  #names: number;
  #started = 0;
  #index = 0;
  #key = 0;
  #lied = false;

  constructor(r: Random, o: Stream) {
    this.#r = r;
    this.#o = o;
    this.#state = o.family.initial;
    this.#names = o.clients;
    this.#clients = Array.from({ length: o.clients }, (_, name) => ({
      name,
      op: undefined,
      outcome: undefined,
    }));
  }

  get over(): boolean {
    return this.#started >= this.#o.operations && this.#idle;
  }

  get #idle(): boolean {
    return this.#clients.every(({ op }) => op === undefined);
  }

  /** One client goes one step on. */
  *step(): Iterable<HistoryEvent> {
    const client = this.#r.pick(this.#clients);
    const { op, outcome } = client;
    if (op === undefined) {
      if (this.#mayBegin()) yield this.#begin(client);
    } else if (outcome === undefined) {
      if (this.#r.chance(this.#o.lost ?? 0, 1000)) yield this.#lose(client, op);
      else client.outcome = this.#apply(op);
    } else {
      client.op = client.outcome = undefined;
      yield this.#event(client, op, outcome);
    }
  }

  /** A new key begins when all is over on the old one: it is another object. */
  #mayBegin(): boolean {
    const { operations, perKey = operations, family } = this.#o;
    if (this.#started >= operations) return false;
    if (this.#started % perKey !== 0 || this.#started / perKey < this.#key) return true;
    if (!this.#idle) return false;
    this.#key++;
    this.#state = family.initial;
    return true;
  }

  #begin(client: Client): HistoryEvent {
    client.op = this.#o.family.op(this.#r, ++this.#started);
    return this.#event(client, client.op, { type: 'invoke' });
  }

  #lose(client: Client, op: Op): HistoryEvent {
    if (this.#r.chance(1, 2)) this.#apply(op);
    const event = this.#event(client, op, { type: 'info', error: 'timeout' });
    client.op = undefined;
    client.name = this.#names++;
    return event;
  }

  #apply(op: Op): Outcome {
    const { family, staleFrom = Infinity } = this.#o;
    const { state, outcome } = family.apply(this.#state, op);
    this.#state = state;
    if (staleFrom === Infinity) return outcome;
    const before = this.#past[this.#past.push(state) - 1 - LONG];
    if (this.#lied || this.#started < staleFrom || before === undefined) return outcome;
    const stale = family.apply(before, op).outcome;
    const looks = op.f === 'read' || op.f === 'dequeue';
    if (!looks || stale.type !== 'ok' || outcome.type !== 'ok') return outcome;
    if (JSON.stringify(stale) === JSON.stringify(outcome)) return outcome;
    this.#lied = true;
    return stale;
  }

  #event(
    { name: process }: Client,
    { f, value }: Op,
    end: Outcome | { readonly type: 'invoke' },
  ): HistoryEvent {
    const index = this.#index++;
    return { index, process, f, key: this.#key, value, time: index, ...end };
  }
}
