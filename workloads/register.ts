/**
 * Blind writes and reads. Every value is written once, so that a read names its write and zones judge
 * every operation.
 */
import type { Workload } from '../src/clients/workload.ts';
import { drawWeighted, freshValue, type Values } from './unique-values.ts';

interface State extends Values {
  readonly mix: Readonly<Record<string, number>>;
}

const register: Workload<State> = {
  name: 'register',
  about: 'reads and blind writes of unique values',
  needs: ['read', 'write'],
  checks: ['linearizable'],
  model: 'register',
  mix: { read: 50, write: 50 },

  init: ({ mix }) => ({ mix, written: 0 }),

  next(s, { key, random }) {
    const f = drawWeighted(random, [
      ['read', s.mix['read'] ?? 0],
      ['write', s.mix['write'] ?? 0],
    ]);
    return f === 'write' ? { f, key, value: freshValue(s) } : { f: 'read', key, value: null };
  },
};

export default register;
