/** Random histories of transactions, from a small store that really runs them at some isolation level. */
import type { Value } from '../../base/operation.ts';
import type { Random } from '../../base/random.ts';
import type { HistoryEvent } from '../../history/event.ts';
import type { TxnKind } from '../../history/packed/txns.ts';
import type { MicroOp } from './txns.ts';

export const LEVELS = ['serial', 'si', 'rc', 'ru', 'si-nocheck', 'stale'] as const;
export type Level = (typeof LEVELS)[number];

export interface StoreOptions {
  readonly kind: TxnKind;
  readonly level: Level;
  readonly txns: number;
  readonly clients: number;
  readonly keys: number;
  readonly microsMax: number;
  /** In a hundred transactions: outcomes that stay unknown, and failures. */
  readonly crashed: number;
  readonly aborted: number;
  /** New keys after so many writes of one. Default: never. */
  readonly writesPerKey?: number;
}

type State = Map<number, Value>;

interface Client {
  name: number;
  micros: [string, number, Value][];
  /** Micro-operations done; −1: idle. */
  at: number;
  snapshot: State;
  begun: number;
  writes: [string, number, Value][];
}

/** The events of one run. */
export function runStore(r: Random, o: StoreOptions): HistoryEvent[] {
  return [...storeEvents(r, o)];
}

/** The same one by one, for runs that are too long to be kept. */
export function storeEvents(r: Random, o: StoreOptions): Generator<HistoryEvent> {
  return new Store(r, o).run();
}

class Store {
  readonly #r: Random;
  readonly #o: StoreOptions;
  #events = 0;
  /** Of the last step. */
  readonly #new: HistoryEvent[] = [];
  readonly #versions: State[] = [new Map()];
  readonly #written = new Map<number, number>();
  readonly #count = new Map<number, number>();
  readonly #keys: number[];
  #state: State = new Map();
  #commits = 0;
  #nextKey: number;
  #nextName: number;

  constructor(r: Random, o: StoreOptions) {
    this.#r = r;
    this.#o = o;
    this.#keys = Array.from({ length: o.keys }, (_, k) => k);
    this.#nextKey = o.keys;
    this.#nextName = o.clients;
  }

  *run(): Generator<HistoryEvent> {
    const { clients: count, txns } = this.#o;
    const clients = Array.from({ length: count }, (_, name): Client => ({
      name,
      micros: [],
      at: -1,
      snapshot: new Map(),
      begun: 0,
      writes: [],
    }));
    let started = 0;
    for (;;) {
      const able = clients.filter(({ at }) => at >= 0 || started < txns);
      const client = able[this.#r.below(Math.max(1, able.length))];
      if (client === undefined) return;
      if (client.at < 0) {
        started++;
        this.#begin(client);
      } else if (client.at < client.micros.length) this.#step(client);
      else this.#commit(client);
      yield* this.#new.splice(0);
    }
  }

  #begin(c: Client): void {
    const n = 1 + this.#r.below(this.#o.microsMax);
    c.micros = Array.from({ length: n }, () => this.#draw());
    c.at = 0;
    c.writes = [];
    c.begun = this.#commits;
    if (this.#o.level.startsWith('si')) c.snapshot = new Map(this.#state);
    this.#emit(c, 'invoke', c.micros);
  }

  #draw(): [string, number, Value] {
    const place = this.#r.below(this.#keys.length);
    const key = this.#keys[place] as number;
    if (this.#r.below(2) === 0) return ['r', key, null];
    const n = (this.#count.get(key) ?? 0) + 1;
    this.#count.set(key, n);
    if (n >= (this.#o.writesPerKey ?? Infinity)) this.#keys[place] = this.#nextKey++;
    return [this.#o.kind === 'list-append' ? 'append' : 'w', key, n];
  }

  #step(c: Client): void {
    const { level } = this.#o;
    const micro = c.micros[c.at++] as [string, number, Value];
    if (level === 'serial' || level === 'stale') return;
    const view = level === 'si' || level === 'si-nocheck' ? c.snapshot : this.#state;
    if (micro[0] === 'r') {
      micro[2] = this.#read(view, level === 'rc' ? c.writes : [], micro[1]);
      return;
    }
    c.writes.push(micro);
    if (level !== 'rc') this.#apply(view, micro);
  }

  #commit(c: Client): void {
    const { level, crashed, aborted } = this.#o;
    const fate = this.#r.below(10_000) / 100;
    const fails = fate < aborted;
    const done = !fails && this.#tryCommit(c, level);
    c.at = -1;
    if (!done) this.#emit(c, 'fail', c.micros);
    else if (fate < aborted + crashed) {
      this.#emit(c, 'info', c.micros);
      c.name = this.#nextName++;
    } else this.#emit(c, 'ok', c.micros);
  }

  #tryCommit(c: Client, level: Level): boolean {
    if (level === 'si' && c.writes.some(([, key]) => (this.#written.get(key) ?? 0) > c.begun))
      return false;
    this.#commits++;
    if (level === 'serial' || level === 'stale') {
      const back = level === 'stale' && this.#r.below(8) === 0 ? 1 + this.#r.below(3) : 0;
      const view = back === 0 ? this.#state : new Map(this.#versions.at(-1 - back) ?? this.#state);
      for (const micro of c.micros)
        if (micro[0] === 'r') micro[2] = this.#read(view, [], micro[1]);
        else {
          this.#apply(this.#state, micro);
          if (view !== this.#state) this.#apply(view, micro);
        }
    } else if (level !== 'ru')
      for (const micro of c.writes) {
        const [, key] = micro;
        if (level === 'si-nocheck') this.#state.set(key, c.snapshot.get(key) as Value);
        else this.#apply(this.#state, micro);
        this.#written.set(key, this.#commits);
      }
    if (level === 'stale') this.#versions.push(new Map(this.#state));
    return true;
  }

  #apply(view: State, [f, key, value]: readonly [string, number, Value]): void {
    if (f === 'w') view.set(key, value);
    else view.set(key, [...((view.get(key) ?? []) as readonly Value[]), value]);
  }

  #read(view: State, own: readonly (readonly [string, number, Value])[], key: number): Value {
    const seen = new Map([[key, view.get(key) as Value]]);
    for (const micro of own) if (micro[1] === key) this.#apply(seen, micro);
    return seen.get(key) ?? (this.#o.kind === 'list-append' ? [] : null);
  }

  #emit(c: Client, type: HistoryEvent['type'], micros: readonly MicroOp[]): void {
    const index = this.#events++;
    const known = type === 'ok';
    this.#new.push({
      index,
      process: c.name,
      type,
      f: 'txn',
      value: micros.map(([f, k, v]): Value => [f, k, f === 'r' && !known ? null : v]),
      time: index,
    });
  }
}

/** One read changed: an element lost, two exchanged, or a value of another time. */
export function corrupt(r: Random, events: readonly HistoryEvent[]): HistoryEvent[] {
  const reads = events.flatMap(({ type, value }, e) =>
    type === 'ok'
      ? (value as readonly MicroOp[]).flatMap(([f], m) => (f === 'r' ? [{ e, m }] : []))
      : [],
  );
  if (reads.length === 0) return [...events];
  const { e, m } = reads[r.below(reads.length)] as { e: number; m: number };
  return events.map((event, i) => {
    if (i !== e) return event;
    const value = (event.value as unknown as MicroOp[]).map(([f, k, v], at): Value => {
      if (at !== m) return [f, k, v];
      if (!Array.isArray(v)) return [f, k, r.below(4) === 0 ? null : 1 + r.below(4)];
      const list = [...(v as readonly Value[])];
      if (list.length > 1 && r.below(2) === 0) list.reverse();
      else list.pop();
      return [f, k, list];
    });
    return { ...event, value };
  });
}
