/**
 * What happened to each element of a queue or a stack: when it was put in, when it was taken out; and at what moment
 * each look that found the queue empty can have been right.
 *
 * *Seen empty*: an element was surely inside between the return of its put and the call of its take. A
 * look was right at some moment between its call and its return at which nothing was surely inside.
 *
 * *Dequeues of unknown outcome* may have taken out what nobody else did. Elements that must have gone by
 * some moment, since the queue was seen empty or a later element came out first, are handed to them:
 * the most urgent one to the one that was called first. If that fails, everything does.
 */
import { type Call, NEVER, isPut, isTake, isUnknown } from '../calls.ts';
import type { Conflict } from './conflict.ts';

/** An element, or a look that found nothing: then put and taken out at one moment. */
export interface Item {
  /** Rows; `take` -1: never taken out. */
  readonly put: number;
  take: number;
  /** Bounds of both, by rank; `NEVER`: no return; `Infinity`: never taken out. */
  readonly putCall: number;
  putRet: number;
  takeCall: number;
  takeRet: number;
}

export interface Items {
  /** Elements that were surely put in, or taken out. */
  readonly elements: readonly Item[];
  readonly empties: readonly Item[];
  /** Calls of dequeues without a known outcome, by their calls, and their rows. */
  readonly lost: readonly { readonly row: number; readonly call: number }[];
}

/** Or a contradiction that holds in any order of the elements; or why this is not for the rules of queues. */
export function queueItems(
  calls: readonly Call[],
): Items | { readonly conflict: Conflict } | { readonly unfit: string } {
  const reader = new Reader(calls);
  const unfit = reader.collect();
  if (unfit !== undefined) return { unfit };
  const conflict = reader.takeOut() ?? reader.findEmpty();
  return conflict === undefined ? reader.items() : { conflict };
}

class Reader {
  readonly #calls: readonly Call[];
  readonly #elements = new Map<string, Item>();
  readonly #looks: number[] = [];
  readonly #lost: { row: number; call: number }[] = [];
  readonly #empties: Item[] = [];

  constructor(calls: readonly Call[]) {
    this.#calls = calls;
  }

  collect(): string | undefined {
    for (const [row, call] of this.#calls.entries()) {
      const { invoke, end } = call;
      if (end?.type === 'fail') continue;
      if (isPut(call)) {
        const name = JSON.stringify(invoke.value);
        if (this.#elements.has(name)) return 'an element is put in twice';
        const out = { take: -1, takeCall: Infinity, takeRet: Infinity };
        this.#elements.set(name, { put: row, putCall: call.call, putRet: call.ret, ...out });
      } else if (isUnknown(call)) this.#lost.push({ row, call: call.call });
      else if (end?.value === null) this.#looks.push(row);
    }
    return undefined;
  }

  /** Every element taken out was put in, by somebody who had begun to, and is taken out once. */
  takeOut(): Conflict | undefined {
    for (const [row, each] of this.#calls.entries()) {
      const { end, call, ret } = each;
      if (!isTake(each) || end?.type !== 'ok' || end.value === null) continue;
      const item = this.#elements.get(JSON.stringify(end.value));
      if (item === undefined) return { kind: 'phantom', op: row };
      if (item.take !== -1) return { kind: 'taken-twice', first: item.take, second: row };
      if (ret < item.putCall) return { kind: 'inverted', before: item.put, after: row, links: [] };
      takenBy(item, row, call, ret);
    }
    return undefined;
  }

  /** For each look the first moment at which nothing was surely inside, but what lost dequeues took. */
  findEmpty(): Conflict | undefined {
    if (this.#looks.length === 0) return undefined;
    const next = this.#emptyMoments();
    for (const row of this.#looks) {
      const { call, ret } = this.#calls[row] as Call;
      const at = next[call] as number;
      if (at >= ret) return { kind: 'not-empty', op: row, held: this.#held(call, ret) };
      const moment = at + 0.5;
      this.#empties.push({
        put: row,
        take: row,
        putCall: moment,
        putRet: moment,
        takeCall: moment,
        takeRet: moment,
      });
    }
    return undefined;
  }

  items(): Items {
    const all = [...this.#elements.values()];
    return {
      elements: all.filter(({ take, putRet }) => take !== -1 || putRet !== NEVER),
      empties: this.#empties,
      lost: this.#lost,
    };
  }

  /** By rank: the first rank from there on behind which, before the next one, the queue can be empty. */
  #emptyMoments(): Int32Array {
    const ranks = this.#calls.reduce(
      (n, { call, ret }) => Math.max(n, call + 1, ret === NEVER ? 0 : ret + 1),
      0,
    );
    // What changes at each rank: how many taken elements are inside, how many that nobody is known to have taken.
    const inside = new Int32Array(ranks);
    const left = new Int32Array(ranks);
    const add = (to: Int32Array, rank: number, by: number): void => {
      to[rank] = (to[rank] as number) + by;
    };
    for (const { take, takeCall, putRet } of this.#elements.values()) {
      if (putRet === NEVER) continue;
      if (take === -1) add(left, putRet, 1);
      else if (putRet < takeCall) {
        add(inside, putRet, 1);
        add(inside, takeCall, -1);
      }
    }
    for (const { call } of this.#lost) add(left, call, -1);
    for (let rank = 1; rank < ranks; rank++) {
      add(inside, rank, inside[rank - 1] as number);
      add(left, rank, left[rank - 1] as number);
    }
    const next = new Int32Array(ranks + 1).fill(NEVER);
    for (let rank = ranks - 1; rank >= 0; rank--)
      next[rank] =
        inside[rank] === 0 && (left[rank] as number) <= 0 ? rank : (next[rank + 1] as number);
    return next;
  }

  /** Elements that leave no moment between two ranks at which all of them were out: puts and takes. */
  #held(from: number, to: number): number[] {
    const held: number[] = [];
    const inside = [...this.#elements.values()]
      .filter(({ putRet, takeCall }) => putRet < takeCall && putRet < to && takeCall > from)
      .toSorted((x, y) => x.putRet - y.putRet);
    for (let [at, i] = [from, 0]; at < to;) {
      let best: Item | undefined;
      for (; i < inside.length && (inside[i] as Item).putRet <= at; i++)
        if ((inside[i] as Item).takeCall > (best?.takeCall ?? at)) best = inside[i];
      // Only together with those that lost dequeues may have taken.
      if (best === undefined || (best.take === -1 && this.#lost.length > 0))
        return inside.flatMap(rowsOfItem);
      held.push(...rowsOfItem(best));
      at = best.takeCall;
    }
    return held;
  }
}

/** It went in before it came out, whatever else is known of either. */
function takenBy(item: Item, row: number, call: number, ret: number): void {
  item.take = row;
  item.takeCall = Math.max(call, item.putCall);
  item.takeRet = ret;
  item.putRet = Math.min(item.putRet, ret);
}

function rowsOfItem({ put, take }: Item): number[] {
  return take === -1 || take === put ? [put] : [put, take];
}

/**
 * Hands elements that must have gone to dequeues of unknown outcome. `deadline`: the moment by which an
 * element must have gone, `Infinity` if it need not. Answers the first element for which none is left.
 */
export function handToLost(
  { elements, lost }: Items,
  deadline: (item: Item) => number,
): Item | undefined {
  const urgent = elements
    .filter(({ take }) => take === -1)
    .map((item) => ({ item, by: deadline(item) }))
    .filter(({ by }) => by !== Infinity)
    .toSorted((x, y) => x.by - y.by);
  for (const [i, { item, by }] of urgent.entries()) {
    const taker = lost[i];
    if (taker === undefined || taker.call > by) return item;
    takenBy(item, taker.row, taker.call, NEVER);
  }
  return undefined;
}

/** The first moment after an element was surely in at which the queue was seen empty. */
export function emptyAfter(empties: readonly Item[]): (item: Item) => number {
  const moments = empties.map(({ putCall }) => putCall).toSorted((x, y) => x - y);
  return ({ putRet }) => moments[firstAbove(moments, putRet)] ?? Infinity;
}

/** Index of the first of the sorted numbers that is larger. */
function firstAbove(sorted: readonly number[], than: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) > than) high = middle;
    else low = middle + 1;
  }
  return low;
}
