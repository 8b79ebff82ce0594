/**
 * Lists that only grow, whose elements are each appended once and whose reads see the whole list.
 *
 * An element's place is told by the answer to its append, or by the first read that shows it. As for a
 * counter, nothing at a place can begin once something behind it has returned. And what no open read is
 * too short for is the same in all reads to come: of it only the length and a hash are kept. Different
 * hashes prove a difference; equal ones might hide one, from here but not from the check of the whole.
 *
 * Places up to the highest one at which something has returned, of which no append is known, are *gaps*:
 * they need appends without known place that were called by then.
 */
import type { Value } from '../../base/operation.ts';
import { type Call, NEVER, isCertain, isUnknown } from '../calls.ts';
import { hashOf, mixed } from './element-hash.ts';
import { type Following, type Online, type Plain, plainValue } from './online.ts';

interface Append {
  readonly element: Plain;
  readonly call: number;
  /** The highest place at which something had returned when it was called. */
  readonly after: number;
  /** Undefined: not told, and not seen. */
  place: number | undefined;
  /** Rank of its return, once it has returned. */
  ret: number;
  wrong: boolean;
}

interface Read {
  /** Undefined: what it saw is no list. */
  readonly list: readonly Value[] | undefined;
  readonly call: number;
  readonly wrong: boolean;
}

interface Gap {
  readonly place: number;
  /** Something behind it returned then. */
  readonly until: number;
}

export class OnlineList implements Online {
  /** What is in every read from now on: how much, and its hash. */
  #settled = 0;
  #hash = 0;
  #top = 0;
  /** By element, and by place: appends whose element is not settled. */
  readonly #appends = new Map<Plain, Append>();
  readonly #places = new Map<number, Append>();
  /** Those without a place. */
  readonly #astray = new Set<Append>();
  #gaps: Gap[] = [];
  readonly #reads = new Map<Call, Read>();
  readonly #open = new Map<Call, Append>();
  readonly #unfit: Following | undefined;

  constructor(initial: Value) {
    const empty = initial === null || (Array.isArray(initial) && initial.length === 0);
    if (!empty) this.#unfit = { unfit: 'a list that does not begin empty' };
  }

  get size(): number {
    return this.#appends.size + this.#gaps.length + this.#reads.size + this.#open.size;
  }

  called(call: Call): Following {
    if (this.#unfit !== undefined) return this.#unfit;
    const { f } = call.invoke;
    if (f !== 'append' && f !== 'read') return { unfit: `"${f}" beside appends` };
    if (isCertain(call) && (f === 'read' || call.end?.type === 'fail')) {
      const list = listSeen(call);
      this.#reads.set(call, { list, call: call.call, wrong: (list?.length ?? 0) < this.#top });
      return 'fine';
    }
    return f === 'append' && (isUnknown(call) || isCertain(call)) ? this.#append(call) : 'fine';
  }

  returned(call: Call): Following {
    const append = this.#open.get(call);
    const read = this.#reads.get(call);
    this.#open.delete(call);
    this.#reads.delete(call);
    const right =
      append === undefined
        ? read === undefined || this.#readReturned(read, call.ret)
        : this.#appendReturned(append, call.ret);
    if (!right) return 'violated';
    this.#settle();
    return 'fine';
  }

  #append(call: Call): Following {
    const element = plainValue(call.invoke.value);
    if (this.#appends.has(element)) return { unfit: 'an element is appended twice' };
    const place = call.end?.type === 'ok' ? call.end.result : undefined;
    const told = place !== undefined;
    const right = told && Number.isSafeInteger(place) && (place as number) >= 1;
    const append: Append = {
      element,
      call: call.call,
      after: this.#top,
      place: right ? (place as number) : undefined,
      ret: NEVER,
      wrong:
        told && (!right || (place as number) <= this.#top || this.#places.has(place as number)),
    };
    if (call.ret !== NEVER) this.#open.set(call, append);
    if (append.wrong) return 'fine';
    this.#appends.set(element, append);
    if (append.place === undefined) this.#astray.add(append);
    else this.#places.set(append.place, append);
    return 'fine';
  }

  #appendReturned(append: Append, ret: number): boolean {
    append.ret = ret;
    if (append.wrong) return false;
    return append.place === undefined || this.#advance(append.place, ret);
  }

  #readReturned({ list, call, wrong }: Read, ret: number): boolean {
    if (wrong || list === undefined || list.length < this.#settled) return false;
    let hash = 0;
    for (let i = 0; i < this.#settled; i++)
      hash = mixed(hash, hashOf(plainValue(list[i] as Value)));
    if (hash !== this.#hash) return false;
    for (let place = this.#settled + 1; place <= list.length; place++)
      if (!this.#stands(plainValue(list[place - 1] as Value), place)) return false;
    // Appends that had returned before it was called are in it.
    for (const append of this.#astray) if (append.ret < call) return false;
    return this.#advance(list.length, ret) && this.#filled();
  }

  /** Can the element stand there? */
  #stands(element: Plain, place: number): boolean {
    const append = this.#appends.get(element);
    if (append === undefined) return false;
    if (append.place !== undefined) return append.place === place;
    if (this.#places.has(place) || place <= append.after) return false;
    append.place = place;
    this.#places.set(place, append);
    this.#astray.delete(append);
    this.#gaps = this.#gaps.filter((gap) => gap.place !== place);
    return true;
  }

  /** Something at this place has returned. */
  #advance(place: number, ret: number): boolean {
    if (place <= this.#top) return true;
    // Every place needs an append: before anything is made of the size of an absurd answer.
    if (place - this.#settled > this.#appends.size) return false;
    for (let p = this.#top + 1; p <= place; p++)
      if (!this.#places.has(p)) this.#gaps.push({ place: p, until: ret });
    this.#top = place;
    return this.#filled();
  }

  /** Are there appends for all gaps, each called before something behind its gap returned? */
  #filled(): boolean {
    if (this.#gaps.length === 0) return true;
    // In the order of their calls.
    const astray = [...this.#astray];
    return this.#gaps.every((gap, i) => (astray[i]?.call ?? NEVER) < gap.until);
  }

  /** Forgets what no open read is too short for. */
  #settle(): void {
    let end = this.#top;
    for (const { list } of this.#reads.values()) end = Math.min(end, list?.length ?? end);
    for (let place = this.#settled + 1; place <= end; place++) {
      const append = this.#places.get(place);
      if (append === undefined) return;
      this.#hash = mixed(this.#hash, hashOf(append.element));
      this.#settled = place;
      this.#places.delete(place);
      this.#appends.delete(append.element);
    }
  }
}

/** The list that an operation saw; undefined: something else. */
function listSeen({ end }: Call): readonly Value[] | undefined {
  const value = end?.type === 'fail' ? end.observed : end?.value;
  if (value === null) return [];
  return Array.isArray(value) ? (value as readonly Value[]) : undefined;
}
