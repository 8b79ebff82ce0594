/** Identifiers: each key is a source of them, and the answer of an addition of one is the next. */
import type { Workload } from '../src/clients/workload.ts';

const uniqueIds: Workload<Record<string, never>> = {
  name: 'unique-ids',
  about: 'identifiers, each the answer of an addition of one; never given out twice',
  needs: ['add'],
  checks: ['linearizable', 'unique-ids', 'stats'],
  model: 'counter',
  mix: { add: 100 },

  init: () => ({}),
  next: (_, { key }) => ({ f: 'add', key, value: 1 }),
};

export default uniqueIds;
