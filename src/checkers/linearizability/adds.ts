/**
 * Counters of one step whose additions were not told the sum: which of them made which step is a matching
 * of intervals, solved greedily in O(n log n).
 *
 * The k-th step comes after everything that saw fewer than k of them, and before everything that saw k.
 * Both bounds grow with k, so an addition fits a range of steps without gaps. Step by step, of those whose
 * range has begun the one whose range ends first is taken; those of unknown outcome last, and only as many
 * as are needed. Additions that were told the sum own their step.
 */
import type { Value } from '../../base/operation.ts';
import { type Call, NEVER, isUnknown } from '../calls.ts';
import { Heap } from '../../base/heap.ts';
import type { Answer, Conflict } from './conflict.ts';
import { stepOf, sumSeen } from './counter.ts';

/** Judges a counter that begins with `initial`, with a linearization. */
export function judgeAdds(calls: readonly Call[], initial: Value): Answer {
  const start = initial ?? 0;
  if (typeof start !== 'number')
    return { type: 'not-applicable', why: 'a counter that does not begin with a number' };
  const step = stepOf(calls, 'silent too');
  if (typeof step !== 'number') return { type: 'not-applicable', why: step.unfit };
  const adds = new Adds(calls);
  const conflict = adds.read(start, step) ?? adds.bound() ?? adds.match();
  return conflict === undefined
    ? { type: 'valid', order: adds.order() }
    : { type: 'invalid', conflict };
}

class Adds {
  readonly #calls: readonly Call[];
  /** By step: who was told that it made it (-1: nobody yet); who saw so many of them. */
  #made = EMPTY;
  readonly #saw = new Map<number, number[]>();
  /** Additions without a step, by their calls. */
  readonly #silent: number[] = [];
  #top = 0;
  /** By step: the operation called last of all that stand before it, ended first of all behind it; -1: none. */
  #low = EMPTY;
  #high = EMPTY;

  constructor(calls: readonly Call[]) {
    this.#calls = calls;
  }

  /** Places of all operations; or one that has none. */
  read(start: number, step: number): Conflict | undefined {
    const told = new Map<number, number>();
    let topRow = -1;
    for (const [row, call] of this.#calls.entries()) {
      const adds = call.invoke.f === 'add' && call.end?.type !== 'fail';
      const sum = sumSeen(call);
      if (sum === undefined) {
        if (adds) this.#silent.push(row);
        continue;
      }
      const place = typeof sum === 'number' || sum === null ? ((sum ?? 0) - start) / step : -1;
      if (!Number.isSafeInteger(place) || place < (adds ? 1 : 0))
        return { kind: 'no-place', op: row };
      if (place > this.#top) [this.#top, topRow] = [place, row];
      const other = told.get(place);
      if (!adds) this.#see(place, row);
      else if (other !== undefined) return { kind: 'same-answer', first: other, second: row };
      else told.set(place, row);
    }
    const called = told.size + this.#silent.length;
    if (this.#top > called) return { kind: 'too-few', op: topRow, needed: this.#top, called };
    this.#made = new Int32Array(this.#top + 1).fill(-1);
    for (const [place, row] of told) this.#made[place] = row;
    return undefined;
  }

  #see(place: number, row: number): void {
    const others = this.#saw.get(place);
    if (others === undefined) this.#saw.set(place, [row]);
    else others.push(row);
  }

  /** Bounds of each step; or two operations that saw the counter go backwards. */
  bound(): Conflict | undefined {
    this.#low = new Int32Array(this.#top + 2).fill(-1);
    this.#high = new Int32Array(this.#top + 2).fill(-1);
    let latest = -1;
    for (let k = 0; k <= this.#top; k++) {
      this.#low[k] = latest;
      for (const group of this.#at(k)) {
        const late = group.find((row) => latest !== -1 && this.#ret(row) < this.#call(latest));
        if (late !== undefined) return { kind: 'inverted', before: latest, after: late, links: [] };
        for (const row of group)
          if (latest === -1 || this.#call(row) > this.#call(latest)) latest = row;
      }
    }
    this.#low[this.#top + 1] = latest;
    let first = -1;
    for (let k = this.#top; k >= 0; k--) {
      // Behind a step stand those who saw it, and who made the later ones.
      for (const row of [...(this.#saw.get(k) ?? []), this.#made[k + 1] ?? -1])
        if (row !== -1 && (first === -1 || this.#ret(row) < this.#ret(first))) first = row;
      this.#high[k] = first;
    }
    return undefined;
  }

  /** Hands the steps that nobody was told of to the silent additions. */
  match(): Conflict | undefined {
    const rets = Int32Array.from(this.#calls, ({ ret }) => ret);
    const begun = new Heap(rets);
    let next = 0;
    for (let k = 1; k <= this.#top; k++) {
      const high = this.#high[k] as number;
      while (
        next < this.#silent.length &&
        this.#call(this.#silent[next] as number) < this.#ret(high)
      )
        begun.push(this.#silent[next++] as number);
      if (this.#made[k] !== -1) continue;
      if (begun.size === 0) {
        const called = this.#calls.filter(
          (call) =>
            call.invoke.f === 'add' && call.end?.type !== 'fail' && call.call < this.#ret(high),
        ).length;
        return { kind: 'too-few', op: high, needed: k, called };
      }
      const add = begun.pop();
      const low = this.#low[k] as number;
      if (low !== -1 && this.#ret(add) < this.#call(low)) return { kind: 'no-room', op: low, add };
      this.#made[k] = add;
    }
    const last = this.#low[this.#top + 1] as number;
    const late = this.#left().find((add) => last !== -1 && this.#ret(add) < this.#call(last));
    return late === undefined ? undefined : { kind: 'no-room', op: last, add: late };
  }

  order(): number[] {
    const order: number[] = [];
    for (let k = 0; k <= this.#top; k++) for (const group of this.#at(k)) order.push(...group);
    return [...order, ...this.#left()];
  }

  /** Additions that happened and that nobody saw. */
  #left(): number[] {
    const placed = new Set(this.#made);
    return this.#silent.filter((add) => !placed.has(add) && !isUnknown(this.#calls[add] as Call));
  }

  /** Who made a step, then who saw so many. */
  #at(k: number): number[][] {
    const made = k === 0 ? -1 : (this.#made[k] as number);
    return [made === -1 ? [] : [made], this.#saw.get(k) ?? []];
  }

  #call(row: number): number {
    return (this.#calls[row] as Call).call;
  }

  /** Of no operation: it never returns. */
  #ret(row: number): number {
    return this.#calls[row]?.ret ?? NEVER;
  }
}

const EMPTY = new Int32Array(0);
