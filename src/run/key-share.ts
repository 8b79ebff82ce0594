/**
 * Keys that wait for a search, in memory that threads share: nothing is copied to whoever judges some of
 * them. Each takes the next batch by a counter and leaves word of where it is, so that it can be told even of
 * one that was ended.
 */
import type { Columns } from '../checkers/columns.ts';
import type { ColumnsAsk } from '../checkers/judge-columns.ts';
import type { CheckProgress } from '../checkers/linearizable.ts';
import type { Reached } from '../checkers/linearizability/wgl.ts';
import type { PackedKey } from '../checkers/packed-columns.ts';

/** Plain data and shared memory: a message carries it to a thread. */
export interface KeyShare {
  /** Columns of all tasks, one behind the other. */
  readonly f: Uint8Array;
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly call: Int32Array;
  readonly ret: Int32Array;
  readonly row: Int32Array;
  /** Event number of each. */
  readonly event: Int32Array;
  /** Per task: behind its last operation; its number of values; are violations planted (lowered by a write). */
  readonly ends: Int32Array;
  readonly sizes: Int32Array;
  readonly plant: Uint8Array;
  readonly keys: readonly PackedKey['key'][];
  /** Per batch: behind its last task. */
  readonly batches: Int32Array;
  /** Number of the next batch, and of tasks that were judged. */
  readonly counters: Int32Array;
  /** Per thread: its task + 1 (0: none), the row that its search has not passed, operations open there. */
  readonly places: Int32Array;
  readonly ask: ColumnsAsk;
  /** Keys of the history, and those of them that were judged before any was shared. */
  readonly of: number;
  readonly done: number;
}

/** A key to share. */
export interface SharedKey extends Pick<PackedKey, 'key' | 'columns'> {
  readonly plant: boolean;
}

/** Operations that are worth a message of their own; of small histories so many messages for each thread. */
const BATCH = 2000;
const BATCHES = 8;

/** Lays out the keys in the order given. */
export function shareKeys(
  keys: readonly SharedKey[],
  event: Int32Array,
  threads: number,
  told: Pick<KeyShare, 'ask' | 'of' | 'done'>,
): KeyShare {
  const n = keys.reduce((sum, { columns }) => sum + columns.n, 0);
  const numbers = (length: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * length));
  const share = {
    f: new Uint8Array(new SharedArrayBuffer(n)),
    a: numbers(n),
    b: numbers(n),
    call: numbers(n),
    ret: numbers(n),
    row: numbers(n),
    event: numbers(n),
    ends: numbers(keys.length),
    sizes: numbers(keys.length),
    plant: new Uint8Array(new SharedArrayBuffer(keys.length)),
    keys: keys.map(({ key }) => key),
    batches: batchesOf(keys, Math.min(BATCH, n / (BATCHES * threads))),
    counters: numbers(2),
    places: numbers(3 * threads),
    ...told,
  };
  let from = 0;
  for (const [task, { columns, plant }] of keys.entries()) {
    for (const name of ['f', 'a', 'b', 'call', 'ret', 'row'] as const)
      share[name].set(columns[name].subarray(0, columns.n), from);
    for (const row of columns.row) share.event[from++] = event[row] as number;
    share.ends[task] = from;
    share.sizes[task] = columns.size;
    share.plant[task] = plant ? 1 : 0;
  }
  return share;
}

function batchesOf(keys: readonly SharedKey[], size: number): Int32Array {
  const ends: number[] = [];
  let operations = 0;
  for (const [task, { columns }] of keys.entries()) {
    operations += columns.n;
    if (operations < size && task < keys.length - 1) continue;
    ends.push(task + 1);
    operations = 0;
  }
  return Int32Array.from(ends);
}

/** The tasks of the next batch, which nobody else gets; none: all are taken. */
export function takeBatch({ counters, batches }: KeyShare): number[] {
  const batch = Atomics.add(counters, 0, 1);
  const end = batches[batch];
  if (end === undefined) return [];
  const from = batch === 0 ? 0 : (batches[batch - 1] as number);
  return Array.from({ length: end - from }, (_, i) => from + i);
}

/** One task's columns, seen in place. Values have no names here. */
export function columnsOf(share: KeyShare, task: number): Columns {
  const [from, end] = [startOf(share, task), share.ends[task] as number];
  return {
    n: end - from,
    f: share.f.subarray(from, end),
    a: share.a.subarray(from, end),
    b: share.b.subarray(from, end),
    call: share.call.subarray(from, end),
    ret: share.ret.subarray(from, end),
    row: share.row.subarray(from, end),
    size: share.sizes[task] as number,
    values: [],
  };
}

function startOf({ ends }: KeyShare, task: number): number {
  return task === 0 ? 0 : (ends[task - 1] as number);
}

/** One task more is judged. */
export function countJudged({ counters }: KeyShare): void {
  Atomics.add(counters, 1, 1);
}

/** Leaves word that a thread is at a task, and how far; without a task: that it is at none. */
export function leaveWord(
  { places }: KeyShare,
  thread: number,
  task = -1,
  { at, width }: Reached = { at: -1, width: 0 },
): void {
  places.set([task + 1, at, width], 3 * thread);
}

/** Where a thread was last; undefined: at no task. */
export function placeOf(
  { places }: KeyShare,
  thread: number,
): { readonly task: number; readonly reached: Reached | undefined } | undefined {
  const [task = 0, at = -1, width = 0] = places.subarray(3 * thread, 3 * thread + 3);
  if (task === 0) return undefined;
  return { task: task - 1, reached: at < 0 ? undefined : { at, width } };
}

/** Of all threads the one whose task comes first, as a check tells how far it has come. */
export function progressOf(share: KeyShare): CheckProgress {
  const threads = [...Array(share.places.length / 3).keys()];
  const [place] = threads
    .flatMap((thread) => placeOf(share, thread) ?? [])
    .filter(({ reached }) => reached !== undefined)
    .sort((x, y) => x.task - y.task);
  const common = { done: share.done + (share.counters[1] as number), of: share.of };
  if (place?.reached === undefined) return common;
  const { task, reached } = place;
  const rows = share.row.subarray(startOf(share, task), share.ends[task]);
  const event = share.event[startOf(share, task) + rows.indexOf(reached.at)] as number;
  return { ...common, key: share.keys[task], event, width: reached.width };
}
