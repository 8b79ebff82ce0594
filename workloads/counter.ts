/**
 * Counters that go up and down: an addition of a number from -5 to 5, but 0, answers with the sum; a read
 * shows it.
 */
import type { Workload } from '../src/clients/workload.ts';
import { drawWeighted } from './unique-values.ts';

/** The largest step, either way. */
const STEP_MAX = 5;

interface State {
  readonly mix: Readonly<Record<string, number>>;
}

const counter: Workload<State> = {
  name: 'counter',
  about: 'additions of positive and negative numbers, and reads of the sum',
  needs: ['read', 'add'],
  checks: ['linearizable', 'counter', 'stats'],
  model: 'counter',
  mix: { read: 30, add: 70 },

  init: ({ mix }) => ({ mix }),

  next({ mix }, { key, random }) {
    const f = drawWeighted(random, [
      ['read', mix['read'] ?? 0],
      ['add', mix['add'] ?? 0],
    ]);
    if (f !== 'add') return { f: 'read', key, value: null };
    const size = random.between(1, STEP_MAX);
    return { f, key, value: random.chance(1, 2) ? size : -size };
  },
};

export default counter;
