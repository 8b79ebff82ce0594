/**
 * The slow, obvious twin of the checker for a handful of transactions: every pair is looked at by the
 * definition, every simple cycle with every choice of edges is walked; and serializability by trying
 * every order.
 */
import type { Value } from '../../base/operation.ts';
import type { HistoryEvent } from '../../history/event.ts';
import { CLASSES } from './cycles.ts';
import type { TxnKind } from '../../history/packed/txns.ts';
import type { MicroOp } from './txns.ts';

interface Txn {
  readonly index: number;
  readonly process: number | string;
  readonly type: 'ok' | 'info' | 'fail';
  /** Event of the completion. */
  readonly end: number;
  readonly micros: readonly MicroOp[];
}

function txnsOf(events: readonly HistoryEvent[]): Txn[] {
  return events
    .filter(({ type }) => type === 'invoke')
    .map((invoke) => {
      const end = events.find(
        (e) => e.index > invoke.index && e.process === invoke.process && e.type !== 'invoke',
      );
      const type = end === undefined ? 'info' : (end.type as Txn['type']);
      const micros = (type === 'ok' ? end : invoke)?.value as unknown as readonly MicroOp[];
      return {
        index: invoke.index,
        process: invoke.process,
        type,
        end: end?.index ?? Infinity,
        micros,
      };
    });
}

type Kind = 'ww' | 'wr' | 'rw' | 'process' | 'realtime';

/** All edges, by the definition. */
function edgesOf(txns: readonly Txn[], kind: TxnKind): Map<string, Set<Kind>> {
  const edges = new Map<string, Set<Kind>>();
  const add = (a: Txn | undefined, b: Txn | undefined, by: Kind): void => {
    if (a === undefined || b === undefined || a === b) return;
    const key = `${a.index}>${b.index}`;
    edges.set(key, (edges.get(key) ?? new Set()).add(by));
  };
  const ok = txns.filter(({ type }) => type === 'ok');
  const writer = (k: Value, v: Value): Txn | undefined =>
    txns.find(
      ({ type, micros }) =>
        type !== 'fail' && micros.some(([f, key, value]) => f !== 'r' && key === k && value === v),
    );
  const keys = [...new Set(txns.flatMap(({ micros }) => micros.map(([, key]) => key)))];
  for (const k of keys) {
    const readers = ok.flatMap((t) =>
      t.micros.flatMap(([f, key, value], at) => (f === 'r' && key === k ? [{ t, value, at }] : [])),
    );
    if (kind === 'list-append') listEdges(k, readers, { txns, writer, add });
    else {
      const seen = new Set(readers.map(({ value }) => value));
      const writers = txns.filter(
        ({ type, micros }) =>
          type === 'ok' ||
          (type === 'info' && micros.some(([f, key, v]) => f === 'w' && isSeen(ok, key, v))),
      );
      void seen;
      for (const { t, value, at } of readers) {
        const before = t.micros.slice(0, at).findLast(([, key]) => key === k);
        if (before !== undefined && before[2] === value) continue;
        if (value !== null) add(writer(k, value), t, 'wr');
        else if (before === undefined)
          for (const w of writers)
            if (w.micros.some(([f, key]) => f === 'w' && key === k)) add(t, w, 'rw');
      }
    }
  }
  for (const a of ok)
    for (const b of txns) {
      if (a.end < b.index) add(a, b, 'realtime');
      if (a.process === b.process && a.index < b.index) add(a, b, 'process');
    }
  return edges;
}

/** Did a committed transaction of others read the value? */
function isSeen(ok: readonly Txn[], key: Value, value: Value): boolean {
  return ok.some(({ micros }) => micros.some(([f, k, v]) => f === 'r' && k === key && v === value));
}

function listEdges(
  k: Value,
  readers: readonly { t: Txn; value: Value }[],
  {
    txns,
    writer,
    add,
  }: {
    txns: readonly Txn[];
    writer: (k: Value, v: Value) => Txn | undefined;
    add: (a: Txn | undefined, b: Txn | undefined, by: Kind) => void;
  },
): void {
  const lists = readers.map(({ value }) => (value ?? []) as readonly Value[]);
  const longest = longestOf(readers);
  const seen = (key: Value, v: Value): boolean =>
    txns.some(
      ({ type, micros }) =>
        type === 'ok' &&
        micros.some(([f, at, list]) => f === 'r' && at === key && (list as Value[]).includes(v)),
    );
  const real = longest.filter((v) => writer(k, v) !== undefined);
  real.forEach((v, i) => add(writer(k, v), writer(k, real[i + 1] ?? null), 'ww'));
  const odd = lists.some((list) => list.some((v, i) => v !== longest[i]));
  const unread = txns.filter(
    ({ type, micros }) =>
      (type === 'ok' ||
        (type === 'info' && micros.some(([f, key, v]) => f !== 'r' && seen(key, v)))) &&
      micros.some(([f, key, v]) => f !== 'r' && key === k && !longest.includes(v)),
  );
  for (const [i, { t }] of readers.entries()) {
    const list = lists[i] as readonly Value[];
    const prefix = list.every((v, at) => v === longest[at]);
    const own = (v: Value | undefined): boolean => v !== undefined && writer(k, v) === t;
    if (prefix) {
      add(writer(k, list.findLast((v) => !own(v)) ?? null), t, 'wr');
      const next = longest.slice(list.length).find((v) => writer(k, v) !== undefined);
      if (!own(list.at(-1))) add(t, next === undefined ? undefined : writer(k, next), 'rw');
    } else {
      const last = list.at(-1);
      if (last === undefined || own(last) || writer(k, last) === undefined) continue;
      add(writer(k, last), t, 'wr');
      const place = longest.indexOf(last);
      const next = longest.slice(place + 1).find((v) => writer(k, v) !== undefined);
      if (place >= 0 && next !== undefined && !list.includes(next)) add(t, writer(k, next), 'rw');
    }
  }
  if (odd || readers.length === 0) return;
  for (const late of unread) {
    add(writer(k, real.at(-1) ?? null), late, 'ww');
    for (const [i, { t, value }] of readers.entries()) {
      const whole = (lists[i] as readonly Value[]).length === longest.length;
      const at = t.micros.findIndex(([f, key, v]) => f === 'r' && key === k && v === value);
      const wrote = t.micros.slice(0, at).some(([f, key]) => f !== 'r' && key === k);
      if (whole && !wrote) add(t, late, 'rw');
    }
  }
}

/** In the order of completion: a list grows as long as each extends it; one that does not must be longer. */
function longestOf(readers: readonly { t: Txn; value: Value }[]): readonly Value[] {
  let grown: readonly Value[] = [];
  const others: (readonly Value[])[] = [];
  for (const { value } of readers.toSorted((a, b) => a.t.end - b.t.end)) {
    const list = (value ?? []) as readonly Value[];
    const both = Math.min(list.length, grown.length);
    if (!list.slice(0, both).every((v, i) => v === grown[i])) others.push(list);
    else if (list.length > grown.length) grown = list;
  }
  return others.reduce((a, b) => (b.length > a.length ? b : a), grown);
}

/** Names of all cycles there are, by walking every simple one with every choice of edges. */
export function twinCycles(events: readonly HistoryEvent[], kind: TxnKind): Set<string> {
  const txns = txnsOf(events).filter(({ type }) => type !== 'fail');
  const edges = edgesOf(txnsOf(events), kind);
  const found = new Set<string>();
  const walk = (path: Txn[], kinds: Kind[]): void => {
    const [first, last] = [path[0] as Txn, path.at(-1) as Txn];
    for (const next of txns) {
      const by = edges.get(`${last.index}>${next.index}`);
      if (by === undefined || next.index < first.index) continue;
      if (next === first) for (const each of by) name([...kinds, each], found);
      else if (!path.includes(next)) for (const each of by) walk([...path, next], [...kinds, each]);
    }
  };
  for (const txn of txns) walk([txn], []);
  return found;
}

function name(kinds: readonly Kind[], found: Set<string>): void {
  const rw = kinds.map((kind) => kind === 'rw');
  const count = rw.filter((is) => is).length;
  const extension = kinds.includes('realtime')
    ? '-realtime'
    : kinds.includes('process')
      ? '-process'
      : '';
  const dependencies = kinds.includes('ww') || kinds.includes('wr');
  const [g0, g1c, single, nonadjacent, g2] = CLASSES;
  if (count === 0 && !dependencies) return;
  if (count === 0) found.add(`${kinds.includes('wr') ? g1c : g0}${extension}`);
  else if (count === 1) found.add(`${single}${extension}`);
  else
    found.add(
      `${rw.some((is, i) => is && rw[(i + 1) % rw.length]) ? g2 : nonadjacent}${extension}`,
    );
}

/** Is there an order of the transactions that explains everything, by trying them all? */
export function bruteSerial(
  events: readonly HistoryEvent[],
  kind: TxnKind,
  realtime: boolean,
): boolean {
  const txns = txnsOf(events).filter(({ type }) => type !== 'fail');
  // Without real time every transaction may stand anywhere: as if all were open until the end.
  const judged = realtime ? events : atOnce(events);
  const index = new Map(txns.map((t, i) => [t, realtime ? t.index : i]));
  const attempt = (order: Txn[]): boolean => {
    const missing = txns.filter((t) => t.type === 'ok' && !order.includes(t));
    const verdict = playOrder(
      judged,
      order.map((t) => index.get(t) as number),
      kind,
    );
    if (verdict === undefined) return true;
    if (order.length > 0 && verdict !== undefined && !verdict.includes('is missing')) return false;
    if (missing.length === 0) return false;
    return txns.some((t) => !order.includes(t) && attempt([...order, t]));
  };
  return attempt([]);
}

/** All invocations first, then all completions. */
function atOnce(events: readonly HistoryEvent[]): HistoryEvent[] {
  const txns = txnsOf(events).filter(({ type }) => type !== 'fail');
  const invokes = txns.map((t, i): HistoryEvent => ({
    ...(events.find((e) => e.index === t.index) as HistoryEvent),
    index: i,
    process: i,
  }));
  const ends = txns.flatMap((t, i): HistoryEvent[] => {
    const end = events.find((e) => e.index === t.end);
    return end === undefined ? [] : [{ ...end, process: i }];
  });
  return [...invokes, ...ends.map((e, i) => ({ ...e, index: txns.length + i }))];
}

interface Recorded {
  readonly invoke: HistoryEvent;
  readonly end: HistoryEvent | undefined;
}

/** What is wrong with the order (event numbers of invocations), or undefined. */
function playOrder(
  events: readonly HistoryEvent[],
  order: readonly number[],
  kind: 'list-append' | 'rw-register',
): string | undefined {
  const recorded = recordedOf(events);
  const state = new Map<string, Value>();
  const placed = new Set<number>();
  let latestInvocation = -1;
  for (const index of order) {
    const txn = recorded.get(index);
    if (txn === undefined) return `there is no transaction of event ${index}`;
    if (placed.has(index)) return `the transaction of event ${index} stands there twice`;
    placed.add(index);
    const { end } = txn;
    if (end?.type === 'fail') return `the transaction of event ${index} failed`;
    if (end?.type === 'ok' && end.index < latestInvocation)
      return `the transaction of event ${index} had completed before another one was invoked that stands before it`;
    latestInvocation = Math.max(latestInvocation, index);
    const wrong = play(txn, state, kind);
    if (wrong !== undefined) return `the transaction of event ${index} ${wrong}`;
  }
  for (const [index, { end }] of recorded)
    if (end?.type === 'ok' && !placed.has(index))
      return `the committed transaction of event ${index} is missing`;
  return undefined;
}

/** Invocations with their completions, by event number. */
function recordedOf(events: readonly HistoryEvent[]): Map<number, Recorded> {
  const recorded = new Map<number, { invoke: HistoryEvent; end: HistoryEvent | undefined }>();
  const open = new Map<number | string, { invoke: HistoryEvent; end: HistoryEvent | undefined }>();
  for (const event of events) {
    if (event.type === 'invoke') {
      const txn = { invoke: event, end: undefined };
      recorded.set(event.index, txn);
      open.set(event.process, txn);
    } else {
      const txn = open.get(event.process);
      if (txn !== undefined) txn.end = event;
      open.delete(event.process);
    }
  }
  return recorded;
}

type Micro = readonly [f: string, key: Value, value: Value];

/** Micro-operations, as far as they are known; an operation on one key is a transaction of one. */
function microsOf({ invoke, end }: Recorded): readonly Micro[] {
  const known = end?.type === 'ok' ? end : invoke;
  if (invoke.f === 'txn') return (known.value ?? []) as unknown as readonly Micro[];
  if (invoke.f === 'read') return [['r', invoke.key ?? 0, known.value]];
  return [[invoke.f === 'append' ? 'append' : 'w', invoke.key ?? 0, invoke.value]];
}

function play(txn: Recorded, state: Map<string, Value>, kind: string): string | undefined {
  for (const [f, name, value] of microsOf(txn)) {
    const key = JSON.stringify(name);
    const now = state.get(key) ?? (kind === 'list-append' ? [] : null);
    if (f === 'append') (state.has(key) ? (now as Value[]) : stored(state, key)).push(value);
    else if (f === 'w') state.set(key, value);
    else if (txn.end?.type === 'ok' && !same(value ?? (kind === 'list-append' ? [] : null), now))
      return `read ${JSON.stringify(value)} of key ${key}, where there was ${JSON.stringify(now)}`;
  }
  return undefined;
}

function stored(state: Map<string, Value>, key: string): Value[] {
  const list: Value[] = [];
  state.set(key, list);
  return list;
}

function same(a: Value, b: Value): boolean {
  if (!Array.isArray(a) || !Array.isArray(b))
    return a === b || JSON.stringify(a) === JSON.stringify(b);
  return a.length === b.length && a.every((each, i) => same(each as Value, b[i] as Value));
}
