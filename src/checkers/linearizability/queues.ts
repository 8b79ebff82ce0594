/**
 * Queues whose elements are each put in once, in O(n log n): in any order, and first in first out.
 *
 * *In any order*: an element is taken out at most once, by somebody who had not returned before it was
 * put in; elements do not depend on one another.
 *
 * *First in, first out* (after Henzinger, Sezgin and Vafeiadis, 2013): x goes before y if x was put in
 * before y was begun to be put in, or taken out before y was begun to be taken out, or if only x was
 * taken out. A linearization exists iff the elements can be put in one order that respects this. The
 * order is built front to back: the next one is any that nothing left must precede. What must precede
 * is known from the least returns of what is left, which only grow, so each element becomes ready once.
 */
import type { Value } from '../../base/operation.ts';
import { type Call, NEVER, isCertain, isUnknown } from '../calls.ts';
import type { Answer, Conflict } from './conflict.ts';

/** Rows of one element's operations; -1: never taken out. */
interface Element {
  readonly put: number;
  take: number;
}

/** Judges a queue that begins empty, with a linearization. `order`: first in, first out. */
export function judgeQueue(calls: readonly Call[], initial: Value, order: 'fifo' | 'any'): Answer {
  if (initial !== null && !(Array.isArray(initial) && initial.length === 0))
    return { type: 'not-applicable', why: 'a queue that does not begin empty' };
  return new Queue(calls).judge(order);
}

class Queue {
  readonly #calls: readonly Call[];
  readonly #elements = new Map<string, Element>();

  constructor(calls: readonly Call[]) {
    this.#calls = calls;
  }

  judge(order: 'fifo' | 'any'): Answer {
    const unfit = this.#collect(order);
    if (unfit !== undefined) return { type: 'not-applicable', why: unfit };
    const conflict = this.#takes() ?? this.#early();
    if (conflict !== undefined) return { type: 'invalid', conflict };
    const kept = [...this.#elements.values()].filter(
      ({ put, take }) => take !== -1 || isCertain(this.#call(put)),
    );
    return order === 'any' ? { type: 'valid', order: this.#free(kept) } : this.#fifo(kept);
  }

  #call(row: number): Call {
    return this.#calls[row] as Call;
  }

  /** Elements that were put in; answers why this is not for us. */
  #collect(order: 'fifo' | 'any'): string | undefined {
    for (const [row, call] of this.#calls.entries()) {
      const { invoke, end } = call;
      if (end?.type === 'fail') continue;
      if (invoke.f === 'enqueue') {
        const name = JSON.stringify(invoke.value);
        if (this.#elements.has(name)) return 'an element is put in twice';
        this.#elements.set(name, { put: row, take: -1 });
      } else if (isUnknown(call)) {
        // It may have taken out any of those that nobody else did.
        if (order === 'fifo') return 'a dequeue with unknown outcome';
      } else if (end?.value === null) return 'the queue was seen empty';
    }
    return undefined;
  }

  /** Every element taken out was put in, and is taken out once. */
  #takes(): Conflict | undefined {
    for (const [row, call] of this.#calls.entries()) {
      if (call.invoke.f !== 'dequeue' || call.end?.type !== 'ok') continue;
      const element = this.#elements.get(JSON.stringify(call.end.value));
      if (element === undefined) return { kind: 'phantom', op: row };
      if (element.take !== -1) return { kind: 'taken-twice', first: element.take, second: row };
      element.take = row;
    }
    return undefined;
  }

  /** No element was out before anybody began to put it in. */
  #early(): Conflict | undefined {
    for (const { put, take } of this.#elements.values())
      if (take !== -1 && this.#call(take).ret < this.#call(put).call)
        return { kind: 'inverted', before: put, after: take, links: [] };
    return undefined;
  }

  /** Each put at its call, each take as early as it can be. */
  #free(kept: readonly Element[]): number[] {
    const points = kept.flatMap(({ put, take }) => {
      const at = this.#call(put).call;
      const taken =
        take === -1 ? [] : [{ row: take, at: Math.max(at + 0.5, this.#call(take).call) }];
      return [{ row: put, at }, ...taken];
    });
    return points.toSorted((x, y) => x.at - y.at).map(({ row }) => row);
  }

  #fifo(kept: readonly Element[]): Answer {
    const line = this.#lineUp(kept);
    if (line === undefined) {
      const conflict = this.#overtaken(kept);
      return conflict === undefined
        ? { type: 'not-applicable', why: 'the elements admit no simple order' }
        : { type: 'invalid', conflict };
    }
    const order = this.#merge(line);
    return order === undefined
      ? { type: 'not-applicable', why: 'the elements admit no simple order' }
      : { type: 'valid', order };
  }

  #takeCall({ take }: Element): number {
    return take === -1 ? NEVER : this.#call(take).call;
  }

  #takeRet({ take }: Element): number {
    return take === -1 ? NEVER : this.#call(take).ret;
  }

  /** The elements in an order that real time allows; undefined: there is none. */
  #lineUp(kept: readonly Element[]): Element[] | undefined {
    const by = (rank: (e: Element) => number): Element[] =>
      kept.toSorted((x, y) => rank(x) - rank(y));
    const putCall = new Sweep(
      by((e) => this.#call(e.put).call),
      (e) => this.#call(e.put).call,
    );
    const takeCall = new Sweep(
      by((e) => this.#takeCall(e)),
      (e) => this.#takeCall(e),
    );
    const putRets = by((e) => this.#call(e.put).ret);
    const takeRets = by((e) => this.#takeRet(e));
    const gone = new Set<Element>();
    const once = new Set<Element>();
    const ready: Element[] = [];
    const line: Element[] = [];
    let [p, t] = [0, 0];
    while (line.length < kept.length) {
      while (p < putRets.length && gone.has(putRets[p] as Element)) p++;
      while (t < takeRets.length && gone.has(takeRets[t] as Element)) t++;
      const putBefore = this.#call((putRets[p] as Element).put).ret;
      const takeBefore = this.#takeRet(takeRets[t] as Element);
      for (const e of [...putCall.until(putBefore), ...takeCall.until(takeBefore)])
        if (once.has(e)) ready.push(e);
        else once.add(e);
      const next = ready.shift();
      if (next === undefined) return undefined;
      gone.add(next);
      line.push(next);
    }
    return line;
  }

  /** x put in before y, but y taken out before anybody began to take out x. */
  #overtaken(kept: readonly Element[]): Conflict | undefined {
    const byRet = kept.toSorted((x, y) => this.#call(x.put).ret - this.#call(y.put).ret);
    let late: Element | undefined;
    let p = 0;
    for (const y of kept.toSorted((x, z) => this.#call(x.put).call - this.#call(z.put).call)) {
      for (; p < byRet.length; p++) {
        const x = byRet[p] as Element;
        if (this.#call(x.put).ret > this.#call(y.put).call) break;
        if (late === undefined || this.#takeCall(x) > this.#takeCall(late)) late = x;
      }
      if (late !== undefined && this.#takeRet(y) < this.#takeCall(late))
        return { kind: 'overtaken', first: late.put, second: y.put, take: y.take, left: late.take };
    }
    return undefined;
  }

  /** Puts and takes, each in the order of the line, woven together as real time asks. */
  #merge(line: readonly Element[]): number[] | undefined {
    const takes = line.filter(({ take }) => take !== -1);
    const rows = line.flatMap(({ put, take }) => (take === -1 ? [put] : [put, take]));
    const byRet = rows.toSorted((x, y) => this.#call(x).ret - this.#call(y).ret);
    const placed = new Set<number>();
    const order: number[] = [];
    let [p, t, r] = [0, 0, 0];
    const put = (row: number): void => {
      placed.add(row);
      order.push(row);
    };
    while (order.length < rows.length) {
      while (placed.has(byRet[r] as number)) r++;
      const before = this.#call(byRet[r] as number).ret;
      const take = takes[t];
      const nextPut = line[p];
      if (take !== undefined && placed.has(take.put) && this.#call(take.take).call < before) {
        put(take.take);
        t++;
      } else if (nextPut !== undefined && this.#call(nextPut.put).call < before) {
        put(nextPut.put);
        p++;
      } else return undefined;
    }
    return order;
  }
}

/** Elements sorted by a rank, handed out once as a limit grows. Without end: at the end only. */
class Sweep {
  readonly #sorted: readonly Element[];
  readonly #rank: (element: Element) => number;
  #at = 0;

  constructor(sorted: readonly Element[], rank: (element: Element) => number) {
    this.#sorted = sorted;
    this.#rank = rank;
  }

  *until(limit: number): Iterable<Element> {
    for (; this.#at < this.#sorted.length; this.#at++) {
      const next = this.#sorted[this.#at] as Element;
      const rank = this.#rank(next);
      if (rank >= limit && !(rank === NEVER && limit === NEVER)) return;
      yield next;
    }
  }
}
