/**
 * Sets to which elements are only added, and which are read as a whole: reads must contain one another
 * (`linearizability/whole-set.ts`), while the operations come.
 *
 * An element must be in every read that begins after its add, or a read that showed it, has returned.
 * Once that is so for all reads that are open, it is *settled*: of those only the number and a hash are
 * kept. Different hashes prove a difference; equal ones might hide one, from here but not from the check
 * of the whole. An element that is added again is none of the settled ones only if it can be seen to be
 * new: it is larger than all before, or among so few that they are remembered.
 */
import type { Value } from '../../base/operation.ts';
import { type Call, NEVER, isCertain, isUnknown } from '../calls.ts';
import { elementsOf } from '../models/set.ts';
import { hashOf } from './element-hash.ts';
import { NewElements } from './new-elements.ts';
import type { Following, Online } from './online.ts';

interface Element {
  readonly call: number;
  /** Reads called after this rank must show it; `NEVER`: none must, so far. */
  since: number;
}

/** A read that returned while another one was open that may differ from it. */
interface Shown {
  readonly ret: number;
  readonly elements: ReadonlySet<string>;
}

export class OnlineSet implements Online {
  /** What is in every read from now on: how many, and a hash that knows no order. */
  #settled = 0;
  #hash = 0;
  /** The others, by their text. */
  readonly #elements = new Map<string, Element>();
  readonly #adds = new Map<Call, string>();
  readonly #reads = new Set<Call>();
  #shown: Shown[] = [];
  readonly #new = new NewElements();
  readonly #unfit: Following | undefined;

  constructor(initial: Value) {
    if (elementsOf(initial)?.length !== 0)
      this.#unfit = { unfit: 'a set that does not begin empty' };
  }

  get size(): number {
    return this.#elements.size + this.#adds.size + this.#reads.size + this.#shown.length;
  }

  called(call: Call): Following {
    if (this.#unfit !== undefined) return this.#unfit;
    const { f, value } = call.invoke;
    if (f === 'read') {
      if (call.end?.type === 'ok') this.#reads.add(call);
      return 'fine';
    }
    if (f !== 'add') return { unfit: 'elements are not only added and read as a whole' };
    if (!isCertain(call) && !isUnknown(call)) return 'fine';
    if (!this.#new.take(value)) return { unfit: 'an element may have been added before' };
    const element = JSON.stringify(value);
    this.#elements.set(element, { call: call.call, since: NEVER });
    if (call.ret !== NEVER) this.#adds.set(call, element);
    return 'fine';
  }

  returned(call: Call): Following {
    const added = this.#adds.get(call);
    if (added !== undefined) {
      this.#adds.delete(call);
      this.#mustShow(added, call.ret);
    } else if (this.#reads.delete(call)) {
      const seen = elementsOf(call.end?.value ?? null);
      if (seen === undefined || !this.#agrees(call, seen)) return 'violated';
    }
    this.#settle();
    return 'fine';
  }

  #mustShow(element: string, since: number): void {
    const known = this.#elements.get(element);
    if (known !== undefined && since < known.since) known.since = since;
  }

  #agrees({ call, ret }: Call, seen: readonly string[]): boolean {
    let [settled, hash, latest] = [0, 0, call];
    const more = new Set<string>();
    for (const text of seen) {
      const element = this.#elements.get(text);
      if (element === undefined) {
        settled++;
        hash = (hash + hashOf(text)) | 0;
      } else {
        more.add(text);
        latest = Math.max(latest, element.call);
      }
    }
    if (settled !== this.#settled || hash !== this.#hash) return false;
    // Whatever had to be there before something of it was called is in it.
    for (const [text, { since }] of this.#elements)
      if (since < latest && !more.has(text)) return false;
    for (const other of this.#shown) if (!this.#comparable(more, other.elements)) return false;
    for (const text of more) this.#mustShow(text, ret);
    this.#shown.push({ ret, elements: more });
    return true;
  }

  /** Of what is not settled, does one hold the other? */
  #comparable(x: ReadonlySet<string>, y: ReadonlySet<string>): boolean {
    const within = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => {
      for (const text of a) if (!b.has(text) && this.#elements.has(text)) return false;
      return true;
    };
    return within(x, y) || within(y, x);
  }

  #settle(): void {
    let oldest = NEVER;
    for (const { call } of this.#reads) oldest = Math.min(oldest, call);
    for (const [text, { since }] of this.#elements)
      if (since < oldest) {
        this.#elements.delete(text);
        this.#settled++;
        this.#hash = (this.#hash + hashOf(text)) | 0;
      }
    this.#shown = this.#shown.filter(({ ret }) => ret > oldest);
  }
}
