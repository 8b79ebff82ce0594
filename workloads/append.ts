/**
 * Lists: append an element, read the whole list. Elements are unique and have one width, so that a
 * reply in bytes gives the element's position, and a read shows the order of all appends before it.
 */
import type { Workload } from '../src/clients/workload.ts';
import { drawWeighted } from './unique-values.ts';

/** Eight digits: ninety million elements. */
const FIRST = 10_000_000;

interface State {
  readonly mix: Readonly<Record<string, number>>;
  appended: number;
}

const append: Workload<State> = {
  name: 'append',
  about: 'appends of unique elements, and reads of whole lists',
  needs: ['read', 'append'],
  checks: ['linearizable'],
  model: 'append-list',
  elementBytes: String(FIRST).length,
  mix: { read: 40, append: 60 },

  init: ({ mix }) => ({ mix, appended: 0 }),

  next(s, { key, random }) {
    const f = drawWeighted(random, [
      ['read', s.mix['read'] ?? 0],
      ['append', s.mix['append'] ?? 0],
    ]);
    if (f !== 'append') return { f: 'read', key, value: null };
    s.appended += 1;
    return { f, key, value: FIRST + s.appended };
  },
};

export default append;
