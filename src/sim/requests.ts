/**
 * What simulated clients ask: random operations on few keys, so that they meet.
 *
 * Written values are unique in a run and keys hold one kind of thing each, so that every answer says
 * which operations it has seen.
 */
import type { NodeId, Op, Outcome, Value } from '../base/operation.ts';
import type { Random } from '../base/random.ts';
import type { KeyKind } from './world-config.ts';

/** Weights by operation. `setnx` is a cas that expects nothing. */
export type Mix = Readonly<
  Record<'read' | 'write' | 'cas' | 'setnx' | 'getset' | 'delete', number>
>;

/** The state of one run's generator: what was written so far, and what was last seen of each key. */
export class Requests {
  readonly #keys: readonly KeyKind[];
  readonly #mix: Mix;
  readonly #readWeight: number;
  readonly #random: Random;
  readonly #seen: Value[];
  #written = 0;

  /** `mix` is for registers; counters and lists are read as often and else added to. */
  constructor(keys: readonly KeyKind[], mix: Mix, random: Random) {
    this.#keys = keys;
    this.#mix = mix;
    const sum = Object.values(mix).reduce((a, b) => a + b, 0);
    this.#readWeight = mix.read / sum;
    this.#random = random;
    this.#seen = keys.map(() => null);
  }

  next(): Op {
    const key = this.#random.below(this.#keys.length);
    switch (this.#keys[key] as KeyKind) {
      case 'counter':
        return this.#reads() ? read(key) : { f: 'add', key, value: 1 };
      case 'list':
        return this.#reads() ? read(key) : { f: 'append', key, value: element(++this.#written) };
      case 'register':
        return this.#register(key);
    }
  }

  /** What an answer shows of its key is what the next cas expects. */
  saw(op: Op, outcome: Outcome): void {
    if (outcome.type === 'fail' && outcome.observed !== undefined)
      this.#seen[op.key] = outcome.observed;
    if (outcome.type !== 'ok') return;
    this.#seen[op.key] = op.f === 'cas' ? ((outcome.value as Value[])[1] as Value) : outcome.value;
  }

  #reads(): boolean {
    return this.#random.below(1000) < this.#readWeight * 1000;
  }

  #register(key: number): Op {
    const f = weighted(this.#mix, this.#random);
    switch (f) {
      case 'read':
      case 'delete':
        return { f, key, value: null };
      case 'write':
      case 'getset':
        return { f, key, value: ++this.#written };
      case 'setnx':
        return { f: 'cas', key, value: [null, ++this.#written] };
      case 'cas':
        return { f, key, value: [this.#seen[key] as Value, ++this.#written] };
    }
  }
}

/** A read of every key at every node: what a run ends with. */
export function finalReads(nodes: readonly NodeId[], keys: number): { node: NodeId; op: Op }[] {
  return nodes.flatMap((node) =>
    Array.from({ length: keys }, (_, key) => ({ node, op: read(key) })),
  );
}

function read(key: number): Op {
  return { f: 'read', key, value: null };
}

/** Six bytes that look like no number. */
function element(n: number): string {
  return `e${String(n).padStart(5, '0')}`;
}

function weighted<K extends string>(weights: Readonly<Record<K, number>>, random: Random): K {
  const entries = Object.entries(weights) as [K, number][];
  let rest = random.below(entries.reduce((sum, [, weight]) => sum + weight, 0));
  for (const [name, weight] of entries) {
    if (rest < weight) return name;
    rest -= weight;
  }
  return (entries[0] as [K, number])[0];
}
