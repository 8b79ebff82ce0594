/**
 * The keys of a source in byte order, made little by little: sorting a million keys at once would hold
 * up everything else for seconds, and with it the leases. Keys are taken in runs, each run is sorted by
 * itself, and a chunk merges as many of them as it needs.
 *
 * What is not in the list, since it was first written later in the epoch, reaches a shadow as an INV.
 */
import type { Key } from '../../base/operation.ts';

/** Keys that are taken and sorted in one step: about two milliseconds. */
export const RUN_KEYS = 4096;

export interface Listing {
  readonly epoch: number;
  /** Each in byte order. */
  readonly runs: (readonly Key[])[];
  /** What is not in a run yet; undefined: nothing. */
  rest: Iterator<Key> | undefined;
}

export function newListing(epoch: number, keys: Iterable<Key>): Listing {
  return { epoch, runs: [], rest: keys[Symbol.iterator]() };
}

/** Takes and sorts one more run. True: the list is complete. */
export function extend(listing: Listing): boolean {
  const { rest, runs } = listing;
  if (rest === undefined) return true;
  const run: Key[] = [];
  while (run.length < RUN_KEYS) {
    const { done, value } = rest.next();
    if (done === true) {
      listing.rest = undefined;
      break;
    }
    run.push(value);
  }
  if (run.length > 0) runs.push(run.sort(byBytes));
  return listing.rest === undefined;
}

/** The keys of a complete list that come after `cursor` (null: all), in order, as far as one asks. */
export function* keysAfter({ runs }: Listing, cursor: Key | null): Generator<Key, void> {
  const heap = runs
    .map((keys): Head => ({ keys, at: cursor === null ? 0 : firstAfter(keys, cursor) }))
    .filter(({ keys, at }) => at < keys.length)
    .sort((a, b) => byBytes(keyOf(a), keyOf(b)));
  for (let head = heap[0]; head !== undefined; head = heap[0]) {
    yield keyOf(head);
    head.at++;
    if (head.at === head.keys.length) {
      const last = heap.pop() as Head;
      if (heap.length > 0) heap[0] = last;
    }
    sink(heap);
  }
}

/** A run and how far it was read. */
interface Head {
  readonly keys: readonly Key[];
  at: number;
}

function keyOf({ keys, at }: Head): Key {
  return keys[at] as Key;
}

/** Brings the first element of a heap to where it belongs, smallest key first. */
function sink(heap: Head[]): void {
  for (let at = 0; ;) {
    let least = at;
    for (const child of [2 * at + 1, 2 * at + 2]) {
      const head = heap[child];
      if (head !== undefined && keyOf(head) < keyOf(heap[least] as Head)) least = child;
    }
    if (least === at) return;
    [heap[at], heap[least]] = [heap[least] as Head, heap[at] as Head];
    at = least;
  }
}

/** Keys are latin-1 strings: comparing code units compares bytes. */
function byBytes(a: Key, b: Key): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Index of the first key above `cursor`. */
function firstAfter(keys: readonly Key[], cursor: Key): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as Key) <= cursor) low = middle + 1;
    else high = middle;
  }
  return low;
}
