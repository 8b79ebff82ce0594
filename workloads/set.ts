/**
 * Sets that only grow: each key is one, an element is added by appending it, and a read shows all of them.
 * Every element is added once, so that each can be followed through all reads.
 */
import type { Workload } from '../src/clients/workload.ts';
import append from './append.ts';

const set: typeof append = {
  ...append,
  name: 'set',
  about: 'additions of unique elements, and reads of the whole set',
  checks: ['linearizable', 'set', 'set-full', 'stats'],
  mix: { read: 30, append: 70 },
} satisfies Workload<ReturnType<typeof append.init>>;

export default set;
