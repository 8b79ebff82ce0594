/**
 * First in, first out (after Henzinger, Sezgin and Vafeiadis, 2013): x goes before y if x was put in
 * before y was begun to be put in, or taken out before y was begun to be taken out, or if only x was
 * taken out. A linearization exists iff the elements can be put in one order that respects this. The
 * order is built front to back: the next one is any that nothing left must precede. What must precede
 * is known from the least returns of what is left, which only grow, so each element becomes ready once.
 *
 * A look that found nothing stands in that order like an element that was put in and taken out at one
 * moment: what stands before it is out by then, what stands behind it is not yet in.
 */
import type { Answer, Conflict } from './conflict.ts';
import { type Item, type Items, emptyAfter, handToLost } from './queue-items.ts';

export function judgeFifo(items: Items): Answer {
  const conflict = handOver(items) ?? overtaken(items.elements);
  if (conflict !== undefined) return { type: 'invalid', conflict };
  const line = lineUp([...items.elements, ...items.empties]);
  const order = line && weave(line);
  return order === undefined
    ? { type: 'not-applicable', why: 'the elements admit no simple order' }
    : { type: 'valid', order };
}

/** What was overtaken, or was inside before the queue was seen empty, went to dequeues of unknown outcome. */
function handOver(items: Items): Conflict | undefined {
  const { elements, lost } = items;
  if (lost.length === 0) return undefined;
  const overtakes = overtakers(elements);
  const empty = emptyAfter(items.empties);
  const stuck = handToLost(items, (item) =>
    Math.min(overtakes(item)?.takeRet ?? Infinity, empty(item)),
  );
  if (stuck === undefined) return undefined;
  const by = overtakes(stuck);
  return by === undefined ? undefined : { kind: 'left-behind', first: stuck.put, op: by.take };
}

/** Of the elements that were put in after this one, the one that was out first. */
function overtakers(elements: readonly Item[]): (item: Item) => Item | undefined {
  const byPut = elements
    .filter(({ take }) => take !== -1)
    .toSorted((x, y) => y.putCall - x.putCall);
  const best: Item[] = [];
  for (const item of byPut) {
    const before = best.at(-1);
    best.push(before !== undefined && before.takeRet < item.takeRet ? before : item);
  }
  return ({ putRet }) => {
    let [low, high] = [0, byPut.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((byPut[middle] as Item).putCall > putRet) low = middle + 1;
      else high = middle;
    }
    return best[low - 1];
  };
}

/** x put in before y, but y taken out before anybody began to take out x. */
function overtaken(elements: readonly Item[]): Conflict | undefined {
  const byRet = elements.toSorted((x, y) => x.putRet - y.putRet);
  let late: Item | undefined;
  let p = 0;
  for (const y of elements.toSorted((x, z) => x.putCall - z.putCall)) {
    for (; p < byRet.length; p++) {
      const x = byRet[p] as Item;
      if (x.putRet > y.putCall) break;
      if (late === undefined || x.takeCall > late.takeCall) late = x;
    }
    if (late !== undefined && y.takeRet < late.takeCall)
      return { kind: 'overtaken', first: late.put, second: y.put, take: y.take, left: late.take };
  }
  return undefined;
}

/** The items in an order that real time allows; undefined: there is none. */
function lineUp(items: readonly Item[]): Item[] | undefined {
  const by = (rank: (item: Item) => number): Item[] => items.toSorted((x, y) => order(rank, x, y));
  const putCall = new Sweep(
    by((item) => item.putCall),
    (item) => item.putCall,
  );
  const takeCall = new Sweep(
    by((item) => item.takeCall),
    (item) => item.takeCall,
  );
  const putRets = by((item) => item.putRet);
  const takeRets = by((item) => item.takeRet);
  const gone = new Set<Item>();
  const once = new Set<Item>();
  const ready: Item[] = [];
  let at = 0;
  let [p, t] = [0, 0];
  while (gone.size < items.length) {
    while (p < putRets.length && gone.has(putRets[p] as Item)) p++;
    while (t < takeRets.length && gone.has(takeRets[t] as Item)) t++;
    const { putRet } = putRets[p] as Item;
    const { takeRet } = takeRets[t] as Item;
    for (const item of [...putCall.until(putRet), ...takeCall.until(takeRet)])
      if (once.has(item)) ready.push(item);
      else once.add(item);
    const next = ready[at++];
    if (next === undefined) return undefined;
    gone.add(next);
  }
  return ready;
}

/** Puts and takes, each in the order of the line, woven together as real time asks. */
function weave(line: readonly Item[]): number[] | undefined {
  const takes = line.filter(({ take }) => take !== -1);
  const rets = line
    .flatMap(({ put, putRet, take, takeRet }) =>
      take === -1 || take === put
        ? [{ row: put, ret: putRet }]
        : [
            { row: put, ret: putRet },
            { row: take, ret: takeRet },
          ],
    )
    .toSorted((x, y) => x.ret - y.ret);
  const placed = new Set<number>();
  let [p, t, r] = [0, 0, 0];
  while (placed.size < rets.length) {
    while (placed.has((rets[r] as { row: number }).row)) r++;
    const before = (rets[r] as { ret: number }).ret;
    const take = takes[t];
    const put = line[p];
    if (take !== undefined && placed.has(take.put) && take.takeCall <= before) {
      placed.add(take.take);
      t++;
    } else if (
      put !== undefined &&
      put.putCall <= before &&
      (put.put !== put.take || take === put)
    ) {
      placed.add(put.put);
      p++;
      // Seen empty: in and out at once.
      if (put.put === put.take) t++;
    } else return undefined;
  }
  return [...placed];
}

function order(rank: (item: Item) => number, x: Item, y: Item): number {
  const [a, b] = [rank(x), rank(y)];
  return a === b ? 0 : a - b;
}

/** Items sorted by a rank, handed out once as a limit grows. */
class Sweep {
  readonly #sorted: readonly Item[];
  readonly #rank: (item: Item) => number;
  #at = 0;

  constructor(sorted: readonly Item[], rank: (item: Item) => number) {
    this.#sorted = sorted;
    this.#rank = rank;
  }

  *until(limit: number): Iterable<Item> {
    for (; this.#at < this.#sorted.length; this.#at++) {
      const next = this.#sorted[this.#at] as Item;
      if (this.#rank(next) > limit) return;
      yield next;
    }
  }
}
