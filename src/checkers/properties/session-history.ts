/**
 * A history as sessions: what each process did, one after the other, and which write each read saw.
 *
 * A session ends where its process is retired. Judged are registers whose every value is written once
 * (`read`, `write`, `cas`, `getset`) and lists (`read`, `append`); keys with other operations are left out
 * and counted.
 */
import type { Value } from '../../base/operation.ts';
import { type Call, isUnknown } from '../calls.ts';
import { type Calls, byKey, idOf, isOk, said } from './property.ts';

export type Key = number | string | undefined;

export interface Write {
  /** Number among all writes, from 0. */
  readonly id: number;
  readonly call: Call;
  readonly key: Key;
  readonly value: Value;
  readonly session: number;
  /** Place among the operations of its session, from 1. */
  readonly seq: number;
}

export interface Look {
  readonly call: Call;
  readonly key: Key;
  readonly session: number;
  readonly seq: number;
  readonly list: boolean;
  /** Register: the write that it saw, or none: the initial value. List: all of them in order. */
  readonly saw: readonly Write[];
}

/** One step of a session, in an order in which no read comes before the write that it saw. */
export type Moment = { readonly write: Write } | { readonly look: Look };

export interface Judgeable {
  readonly kind: 'register' | 'list';
  readonly calls: readonly Call[];
}

export interface Sessions {
  readonly moments: readonly Moment[];
  /** How many sessions, and how many writes. */
  readonly count: number;
  readonly writes: number;
  /** Keys that are left out. */
  readonly skipped: number;
  /** What is judged, by key. */
  readonly objects: ReadonlyMap<Key, Judgeable>;
  /** Reads of what nobody had written by then, or of what was refused. */
  readonly strangers: readonly { readonly call: Call; readonly value: Value }[];
}

const REGISTER: ReadonlySet<string> = new Set(['read', 'write', 'cas', 'getset']);
const LIST: ReadonlySet<string> = new Set(['read', 'append']);

/** Or a sentence why there is nothing to judge. */
export function sessionsOf(calls: Calls): Sessions | string {
  const objects = new Map<Key, Judgeable>();
  let why = 'The history holds no operation.';
  const keys = byKey(calls.all);
  for (const [key, own] of keys) {
    const kind = kindOf(own, calls.header.initial ?? null);
    if (kind === 'register' || kind === 'list') objects.set(key, { kind, calls: own });
    else why = kind.odd;
  }
  if (objects.size === 0) return why;
  return new Reader(calls, objects, keys.size - objects.size).read();
}

/** What a key is, or why it is left out. */
function kindOf(
  calls: readonly Call[],
  initial: Value,
): 'register' | 'list' | { readonly odd: string } {
  let [lists, odd] = [false, undefined as Call | undefined];
  for (const { invoke, end } of calls)
    lists ||= invoke.f === 'append' || (invoke.f === 'read' && Array.isArray(end?.value));
  const known = lists ? LIST : REGISTER;
  for (const call of calls) if (!known.has(call.invoke.f)) odd ??= call;
  if (odd !== undefined)
    return { odd: `${said(odd)} is no operation of a ${lists ? 'list' : 'register'}.` };
  const values = new Set<number | string>(lists ? [] : [idOf(initial)]);
  for (const call of calls) {
    const value = writtenBy(call);
    if (value === undefined) continue;
    const id = idOf(value);
    if (values.has(id))
      return { odd: `${said(call)} writes a value once more: values must be unique.` };
    values.add(id);
  }
  return lists ? 'list' : 'register';
}

/** The value that a call wrote or may have written. */
function writtenBy({ invoke: { f, value }, end }: Call): Value | undefined {
  if (end?.type === 'fail' || f === 'read') return undefined;
  if (f !== 'cas') return value;
  return Array.isArray(value) ? (value[1] as Value | undefined) : undefined;
}

/** What a call was answered with, as a read; undefined: it shows nothing. */
export function seenBy({ invoke: { f, value }, end }: Call): Value | undefined {
  if (end?.type === 'fail') return end.observed;
  if (end?.type !== 'ok') return undefined;
  if (f === 'read') return end.value ?? null;
  if (f === 'getset') return end.result;
  return f === 'cas' && Array.isArray(value) ? (value[0] as Value | undefined) : undefined;
}

class Reader {
  readonly #calls: Calls;
  readonly #objects: ReadonlyMap<Key, Judgeable>;
  readonly #skipped: number;
  readonly #sessions = new Map<number | string, { id: number; seq: number; last: Call }>();
  #count = 0;
  #written = 0;
  readonly #writes = new Map<Key, Map<number | string, Write>>();
  readonly #strangers: { call: Call; value: Value }[] = [];

  constructor(calls: Calls, objects: ReadonlyMap<Key, Judgeable>, skipped: number) {
    this.#calls = calls;
    this.#objects = objects;
    this.#skipped = skipped;
  }

  read(): Sessions {
    // By rank: a call where it writes, where it returns what it saw.
    const steps = Array.from<Call | undefined>({ length: 2 * this.#calls.all.length });
    for (const call of this.#calls.all) {
      if (!this.#objects.has(call.invoke.key)) continue;
      if (writtenBy(call) !== undefined) steps[call.call] = call;
      if (seenBy(call) !== undefined) steps[call.ret] = call;
    }
    const moments: Moment[] = [];
    for (const [rank, call] of steps.entries()) {
      if (call === undefined) continue;
      const moment = rank === call.ret ? this.#look(call) : this.#write(call);
      if (moment !== undefined) moments.push(moment);
    }
    return {
      moments,
      count: this.#count,
      writes: this.#written,
      objects: this.#objects,
      skipped: this.#skipped,
      strangers: this.#strangers,
    };
  }

  #place(call: Call): { readonly session: number; readonly seq: number } {
    const { process } = call.invoke;
    let session = this.#sessions.get(process);
    // What a process does after an unknown outcome follows from nothing that it did before.
    if (session === undefined || (session.last !== call && isUnknown(session.last)))
      this.#sessions.set(process, (session = { id: this.#count++, seq: 0, last: call }));
    session.seq++;
    session.last = call;
    return { session: session.id, seq: session.seq };
  }

  #write(call: Call): Moment {
    const { key } = call.invoke;
    const value = writtenBy(call) as Value;
    const write: Write = { id: this.#written++, call, key, value, ...this.#place(call) };
    const own = this.#writes.get(key) ?? new Map<number | string, Write>();
    this.#writes.set(key, own.set(idOf(value), write));
    return { write };
  }

  #look(call: Call): Moment | undefined {
    const { key } = call.invoke;
    const list = this.#objects.get(key)?.kind === 'list';
    const value = seenBy(call) as Value;
    const shown = list ? ((value ?? []) as readonly Value[]) : [value];
    if (!Array.isArray(shown)) {
      this.#strangers.push({ call, value });
      return undefined;
    }
    const saw: Write[] = [];
    const written = this.#writes.get(key);
    for (const one of shown) {
      const write = written?.get(idOf(one));
      if (write !== undefined && write.call !== call) saw.push(write);
      else if (list || idOf(one) !== idOf(this.#calls.header.initial ?? null)) {
        this.#strangers.push({ call, value: one });
        return undefined;
      }
    }
    return { look: { call, key, list, saw, ...this.#place(call) } };
  }
}

/** It is sure to have happened, so that others may be asked to have seen it. */
export function isSure(write: Write): boolean {
  return isOk(write.call);
}
