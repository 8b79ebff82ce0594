/**
 * The default: reads, blind writes and read-modify-writes on the same keys.
 *
 * Every operation is judged by zones: values are unique, `cas` and `getset` write such values, and
 * `add` is always +1 on counter keys, which see nothing but `add` and `read` (the chain rule). The
 * share of counter keys is the share of `add` among the operations that write.
 */
import type { Workload } from '../src/clients/workload.ts';
import { drawWeighted, freshValue, type Values } from './unique-values.ts';

interface State extends Values {
  readonly mix: Readonly<Record<string, number>>;
}

const rmw: Workload<State> = {
  name: 'rmw',
  about: 'reads, writes, compare-and-set, get-and-set, and adds on counter keys',
  needs: ['read', 'write', 'cas', 'getset', 'add'],
  checks: ['linearizable'],
  model: 'cas-register',
  mix: { read: 30, write: 20, cas: 20, getset: 10, add: 20 },

  init: ({ mix }) => ({ mix, written: 0 }),

  next(s, { key, random, seen }) {
    const weight = (f: string): number => s.mix[f] ?? 0;
    const writes = weight('write') + weight('cas') + weight('getset') + weight('add');
    const kind = drawWeighted(random, [
      ['read', weight('read')],
      ['change', writes],
    ]);
    if (kind !== 'change') return { f: 'read', key, value: null };
    if (isCounter(key, s.mix)) return { f: 'add', key, value: 1 };
    const f = drawWeighted(random, [
      ['write', weight('write')],
      ['cas', weight('cas')],
      ['getset', weight('getset')],
    ]);
    const value = freshValue(s);
    return f === 'cas' ? { f, key, value: [seen ?? null, value] } : { f: f ?? 'write', key, value };
  },
};

/** Counter keys are spread evenly: of any stretch of keys, the share of `add` among the writes. */
export function isCounter(key: number, mix: Readonly<Record<string, number>>): boolean {
  const add = mix['add'] ?? 0;
  const others = (mix['write'] ?? 0) + (mix['cas'] ?? 0) + (mix['getset'] ?? 0);
  if (add + others === 0) return false;
  const share = add / (add + others);
  return Math.floor((key + 1) * share) > Math.floor(key * share);
}

export default rmw;
