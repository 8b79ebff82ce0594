/**
 * A workload of single operations as one of transactions: where the system has them, several operations,
 * each on a key that is in use, become the micro-operations of one.
 */
import type { Op, Value } from '../src/base/operation.ts';
import type { Workload } from '../src/clients/workload.ts';

interface State<S> {
  readonly single: S;
  /** Micro-operations that a transaction has at most; 0: the system has no transactions. */
  readonly longest: number;
  /** Keys that were met, in order; the last few of them are in use. */
  readonly met: number[];
  readonly inUse: number;
}

/** What single operations are called in transactions (Elle). */
const MICRO: Readonly<Record<string, string>> = { read: 'r', append: 'append', write: 'w' };

/** Operations other than read, append and write are not allowed in it. */
export function transactional<S>(single: Workload<S>): Workload<State<S>> {
  const { final: _, update: __, ...same } = single;
  return {
    ...same,
    transactions: true,

    init: (options) => ({
      single: single.init(options),
      longest: options.txnLength ?? 0,
      met: [],
      inUse: options.keys,
    }),

    next(s, at) {
      if (s.longest === 0) return single.next(s.single, at);
      if (!s.met.slice(-4 * s.inUse).includes(at.key)) s.met.push(at.key);
      const recent = s.met.slice(-s.inUse);
      const micros: Value[] = [];
      for (let i = 1 + at.random.below(s.longest); i > 0; i--) {
        const key =
          micros.length === 0 ? at.key : (recent[at.random.below(recent.length)] as number);
        const op = single.next(s.single, { ...at, key, seen: undefined });
        if (typeof op === 'string') return op;
        micros.push([MICRO[op.f] as string, key, op.value]);
      }
      return { f: 'txn', key: at.key, value: micros };
    },

    final(s) {
      if (s.longest === 0) return undefined;
      return [...new Set(s.met)].map((key): Op => ({ f: 'txn', key, value: [['r', key, null]] }));
    },
  };
}
