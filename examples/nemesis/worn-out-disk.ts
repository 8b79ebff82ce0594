/**
 * Faults of your own: a disk wears out. First every fsync of one node gets slower, then one of them fails,
 * which ends the node; and just then the leader of the membership is cut off, so that somebody else has to
 * notice. Repeated for as long as clients work:
 *
 *     hermes fuzz --nemesis examples/nemesis/worn-out-disk.ts
 */
import type { Fault, Nemesis } from '../../src/api.ts';

const SECOND = 1e9;
/** A node that died holds the data again well before the next one dies. */
const EVERY = 9 * SECOND;

const wornOutDisk: Nemesis = {
  name: 'worn-out-disk',
  schedule(random, nodes, { durationNs }) {
    const rounds = Math.max(1, Math.floor(durationNs / EVERY));
    const order = random.shuffle(nodes);
    return Array.from({ length: rounds }, (_, i) =>
      round(i * EVERY, order[i % order.length] as string),
    )
      .flat()
      .filter(({ atNs, forNs }) => atNs + forNs <= Math.max(durationNs, EVERY));
  },
};

function round(atNs: number, node: string): Fault[] {
  const base = { id: 0, nodes: [node], links: [] };
  return [
    {
      ...base,
      kind: 'disk',
      shape: 'slow',
      atNs: atNs + SECOND,
      forNs: SECOND,
      params: { delayMs: 60 },
    },
    {
      ...base,
      kind: 'disk',
      shape: 'eio',
      atNs: atNs + 2 * SECOND,
      forNs: 0.5 * SECOND,
      params: { onSync: 1, atOnce: 1, survivors: 1 },
    },
    {
      ...base,
      kind: 'partition',
      shape: 'leader',
      nodes: 'leader',
      atNs: atNs + 2.2 * SECOND,
      forNs: SECOND,
      params: {},
    },
  ];
}

export default wornOutDisk;
