/**
 * Counters all of whose additions are of one number and answer with the sum: a chain of places, one for
 * each addition (the chain rule, `linearizability/chain.ts`), while the operations come.
 *
 * Nothing at a place can begin once something behind it has returned; and when something at place p
 * returns, as many additions that can stand at places up to p must have been called: those that were
 * told such a place, and for the others ones without known outcome. So the highest place of what has
 * returned and two counts are all that is kept of what is over.
 *
 * What is wrong at a call may be explained by another kind of operation that is called before it returns;
 * so it is called a violation at the return.
 */
import type { Value } from '../../base/operation.ts';
import { type Call, NEVER, isCertain, isUnknown } from '../calls.ts';
import type { Following, Online } from './online.ts';

interface Step {
  /** The value that it saw or made. */
  readonly value: number;
  readonly adds: boolean;
  wrong: boolean;
}

const OTHERS: Following = { unfit: 'additions of several numbers, or without an answer' };

export class OnlineCounter implements Online {
  readonly #initial: Value;
  /** What each addition adds; undefined: none was called. */
  #by: number | undefined;
  /** The highest place at which something has returned, and the additions known to stand up to it. */
  #top = 0;
  #filled = 0;
  /** Additions without known outcome. */
  #lost = 0;
  /** Places behind the top of additions that were called. */
  readonly #above = new Set<number>();
  readonly #open = new Map<Call, Step>();

  /** Absent is 0. */
  constructor(initial: Value) {
    this.#initial = initial;
  }

  get size(): number {
    return this.#above.size + this.#open.size;
  }

  called(call: Call): Following {
    const { f, value } = call.invoke;
    if (!Number.isSafeInteger(this.#initial ?? 0)) return OTHERS;
    if (f !== 'add' && f !== 'read') return { unfit: `"${f}" beside additions` };
    if (!isCertain(call) && (f === 'read' || !isUnknown(call))) return 'fine';
    if (f === 'add' && call.end?.type !== 'fail') {
      if (!Number.isSafeInteger(value) || value === 0) return OTHERS;
      if (value !== (this.#by ??= value as number)) return OTHERS;
      if (call.ret === NEVER) {
        this.#lost++;
        return 'fine';
      }
      return this.#add(call);
    }
    const step = this.#step(call.end?.type === 'fail' ? call.end.observed : call.end?.value, false);
    this.#open.set(call, step);
    step.wrong = this.#by !== undefined && this.#placeOf(step) < this.#top;
    return 'fine';
  }

  returned(call: Call): Following {
    const step = this.#open.get(call);
    if (step === undefined) return 'fine';
    this.#open.delete(call);
    const place = this.#placeOf(step);
    if (step.wrong || !Number.isSafeInteger(place) || place < Number(step.adds)) return 'violated';
    for (const above of this.#above)
      if (above <= place) {
        this.#above.delete(above);
        this.#filled++;
      }
    this.#top = Math.max(this.#top, place);
    return this.#top - this.#filled <= this.#lost ? 'fine' : 'violated';
  }

  #add(call: Call): Following {
    const sum = call.end?.result;
    if (sum === undefined) return OTHERS;
    const step = this.#step(sum, true);
    const place = this.#placeOf(step);
    step.wrong = place <= this.#top || this.#above.has(place);
    if (!step.wrong) this.#above.add(place);
    this.#open.set(call, step);
    return 'fine';
  }

  #step(value: Value | undefined, adds: boolean): Step {
    return {
      value: value === null ? 0 : typeof value === 'number' ? value : NaN,
      adds,
      wrong: false,
    };
  }

  /** No integer: a value that no number of additions makes. */
  #placeOf({ value }: Step): number {
    const more = value - ((this.#initial ?? 0) as number);
    return this.#by === undefined ? (more === 0 ? 0 : NaN) : more / this.#by;
  }
}
