/**
 * A linearizable map in virtual time, for tests of clients, pacing and recording: every operation
 * takes effect at a random moment between its submission and its answer. Nodes can be made to refuse,
 * to be silent (the client times out, the operation may still happen), or to be down.
 */
import type { NodeName, Op, Outcome, Value } from '../base/operation.ts';
import { outcomeOfSilence } from '../base/outcomes.ts';
import { random, type Random } from '../base/random.ts';
import type { Fault, FaultReport } from '../faults/fault.ts';
import type { Capabilities, Session, System, SystemEvent } from '../system/system.ts';

export interface MapOptions {
  readonly seed: number;
  readonly nodes: number;
  /** Mean time from submission to answer. */
  readonly latencyMs?: number;
  readonly timeoutMs?: number;
  /** False: reads answer what was there half a second ago. */
  readonly stale?: boolean;
}

type Mood = 'serving' | 'refusing' | 'silent';

export class MapSystem implements System {
  readonly nodes: readonly NodeName[];
  readonly capabilities: Capabilities;
  readonly #o: Required<MapOptions>;
  readonly #random: Random;
  readonly #queue: { at: number; order: number; fn: () => void }[] = [];
  readonly #values = new Map<number, { at: number; value: Value }[]>();
  readonly #moods = new Map<NodeName, Mood>();
  readonly #active = new Map<number, Fault>();
  readonly #listeners: ((event: SystemEvent) => void)[] = [];
  /** What `inject` says about a fault; by default it has bitten. */
  bites = true;
  injected: Fault[] = [];
  #now = 0;
  #order = 0;
  #finished = false;

  constructor(options: MapOptions) {
    this.#o = { latencyMs: 2, timeoutMs: 1500, stale: false, ...options };
    this.nodes = Array.from({ length: options.nodes }, (_, i) => `n${i + 1}`);
    this.#random = random(options.seed).split('map');
    const no = 'not in this map';
    this.capabilities = {
      partition: true,
      pause: true,
      kill: true,
      disconnect: true,
      loss: 'a map has no packets',
      link: no,
      messages: true,
      clock: no,
      disk: no,
      member: no,
    };
  }

  nowNs(): number {
    return this.#now;
  }

  at(ns: number, fn: () => void): () => void {
    const entry = { at: Math.max(ns, this.#now), order: this.#order++, fn };
    this.#queue.push(entry);
    return () => {
      const i = this.#queue.indexOf(entry);
      if (i >= 0) this.#queue.splice(i, 1);
    };
  }

  mood(node: NodeName, mood: Mood): void {
    this.#moods.set(node, mood);
  }

  session(node: NodeName): Session {
    let closed = false;
    return {
      onUp: (fn) => void this.at(this.#now, () => (closed ? undefined : fn())),
      submit: (op, done) => this.#submit(node, op, done),
      close: () => void (closed = true),
    };
  }

  inject(fault: Fault, done: (report: FaultReport) => void): void {
    this.injected.push(fault);
    this.#active.set(fault.id, fault);
    if (fault.kind === 'pause') for (const node of fault.nodes) this.mood(node, 'silent');
    if (fault.kind === 'partition') for (const [, to] of fault.links) this.mood(to, 'refusing');
    this.at(this.#now + 1e6, () => done(this.#report(fault)));
  }

  undo(id: number, done: (report: FaultReport) => void): void {
    const fault = this.#active.get(id);
    if (fault === undefined) throw new Error(`no fault ${id} is active`);
    this.#active.delete(id);
    for (const node of this.nodes) this.mood(node, 'serving');
    this.at(this.#now + 1e6, () => done(this.#report(fault)));
  }

  status(_node: NodeName, done: (status: undefined) => void): void {
    this.at(this.#now + 1e6, () => done(undefined));
  }

  peek(
    _node: NodeName,
    key: number,
    done: (peek: { value: Value; ts: null; state: string }) => void,
  ): void {
    this.at(this.#now + 1e6, () =>
      done({ value: this.#read(key, this.#now), ts: null, state: 'V' }),
    );
  }

  onEvent(fn: (event: SystemEvent) => void): void {
    this.#listeners.push(fn);
  }

  emit(event: SystemEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** Empties virtual time until `finish()`; yields to promises after each event. */
  async run(): Promise<void> {
    while (!this.#finished) {
      const next = this.#take();
      if (next === undefined) await new Promise((resolve) => setImmediate(resolve));
      else {
        this.#now = next.at;
        next.fn();
        await Promise.resolve();
      }
    }
  }

  finish(): void {
    this.#finished = true;
  }

  stop(): Promise<{ left: readonly string[] }> {
    this.#finished = true;
    return Promise.resolve({ left: [] });
  }

  #take(): { at: number; fn: () => void } | undefined {
    let best = 0;
    for (let i = 1; i < this.#queue.length; i++) {
      const [a, b] = [this.#queue[i], this.#queue[best]];
      if (
        a !== undefined &&
        b !== undefined &&
        (a.at < b.at || (a.at === b.at && a.order < b.order))
      )
        best = i;
    }
    return this.#queue.splice(best, 1)[0];
  }

  #report(fault: Fault): FaultReport {
    const nodes = fault.nodes === 'leader' ? [] : fault.nodes;
    return {
      id: fault.id,
      links: fault.links,
      nodes,
      counters: { touched: 1 },
      bitten: this.bites,
    };
  }

  #submit(node: NodeName, op: Op, done: (outcome: Outcome) => void): void {
    const mood = this.#moods.get(node) ?? 'serving';
    const delay = (): number =>
      Math.ceil((this.#random.between(1, 200) / 100) * this.#o.latencyMs * 1e6);
    if (mood === 'refusing')
      return void this.at(this.#now + delay(), () => done({ type: 'fail', error: 'NOTSERVING' }));
    const effectAt = this.#now + delay();
    if (mood === 'silent') {
      if (this.#random.chance(1, 2)) this.at(effectAt, () => this.#apply(op));
      return void this.at(this.#now + this.#o.timeoutMs * 1e6, () =>
        done(outcomeOfSilence(op, 'timeout')),
      );
    }
    this.at(effectAt, () => {
      const outcome = this.#apply(op);
      this.at(effectAt + delay(), () => done(outcome));
    });
  }

  #read(key: number, at: number): Value {
    return this.#values.get(key)?.findLast((version) => version.at <= at)?.value ?? null;
  }

  #write(key: number, value: Value): void {
    const versions = this.#values.get(key) ?? [];
    versions.push({ at: this.#now, value });
    this.#values.set(key, versions);
  }

  #apply(op: Op): Outcome {
    const old = this.#read(op.key, this.#now);
    switch (op.f) {
      case 'read':
        return { type: 'ok', value: this.#o.stale ? this.#read(op.key, this.#now - 500e6) : old };
      case 'write':
        this.#write(op.key, op.value);
        return { type: 'ok', value: op.value };
      case 'getset':
        this.#write(op.key, op.value);
        return { type: 'ok', value: op.value, result: old };
      case 'add':
        this.#write(op.key, Number(old ?? 0) + Number(op.value));
        return { type: 'ok', value: op.value, result: Number(old ?? 0) + Number(op.value) };
      case 'append': {
        const list = [...((old ?? []) as readonly Value[]), op.value];
        this.#write(op.key, list);
        return { type: 'ok', value: op.value, result: list.length };
      }
      case 'cas': {
        const [expected, value] = op.value as readonly [Value, Value];
        if (expected !== old) return { type: 'fail', error: 'mismatch', observed: old };
        this.#write(op.key, value);
        return { type: 'ok', value: op.value };
      }
      default:
        return { type: 'fail', error: `ERR no ${op.f} here` };
    }
  }
}
