/**
 * Lists that only grow, whose elements are each appended once and whose reads see the whole list.
 *
 * The longest read gives the order of its elements; every other read must be a beginning of it. So
 * reads and appends that were seen have a place, appends that answered with the length have one too,
 * and what remains is a chain (`chain.ts`).
 */
import type { Value } from '../../base/operation.ts';
import { type Call, isCertain, isUnknown } from '../calls.ts';
import { Interner, type Unfit } from '../columns.ts';
import { LATER, LOST, MADE, type Places, SAW, emptyPlaces, pushPlace } from './chain.ts';
import type { Conflict } from './conflict.ts';

/** Places of a list's operations; or a contradiction among answers and reads; or why it is no such list. */
export function listPlaces(
  calls: readonly Call[],
  initial: Value,
): Places | { readonly conflict: Conflict } | Unfit {
  if (initial !== null && !(Array.isArray(initial) && initial.length === 0))
    return { unfit: 'a list that does not begin empty' };
  const lists = new Lists(calls);
  return lists.unfit() ?? lists.readAll() ?? lists.answers() ?? lists.places();
}

class Lists {
  readonly #calls: readonly Call[];
  readonly #ids = new Interner();
  /** Per element id: the row of its append. */
  readonly #appended: number[] = [];
  /** The longest read, as element ids, and the row that saw it. */
  #order: readonly number[] = [];
  #longest = -1;
  /** Per element id: its place in the longest read. */
  readonly #place = new Map<number, number>();
  /** Largest answer. */
  #top = 0;

  constructor(calls: readonly Call[]) {
    this.#calls = calls;
  }

  unfit(): Unfit | undefined {
    for (let row = 0; row < this.#calls.length; row++) {
      const { invoke, end } = this.#calls[row] as Call;
      if (invoke.f === 'read' || end?.type === 'fail') continue;
      if (invoke.f !== 'append') return { unfit: `"${invoke.f}" beside appends` };
      const id = this.#ids.id(invoke.value);
      if (this.#appended[id] !== undefined) return { unfit: 'an element is appended twice' };
      this.#appended[id] = row;
    }
    return undefined;
  }

  /** Every read is a beginning of the longest, and that one holds appended elements, each once. */
  readAll(): { conflict: Conflict } | undefined {
    for (let row = 0; row < this.#calls.length; row++) {
      const list = listSeen(this.#calls[row] as Call);
      if (list === undefined) continue;
      if (typeof list === 'string') return { conflict: { kind: 'no-place', op: row } };
      if (this.#longest !== -1 && list.length <= this.#order.length) continue;
      this.#order = list.map((element) => this.#ids.id(element));
      this.#longest = row;
    }
    for (let j = 0; j < this.#order.length; j++) {
      const id = this.#order[j] as number;
      if (this.#appended[id] === undefined || this.#place.has(id))
        return { conflict: { kind: 'phantom', op: this.#longest } };
      this.#place.set(id, j + 1);
    }
    return this.#beginnings();
  }

  #beginnings(): { conflict: Conflict } | undefined {
    for (let row = 0; row < this.#calls.length; row++) {
      const list = listSeen(this.#calls[row] as Call);
      if (!Array.isArray(list)) continue;
      for (let j = 0; j < list.length; j++) {
        const id = this.#ids.id(list[j] as Value);
        if (id === this.#order[j]) continue;
        return {
          conflict:
            this.#appended[id] === undefined
              ? { kind: 'phantom', op: row }
              : { kind: 'forked', first: this.#longest, second: row },
        };
      }
    }
    return undefined;
  }

  /** An append was told where it stands: no read may show it, or another one there, otherwise. */
  answers(): { conflict: Conflict } | Unfit | undefined {
    for (let row = 0; row < this.#calls.length; row++) {
      const answer = this.#answer(row);
      if (answer === undefined) continue;
      if (typeof answer !== 'number' || !Number.isSafeInteger(answer) || answer < 1)
        return { conflict: { kind: 'no-place', op: row } };
      this.#top = Math.max(this.#top, answer);
      const place = this.#placeOf(row);
      if (place === undefined ? answer > this.#order.length : place === answer) continue;
      return { conflict: { kind: 'wrong-answer', op: row, read: this.#longest } };
    }
    if (this.#top <= this.#order.length) return undefined;
    const silent = this.#calls.some(
      (call, row) =>
        call.invoke.f === 'append' &&
        call.end?.type === 'ok' &&
        call.end.result === undefined &&
        this.#placeOf(row) === undefined,
    );
    return silent
      ? { unfit: 'an append that was not told its place, and that no read shows' }
      : undefined;
  }

  places(): Places {
    const places = emptyPlaces(this.#calls.length);
    for (let row = 0; row < this.#calls.length; row++) {
      const call = this.#calls[row] as Call;
      const list = listSeen(call);
      if (Array.isArray(list)) pushPlace(places, call, row, SAW, list.length);
      if (call.invoke.f !== 'append' || call.end?.type === 'fail') continue;
      const place = this.#placeOf(row) ?? (this.#answer(row) as number | undefined);
      if (place !== undefined) pushPlace(places, call, row, MADE, place);
      else pushPlace(places, call, row, isUnknown(call) ? LOST : LATER);
    }
    return places;
  }

  #answer(row: number): Value | undefined {
    const { invoke, end } = this.#calls[row] as Call;
    return invoke.f === 'append' && end?.type === 'ok' ? end.result : undefined;
  }

  #placeOf(row: number): number | undefined {
    return this.#place.get(this.#ids.id((this.#calls[row] as Call).invoke.value));
  }
}

/** The list that an operation saw; a string says that it saw none; undefined: it saw nothing. */
function listSeen(call: Call): readonly Value[] | 'no list' | undefined {
  if (!isCertain(call) || (call.end?.type === 'ok' && call.invoke.f !== 'read')) return undefined;
  const value = call.end?.type === 'fail' ? call.end.observed : call.end?.value;
  if (value === null) return [];
  return Array.isArray(value) ? (value as readonly Value[]) : 'no list';
}
