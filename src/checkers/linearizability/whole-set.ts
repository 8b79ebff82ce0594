/**
 * Sets to which elements are only added, and which are read as a whole: linear in the size of the reads.
 *
 * Reads sorted by size must each contain the one before. An add stands just before the first read that
 * shows it; one that completed and that no read shows stands behind them all. Then the only question is
 * whether real time agrees: nothing may have returned before something that stands earlier was called.
 */
import type { Value } from '../../base/operation.ts';
import { type Call, NEVER, isCertain, isUnknown } from '../calls.ts';
import { elementsOf } from '../models/set.ts';
import type { Answer, Conflict } from './conflict.ts';

/** Judges a set that begins empty, with a linearization. */
export function judgeWholeSet(calls: readonly Call[], initial: Value): Answer {
  if (elementsOf(initial)?.length !== 0)
    return { type: 'not-applicable', why: 'a set that does not begin empty' };
  if (calls.some(({ invoke: { f } }) => f !== 'add' && f !== 'read'))
    return { type: 'not-applicable', why: 'elements are not only added and read as a whole' };
  return new WholeSet(calls).judge();
}

class WholeSet {
  readonly #calls: readonly Call[];
  /** Rows of the reads, smallest first, and what they saw. */
  readonly #reads: { readonly row: number; readonly saw: readonly string[] }[] = [];
  /** Per element, the number of the first read that shows it. */
  readonly #shown = new Map<string, number>();

  constructor(calls: readonly Call[]) {
    this.#calls = calls;
  }

  judge(): Answer {
    const conflict = this.#readAll() ?? this.#nest();
    if (conflict !== undefined) return { type: 'invalid', conflict };
    const adds = new Map<string, number[]>();
    for (const [row, { invoke, end }] of this.#calls.entries())
      if (invoke.f === 'add' && end?.type !== 'fail') {
        const name = JSON.stringify(invoke.value);
        adds.set(name, [...(adds.get(name) ?? []), row]);
      }
    for (const rows of adds.values())
      if (rows.length > 1) return { type: 'not-applicable', why: 'an element is added twice' };
    for (const [name, read] of this.#shown)
      if (!adds.has(name))
        return { type: 'invalid', conflict: { kind: 'phantom', op: this.#reads[read]?.row ?? 0 } };
    return this.#place(adds);
  }

  #readAll(): Conflict | undefined {
    for (const [row, call] of this.#calls.entries()) {
      if (call.invoke.f !== 'read' || !isCertain(call)) continue;
      const saw = elementsOf(
        (call.end?.type === 'fail' ? call.end.observed : call.end?.value) ?? null,
      );
      if (saw === undefined) return { kind: 'no-place', op: row };
      this.#reads.push({ row, saw });
    }
    this.#reads.sort(
      (x, y) => x.saw.length - y.saw.length || this.#call(x.row).call - this.#call(y.row).call,
    );
    return undefined;
  }

  #nest(): Conflict | undefined {
    for (const [i, { row, saw }] of this.#reads.entries()) {
      const known = saw.filter((name) => this.#shown.has(name)).length;
      const before = this.#reads[i - 1];
      if (before !== undefined && known !== before.saw.length)
        return { kind: 'forked', first: before.row, second: row };
      for (const name of saw) if (!this.#shown.has(name)) this.#shown.set(name, i);
    }
    return undefined;
  }

  /** Everything by its place; adds in front of their read, those of one place by their calls. */
  #place(adds: ReadonlyMap<string, readonly number[]>): Answer {
    const placed = this.#reads.map(({ row }, i) => ({ row, place: 2 * this.#sizeClass(i) + 1 }));
    for (const [name, [row = 0]] of adds) {
      const read = this.#shown.get(name);
      if (read !== undefined) placed.push({ row, place: 2 * this.#sizeClass(read) });
      else if (!isUnknown(this.#call(row))) placed.push({ row, place: NEVER });
    }
    placed.sort((x, y) => x.place - y.place || this.#call(x.row).call - this.#call(y.row).call);
    let latest = -1;
    let holder = -1;
    let [inPlace, inPlaceRow] = [-1, -1];
    let place = -1;
    for (const each of placed) {
      if (each.place !== place) {
        if (inPlace > latest) [latest, holder] = [inPlace, inPlaceRow];
        place = each.place;
      }
      const { call, ret } = this.#call(each.row);
      if (ret < latest)
        return {
          type: 'invalid',
          conflict: { kind: 'inverted', before: holder, after: each.row, links: [] },
        };
      if (call > inPlace) [inPlace, inPlaceRow] = [call, each.row];
    }
    return { type: 'valid', order: placed.map(({ row }) => row) };
  }

  /** Reads of one size are equal, and share a place. */
  #sizeClass(read: number): number {
    return this.#reads[read]?.saw.length ?? 0;
  }

  #call(row: number): Call {
    return this.#calls[row] as Call;
  }
}
