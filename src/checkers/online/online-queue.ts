/**
 * Queues whose elements are each put in once: the patterns that no queue shows (`linearizability/queues.ts`,
 * after Henzinger, Sezgin and Vafeiadis 2013), while the operations come.
 *
 * An element that nobody put in, or that was taken out twice; first in first out: one that was surely
 * behind another, and is out before anybody began to take out that one; an empty queue in whose whole
 * stretch of time something surely was. What was taken out is forgotten, so memory is what the queue
 * holds. A dequeue with unknown outcome may have taken out any one element.
 */
import type { Value } from '../../base/operation.ts';
import { type Call, NEVER, isCertain, isUnknown } from '../calls.ts';
import { type Following, type Online, type Plain, plainValue } from './online.ts';

interface Element {
  readonly name: Plain;
  /** Ranks of its enqueue; `NEVER`: not called, and not returned. */
  put: number;
  putRet: number;
  /** Dequeues that answered with it and are open. Has one of them returned? */
  takes: number;
  out: boolean;
  /** It should have been taken out by one with unknown outcome. */
  stuck: boolean;
}

export class OnlineQueue implements Online {
  readonly #order: 'fifo' | 'any';
  readonly #elements = new Map<Plain, Element>();
  /** Those that are surely in it, in the order of the ends of their enqueues. */
  readonly #inside = new Set<Element>();
  /** Open operations, by what they put in or take out; null: the queue was seen empty. */
  readonly #puts = new Map<Call, Element>();
  readonly #takes = new Map<Call, Element>();
  readonly #empties = new Map<Call, number>();
  /** Dequeues with unknown outcome, and the elements that they must have taken out. */
  #lost = 0;
  #stuck = 0;
  /** Since this rank something surely was in it; `NEVER`: it may be empty now. */
  #empty = NEVER;
  readonly #unfit: Following | undefined;

  constructor(initial: Value, order: 'fifo' | 'any') {
    this.#order = order;
    const empty = initial === null || (Array.isArray(initial) && initial.length === 0);
    if (!empty) this.#unfit = { unfit: 'a queue that does not begin empty' };
  }

  get size(): number {
    return this.#elements.size + this.#puts.size + this.#takes.size + this.#empties.size;
  }

  called(call: Call): Following {
    if (this.#unfit !== undefined) return this.#unfit;
    const { f } = call.invoke;
    if (f !== 'enqueue' && f !== 'dequeue') return { unfit: `"${f}" is no operation of a queue` };
    if (!isCertain(call) && !isUnknown(call)) return 'fine';
    if (f === 'enqueue') return this.#put(call);
    if (isUnknown(call)) this.#lost++;
    else if (call.end?.type !== 'ok') return { unfit: 'a failed dequeue that tells something' };
    else if (call.end.value === null) this.#empties.set(call, call.call);
    else this.#take(call, plainValue(call.end.value));
    return 'fine';
  }

  returned(call: Call): Following {
    const put = this.#puts.get(call);
    if (put !== undefined) {
      this.#puts.delete(call);
      put.putRet = call.ret;
      if (put.takes === 0 && !put.out) this.#enter(put, call.ret);
      return 'fine';
    }
    const taken = this.#takes.get(call);
    if (taken !== undefined) {
      this.#takes.delete(call);
      return this.#isOut(taken) ? 'fine' : 'violated';
    }
    const since = this.#empties.get(call);
    this.#empties.delete(call);
    return since !== undefined && this.#lost === 0 && this.#empty < since ? 'violated' : 'fine';
  }

  #put(call: Call): Following {
    const element = this.#element(plainValue(call.invoke.value));
    if (element.put !== NEVER) return { unfit: 'an element is put in twice' };
    element.put = call.call;
    if (call.ret !== NEVER) this.#puts.set(call, element);
    return 'fine';
  }

  /** It may be put in by a call that comes while it is taken out. */
  #take(call: Call, name: Plain): void {
    const element = this.#element(name);
    element.takes++;
    this.#takes.set(call, element);
    if (this.#inside.delete(element) && this.#inside.size === 0) this.#empty = NEVER;
  }

  #element(name: Plain): Element {
    let element = this.#elements.get(name);
    if (element === undefined) {
      element = { name, put: NEVER, putRet: NEVER, takes: 0, out: false, stuck: false };
      this.#elements.set(name, element);
    }
    return element;
  }

  /** A dequeue that answered with the element has returned. */
  #isOut(element: Element): boolean {
    if (element.put === NEVER || element.out || element.stuck) return false;
    element.out = true;
    if (--element.takes === 0) this.#elements.delete(element.name);
    if (this.#order === 'any') return true;
    for (const before of this.#inside) {
      if (before.putRet > element.put) break;
      if (!before.stuck) this.#stuck++;
      before.stuck = true;
    }
    return this.#stuck <= this.#lost;
  }

  #enter(element: Element, rank: number): void {
    if (this.#inside.size === 0) this.#empty = rank;
    this.#inside.add(element);
  }
}
