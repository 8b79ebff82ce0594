/**
 * Sessions: a client often stays with the key that it used last, so that it reads what it wrote, reads
 * again what it read, writes after reading; then it goes on to another key. Values are unique.
 */
import type { Workload } from '../src/clients/workload.ts';
import { drawWeighted, freshValue, type Values } from './unique-values.ts';

interface State extends Values {
  readonly mix: Readonly<Record<string, number>>;
  /** The key that each process used last. */
  readonly last: Record<string, number>;
}

const session: Workload<State> = {
  name: 'session',
  about: 'clients that read what they wrote and saw; session guarantees and causal consistency',
  needs: ['read', 'write'],
  checks: ['linearizable', 'session-guarantees', 'stats'],
  model: 'register',
  mix: { read: 60, write: 40 },

  init: ({ mix }) => ({ mix, written: 0, last: {} }),

  next(s, { process, key: drawn, random }) {
    const last = s.last[process];
    const key = last !== undefined && random.chance(1, 2) ? last : drawn;
    s.last[process] = key;
    const f = drawWeighted(random, [
      ['read', s.mix['read'] ?? 0],
      ['write', s.mix['write'] ?? 0],
    ]);
    return f === 'write' ? { f, key, value: freshValue(s) } : { f: 'read', key, value: null };
  },
};

export default session;
