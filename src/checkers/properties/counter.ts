/**
 * A counter between bounds (Jepsen's `counter`, with decrements): a read lies between what must have been
 * added when it began and what can have been added when it ended. Negative additions change sides. An
 * addition that answers with the sum is read by its answer. Necessary, not sufficient: linearizability
 * says more, this says it for any concurrency in O(n log n).
 */
import type { Anomaly } from '../verdict.ts';
import type { Call } from '../calls.ts';
import {
  type Calls,
  type Property,
  answering,
  byKey,
  isFailed,
  isOk,
  keyed,
  named,
  said,
} from './property.ts';

interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

export const counter: Property = {
  name: 'counter',
  demands: 'every value lies between what must and what can have been added by then',
  wants: 'It wants additions of numbers (add), and reads or answers with the sum.',

  judge(calls) {
    const anomalies: Anomaly[] = [];
    const keys = byKey(calls.all);
    const count = { adds: 0, observations: 0, outOfBounds: 0, widest: 0 };
    const initial = initialOf(calls);
    for (const [key, own] of keys) {
      const odd = own.find((call) => !fits(call));
      if (odd !== undefined || initial === undefined) {
        const unfit =
          odd === undefined
            ? 'The initial value is no number.'
            : `${said(odd)} is neither a read nor an addition of a whole number.`;
        return { observed: 0, keys: 0, anomalies: [], figures: {}, unfit };
      }
      const sums = new Sums(own.filter(({ invoke }) => invoke.f === 'add'));
      for (const call of own) {
        if (call.invoke.f === 'add') count.adds++;
        const saw = sawOf(call);
        if (saw === undefined) continue;
        count.observations++;
        const { lower, upper } = sums.bounds(call, initial);
        count.widest = Math.max(count.widest, upper - lower);
        if (typeof saw === 'number' && saw >= lower && saw <= upper) continue;
        count.outOfBounds++;
        anomalies.push(outside(key, call, saw, { lower, upper }));
      }
    }
    const { observations: observed } = count;
    return { observed, keys: keys.size, anomalies, figures: count };
  },

  verify(calls, anomaly) {
    const [call] = named(calls, anomaly) ?? [];
    const initial = initialOf(calls);
    if (call === undefined || initial === undefined) return 'the observation is not in the history';
    const saw = sawOf(call);
    if (saw === undefined) return 'it observed nothing';
    let [lower, upper] = [initial, initial];
    for (const add of calls.all) {
      if (add.invoke.f !== 'add' || add.invoke.key !== call.invoke.key || isFailed(add)) continue;
      const delta = add.invoke.value as number;
      const must = add === call || (isOk(add) && add.ret < call.call);
      const can = must || add.call < call.ret;
      if (must || (can && delta < 0)) lower += delta;
      if (must || (can && delta > 0)) upper += delta;
    }
    return typeof saw === 'number' && saw >= lower && saw <= upper
      ? `${saw} lies between ${lower} and ${upper}`
      : undefined;
  },

  plants(calls) {
    const seen = calls.all.find((call) => typeof sawOf(call) === 'number');
    const initial = initialOf(calls);
    if (seen === undefined || initial === undefined) return [];
    const all = new Sums(
      calls.all.filter(({ invoke: { f, key } }) => f === 'add' && key === seen.invoke.key),
    );
    const { lower, upper } = all.bounds(seen, initial);
    const field = seen.invoke.f === 'read' ? 'value' : 'result';
    return [
      answering(calls, seen, { [field]: upper + 1 }),
      answering(calls, seen, { [field]: lower - 1 }),
    ];
  },
};

function initialOf({ header }: Calls): number | undefined {
  const { initial = null } = header;
  if (initial === null) return 0;
  return typeof initial === 'number' ? initial : undefined;
}

function fits({ invoke: { f, value } }: Call): boolean {
  return f === 'read' || (f === 'add' && Number.isSafeInteger(value));
}

/** The number that a call was answered with; anything else is none; undefined: it shows nothing. */
function sawOf(call: Call): number | 'no number' | undefined {
  if (!isOk(call)) return undefined;
  const { value, result } = call.end as NonNullable<Call['end']>;
  const saw = call.invoke.f === 'read' ? value : call.invoke.f === 'add' ? result : undefined;
  if (saw === undefined) return undefined;
  if (saw === null && call.invoke.f === 'read') return 0;
  return typeof saw === 'number' ? saw : 'no number';
}

function outside(
  key: number | string | undefined,
  call: Call,
  saw: number | 'no number',
  { lower, upper }: Bounds,
): Anomaly {
  return {
    type: 'out-of-bounds',
    ...keyed(key),
    why: `${said(call)} was answered with ${saw}. What was acknowledged before it and what may have happened until it ended allow ${lower === upper ? lower : `${lower} to ${upper}`}.`,
    operations: [call.invoke.index],
    detail: { lower, upper },
  };
}

/** Sums of additions up to a rank, in O(log n). */
class Sums {
  readonly #mustUp: Prefix;
  readonly #mustDown: Prefix;
  readonly #canUp: Prefix;
  readonly #canDown: Prefix;

  constructor(adds: readonly Call[]) {
    const possible = adds.filter((add) => !isFailed(add));
    const up = possible.filter(({ invoke }) => (invoke.value as number) > 0);
    const down = possible.filter(({ invoke }) => (invoke.value as number) < 0);
    this.#mustUp = new Prefix(up.filter(isOk), 'ret');
    this.#mustDown = new Prefix(down.filter(isOk), 'ret');
    this.#canUp = new Prefix(up, 'call');
    this.#canDown = new Prefix(down, 'call');
  }

  bounds(call: Call, initial: number): Bounds {
    // An addition that answers counts in its own answer: it lies among those that can have happened.
    const own = call.invoke.f === 'add' ? (call.invoke.value as number) : 0;
    const must = initial + own;
    return {
      lower:
        must + this.#mustUp.before(call.call) + this.#canDown.before(call.ret) - Math.min(own, 0),
      upper:
        must + this.#mustDown.before(call.call) + this.#canUp.before(call.ret) - Math.max(own, 0),
    };
  }
}

class Prefix {
  readonly #ranks: readonly number[];
  readonly #sums: number[] = [0];

  constructor(adds: readonly Call[], by: 'call' | 'ret') {
    const sorted = adds.toSorted((a, b) => a[by] - b[by]);
    this.#ranks = sorted.map((add) => add[by]);
    for (const { invoke } of sorted)
      this.#sums.push((this.#sums.at(-1) as number) + (invoke.value as number));
  }

  /** Of all below the rank. */
  before(rank: number): number {
    let [low, high] = [0, this.#ranks.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ranks[middle] as number) < rank) low = middle + 1;
      else high = middle;
    }
    return this.#sums[low] as number;
  }
}
