/**
 * Does the evidence of an anomaly hold against the history as it was recorded? A second, small piece of
 * code, which knows nothing of columns and graphs: each edge of a cycle is looked up in the events of its
 * two transactions, and the kinds of the edges must fit the name.
 */
import type { Value } from '../../base/operation.ts';
import type { HistoryEvent } from '../../history/event.ts';
import type { Anomaly } from '../verdict.ts';
import { type Micro, microsOf, recordedOf } from './verify-serial-order.ts';
import type { ShownStep } from './steps.ts';

type Recorded = Parameters<typeof microsOf>[0];

/** What is wrong with the evidence, or undefined. */
export function verifyAnomaly(
  events: readonly HistoryEvent[],
  anomaly: Anomaly,
  kind: 'list-append' | 'rw-register',
  assumed: readonly string[] = [],
): string | undefined {
  const book = bookOf(events, kind, assumed);
  const steps = anomaly.detail?.['cycle'] as readonly ShownStep[] | undefined;
  if (steps === undefined) return verifyFinding(book, anomaly);
  const open = steps.findIndex((step, i) => step.to !== steps[(i + 1) % steps.length]?.from);
  if (steps.length < 2 || open >= 0) return 'it is no cycle';
  const wrong = misnamed(anomaly.type, steps);
  if (wrong !== undefined) return wrong;
  for (const step of steps)
    if (!holds(book, step))
      return `the ${step.kind} from event ${step.from} to ${step.to} is not in the history`;
  return undefined;
}

interface Book {
  readonly kind: 'list-append' | 'rw-register';
  readonly assumed: readonly string[];
  readonly txns: ReadonlyMap<number, Recorded>;
  /** The longest lists that committed transactions read of each key: one, unless they contradict each other. */
  readonly longest: ReadonlyMap<string, readonly (readonly Value[])[]>;
  /** All elements that some committed transaction saw, by key. */
  readonly seen: ReadonlyMap<string, ReadonlySet<string>>;
}

const BOOKS = new WeakMap<readonly HistoryEvent[], Book>();

function bookOf(
  events: readonly HistoryEvent[],
  kind: Book['kind'],
  assumed: readonly string[],
): Book {
  const known = BOOKS.get(events);
  if (known !== undefined && known.kind === kind) return { ...known, assumed };
  const txns = recordedOf(events);
  const longest = new Map<string, (readonly Value[])[]>();
  const seen = new Map<string, Set<string>>();
  for (const txn of txns.values())
    for (const [f, name, value] of txn.end?.type === 'ok' ? microsOf(txn) : []) {
      if (f !== 'r' || kind !== 'list-append') continue;
      const key = id(name);
      const list = (value ?? []) as readonly Value[];
      const known = longest.get(key);
      const length = known?.[0]?.length ?? -1;
      if (known === undefined || list.length > length) longest.set(key, [list]);
      else if (list.length === length && !known.some((each) => isBeginning(list, each)))
        known.push(list);
      const elements = seen.get(key) ?? new Set();
      seen.set(key, elements);
      for (const element of list) elements.add(id(element));
    }
  const book = { kind, assumed, txns, longest, seen };
  BOOKS.set(events, book);
  return book;
}

function id(value: Value | undefined): string {
  return JSON.stringify(value ?? null);
}

/** Do the kinds of the edges fit the name of the cycle? */
function misnamed(type: string, steps: readonly ShownStep[]): string | undefined {
  const count = (kind: string): number => steps.filter((step) => step.kind === kind).length;
  const [, name, extension] = /^(.*?)(-process|-realtime)?$/.exec(type) ?? [];
  const rw = steps.map(({ kind }) => kind === 'rw');
  const fits: Record<string, boolean> = {
    G0: count('rw') === 0 && count('wr') === 0,
    G1c: count('rw') === 0 && count('wr') > 0,
    'G-single-item': count('rw') === 1,
    'G-nonadjacent-item': count('rw') > 0 && !rw.some((is, i) => is && rw[(i + 1) % rw.length]),
    'G2-item': count('rw') > 0,
  };
  if (fits[name ?? ''] !== true) return `its edges are not those of ${type}`;
  if (extension === undefined && count('process') + count('realtime') > 0)
    return 'it needs processes or real time, and its name does not say so';
  if (extension === '-process' && count('realtime') > 0)
    return 'it needs real time, and its name does not say so';
  return undefined;
}

function holds(book: Book, step: ShownStep): boolean {
  const a = book.txns.get(step.from);
  const b = book.txns.get(step.to);
  if (a === undefined || b === undefined || a.end?.type === 'fail' || b.end?.type === 'fail')
    return false;
  const { kind, value, next } = step;
  const key = id(step.key);
  switch (kind) {
    case 'process':
      return a.invoke.process === b.invoke.process && step.from < step.to;
    case 'realtime':
      return a.end?.type === 'ok' && a.end.index < step.to;
    case 'wr':
      return (
        wrote(a, key, value) && reads(b, key).some((read) => showsLast(book, b, read, key, value))
      );
    case 'ww':
      return wrote(a, key, value) && wrote(b, key, next) && follows(book, key, value, next, b);
    case 'rw':
      return (
        wrote(b, key, next) &&
        reads(a, key).some((read) => {
          if (book.kind === 'rw-register')
            return (
              id(read) === id(value) && (id(read) === 'null' || follows(book, key, value, next, b))
            );
          const list = (read ?? []) as readonly Value[];
          return (
            id(list.at(-1)) === id(value) &&
            !list.some((element) => id(element) === id(next)) &&
            (list.length === 0
              ? comesAtAll(book, key, next, b)
              : follows(book, key, value, next, b))
          );
        })
      );
  }
}

function wrote(txn: Recorded, key: string, value: Value | undefined): boolean {
  return microsOf(txn).some(([f, k, v]) => f !== 'r' && id(k) === key && id(v) === id(value));
}

/** What a committed transaction read of a key. */
function reads({ invoke, end }: Recorded, key: string): Value[] {
  if (end?.type !== 'ok') return [];
  return microsOf({ invoke, end }).flatMap(([f, k, v]) => (f === 'r' && id(k) === key ? [v] : []));
}

/** Is it what the read saw; of a list: the last element that is not the reader's own? */
function showsLast(
  book: Book,
  reader: Recorded,
  read: Value,
  key: string,
  value: Value | undefined,
): boolean {
  if (book.kind === 'rw-register') return id(read) === id(value);
  const others = ((read ?? []) as readonly Value[]).filter((each) => !wrote(reader, key, each));
  return id(others.at(-1)) === id(value);
}

/** Does the one version come before the other? */
function follows(
  book: Book,
  key: string,
  value: Value | undefined,
  next: Value | undefined,
  writer: Recorded,
): boolean {
  if (book.kind === 'rw-register') return assumedBefore(book, key, value, next);
  return (book.longest.get(key) ?? []).some((list) => {
    const at = list.findIndex((each) => id(each) === id(value));
    const after = list.findIndex((each) => id(each) === id(next));
    return at >= 0 && (after > at || (after < 0 && comesAtAll(book, key, next, writer)));
  });
}

/** A committed append that no read shows comes after all that was read; one that is read, comes. */
function comesAtAll(book: Book, key: string, next: Value | undefined, writer: Recorded): boolean {
  const shown = book.seen.get(key)?.has(id(next)) === true;
  const happened =
    writer.end?.type === 'ok' ||
    microsOf(writer).some(([f, k, v]) => f === 'append' && book.seen.get(id(k))?.has(id(v)));
  return book.longest.has(key) && (shown || happened);
}

/** Under an assumption on the key alone: who saw or wrote the one comes before who did so with the other. */
function assumedBefore(
  book: Book,
  key: string,
  u: Value | undefined,
  v: Value | undefined,
): boolean {
  const touching = (value: Value | undefined): Recorded[] =>
    [...book.txns.values()].filter(
      (txn) =>
        txn.end?.type !== 'fail' &&
        microsOf(txn).some(([, k, each]) => id(k) === key && id(each) === id(value)),
    );
  const [before, after] = [touching(u), touching(v)];
  return before.some((a) =>
    after.some((b) => {
      if (a === b) return true;
      const order = a.end?.type === 'ok' && a.end.index < b.invoke.index;
      if (book.assumed.includes('linearizable-keys')) return order;
      return (
        book.assumed.includes('sequential-keys') && order && a.invoke.process === b.invoke.process
      );
    }),
  );
}

/** The other anomalies: the last transaction must show it. */
function verifyFinding(
  book: Book,
  { type, key: name, operations, detail }: Anomaly,
): string | undefined {
  const txns = operations.map((event) => book.txns.get(event));
  const last = txns.at(-1);
  const first = txns[0];
  if (last === undefined || first === undefined) return 'it names no transaction';
  const key = id(name);
  const value = detail?.['value'] as Value;
  const seen = reads(last, key).flatMap((read) =>
    Array.isArray(read) ? (read as Value[]) : [read],
  );
  const saw = seen.some((each) => id(each) === id(value));
  const failed = first.end?.type === 'fail';
  const right: Record<string, () => boolean> = {
    internal: () => contradictsItself(microsOf(last), key, book.kind),
    G1a: () => saw && failed && wrote(first, key, value),
    G1b: () => saw && first !== last && laterThan(first, key, value),
    'dirty-update': () =>
      failed && wrote(last, key, value) && book.seen.get(key)?.has(id(value)) === true,
    'lost-update': () =>
      first !== last &&
      id(firstRead(first, key)) === id(firstRead(last, key)) &&
      [first, last].every((txn) => microsOf(txn).some(([f, k]) => f !== 'r' && id(k) === key)),
    'duplicate-elements': () => seen.filter((each) => id(each) === id(value)).length > 1,
    'incompatible-order': () =>
      (book.longest.get(key) ?? []).some(
        (list) =>
          ownOutOfOrder(microsOf(last), key, list) ||
          reads(last, key).some((read) => !isBeginning(read as Value[], list)),
      ),
    'garbage-read': () => saw && ![...book.txns.values()].some((txn) => wrote(txn, key, value)),
    'future-read': () => saw && wrote(last, key, value),
    'cyclic-versions': () => true,
  };
  return right[type]?.() === true ? undefined : `the history does not show the ${type}`;
}

/** Do elements of one transaction stand in another order than it appended them, or without an earlier one? */
function ownOutOfOrder(micros: readonly Micro[], key: string, longest: readonly Value[]): boolean {
  const places = micros
    .filter(([f, k]) => f === 'append' && id(k) === key)
    .map(([, , v]) => longest.findIndex((each) => id(each) === id(v)));
  return places.some(
    (place, i) =>
      i > 0 && place >= 0 && !((places[i - 1] as number) >= 0 && (places[i - 1] as number) < place),
  );
}

function firstRead(txn: Recorded, key: string): Value | undefined {
  return reads(txn, key)[0];
}

/** Did it write the key again after this value? */
function laterThan(txn: Recorded, key: string, value: Value): boolean {
  const writes = microsOf(txn).filter(([f, k]) => f !== 'r' && id(k) === key);
  return id(writes.at(-1)?.[2]) !== id(value) && wrote(txn, key, value);
}

function isBeginning(list: readonly Value[] | null, of: readonly Value[]): boolean {
  return (list ?? []).every((each, i) => id(each) === id(of[i]));
}

/** Plays the micro-operations of one transaction on one key. */
function contradictsItself(micros: readonly Micro[], key: string, kind: Book['kind']): boolean {
  let known: Value | undefined;
  let own: Value[] = [];
  for (const [f, k, v] of micros) {
    if (id(k) !== key) continue;
    if (f === 'w') known = v;
    else if (f === 'append') {
      if (known === undefined) own.push(v);
      else known = [...((known ?? []) as readonly Value[]), v];
    } else if (kind === 'rw-register') {
      if (known !== undefined && id(known) !== id(v)) return true;
      known = v;
    } else {
      const list = (v ?? []) as readonly Value[];
      if (
        known === undefined
          ? id(list.slice(list.length - own.length)) !== id(own)
          : id(known) !== id(list)
      )
        return true;
      known = list;
      own = [];
    }
  }
  return false;
}
