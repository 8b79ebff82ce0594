/**
 * From a history that is not linearizable to a few operations that suffice to show it, whatever the model:
 * what came after is forgotten, then parts of the object (`parts.ts`), then operations are weakened one
 * by one. Each step turns a linearizable history into a linearizable one.
 */
import { type Call, asUnknown, isPut, isUnknown, opOf, outcomeOf } from '../calls.ts';
import type { Model } from '../checker.ts';
import type { ObjectKind } from '../models/models.ts';
import type { Answer, Conflict } from './conflict.ts';
import { partsNamed, seenThrough } from './parts.ts';
import { shrink } from './shrink.ts';
import type { Level, Weakening } from './weaken.ts';

export interface Small {
  /** The operations that are left, as they are judged, and their rows among all. */
  readonly calls: readonly Call[];
  readonly rows: readonly number[];
  /** Rows, in `calls`, in which there is no order. */
  readonly conflict: Conflict;
}

export interface ByModel {
  readonly kind: ObjectKind | undefined;
  readonly model: Model<unknown>;
  /** Parts that were there from the start, and stay. */
  readonly always: readonly string[];
  /** Sound where it says invalid. */
  judge(calls: readonly Call[]): Answer;
  /** Histories judged at most. */
  readonly trials: number;
}

/** `culprits`: rows that the conflict names. Undefined: not even all of it is judged invalid. */
export function shrinkByModel(
  calls: readonly Call[],
  culprits: readonly number[],
  by: ByModel,
): Small | undefined {
  const shrinker = new Shrinker(calls, by);
  // First: an operation that is still open later is known by what it was told then.
  shrinker.keepParts(culprits);
  shrinker.forgetFuture(culprits);
  shrinker.forgetParts();
  return shrinker.weaken(culprits);
}

class Shrinker {
  readonly #by: ByModel;
  #rows: readonly number[];
  #calls: readonly Call[];
  #trials: number;

  constructor(calls: readonly Call[], by: ByModel) {
    this.#by = by;
    this.#calls = calls;
    this.#rows = calls.map((_, row) => row);
    this.#trials = by.trials;
  }

  /** What was called after the last culprit had ended never happened; what was open then is open. */
  forgetFuture(culprits: readonly number[]): void {
    const ended = this.#calls.filter((_, i) => culprits.includes(this.#rows[i] as number));
    const end = Math.max(...ended.map(({ ret }) => ret));
    this.#accept((call) => (call.call > end ? undefined : call.ret > end ? asUnknown(call) : call));
  }

  /** Only the culprits' parts, if that suffices. */
  keepParts(culprits: readonly number[]): void {
    const parts = this.#named();
    const wanted = this.#calls.filter((_, i) => culprits.includes(this.#rows[i] as number));
    const few = new Set([...this.#named(wanted), ...this.#by.always]);
    if (few.size < parts.size) this.#keep(few);
  }

  /** Without halves, quarters, … of the parts. */
  forgetParts(): void {
    const { always } = this.#by;
    let parts = [...this.#named()];
    for (let size = parts.length >> 1; size >= 1; size = size === 1 ? 0 : size >> 1)
      for (let at = 0; at < parts.length && this.#trials > 0;) {
        const chunk = new Set(parts.slice(at, at + size));
        const rest = parts.filter((part) => !chunk.has(part) || always.includes(part));
        if (rest.length < parts.length && this.#keep(new Set(rest))) parts = rest;
        else at += size;
      }
  }

  #named(calls: readonly Call[] = this.#calls): Set<string> {
    return new Set(calls.flatMap((call) => partsNamed(this.#by.kind, call) ?? []));
  }

  #keep(parts: ReadonlySet<string>): boolean {
    return this.#accept((call) => seenThrough(this.#by.kind, call, parts));
  }

  weaken(culprits: readonly number[]): Small | undefined {
    const first = this.#rows.flatMap((row, i) => (culprits.includes(row) ? [i] : []));
    const shrunk = shrink(
      this.#calls,
      first,
      (calls) => this.#by.judge(calls),
      Math.max(2, this.#trials),
      weakeningOf(this.#by),
    );
    if (shrunk === undefined) return undefined;
    const { rows, calls } = shrunk.weakened;
    return {
      calls,
      rows: rows.map((i) => this.#rows[i] as number),
      conflict: shrunk.answer.conflict,
    };
  }

  /** Changes each call, or leaves it out, if there is no order then either. */
  #accept(change: (call: Call) => Call | undefined): boolean {
    this.#trials--;
    const rows: number[] = [];
    const calls: Call[] = [];
    for (const [i, call] of this.#calls.entries()) {
      const changed = change(call);
      if (changed === undefined) continue;
      rows.push(this.#rows[i] as number);
      calls.push(changed);
    }
    if (this.#by.judge(calls).type !== 'invalid') return false;
    this.#rows = rows;
    this.#calls = calls;
    return true;
  }
}

/** What changes nothing is left out, what changes something may have happened or not. */
export function weakeningOf({
  kind,
  model,
  always = [],
}: Pick<ByModel, 'kind' | 'model'> & Partial<Pick<ByModel, 'always'>>): Weakening {
  const weakest = (call: Call): Level => {
    if (call.end?.type === 'fail' && call.end.observed === undefined) return 'out';
    const { pure = false } = model.traits?.(opOf(call), outcomeOf(call)) ?? {};
    if (pure || call.invoke.f === 'read') return 'out';
    return 'optional';
  };
  const isQueue = (kind === 'queue' || kind === 'bag' || kind === 'stack') && always.length === 0;
  return { weakest, prune: isQueue ? pruneQueue : () => {} };
}

/**
 * Of a queue that began empty: elements that may have been put in and that nobody is known to have taken,
 * and, where every other element has its taker, dequeues that may have taken something.
 */
function pruneQueue(calls: readonly Call[], levels: Level[]): void {
  const rows = calls.flatMap((_, row) => (levels[row] === 'out' ? [] : [row]));
  const name = (row: number): string => {
    const call = calls[row] as Call;
    return JSON.stringify(isPut(call) ? call.invoke.value : call.end?.value);
  };
  const puts = rows.filter((row) => isPut(calls[row] as Call));
  const isSure = (row: number): boolean =>
    levels[row] === 'strong' && !isUnknown(calls[row] as Call);
  const takes = rows.filter((row) => !isPut(calls[row] as Call));
  const taken = new Set(takes.filter(isSure).map(name));
  if (new Set(puts.map(name)).size < puts.length) return;
  for (const row of puts) if (!taken.has(name(row)) && !isSure(row)) levels[row] = 'out';
  if (puts.some((row) => levels[row] !== 'out' && !taken.has(name(row)))) return;
  for (const row of takes) if (!isSure(row)) levels[row] = 'out';
}
