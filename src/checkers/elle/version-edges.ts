/** rw-register: what the order of versions that is assumed says of transactions; keys where it is cyclic are left out. */
import { FAIL, NIL, OK, READ, type Txns } from '../../history/packed/txns.ts';
import { RW, WW } from './edges.ts';
import { type Inference, find } from './inference.ts';
import { type KeyAssumption, orderVersions } from './version-order.ts';

/** Adds ww and rw edges, and anomalies of cyclic versions. */
export function addVersionOrder(inference: Inference, assume: readonly KeyAssumption[]): void {
  const { txns, happened, writers, edges } = inference;
  const { of, type } = txns;
  const order = orderVersions(txns, happened, assume);
  inference.versions = order;
  for (const { key, cycle } of order.cyclic) {
    const shown = touching(txns, key, cycle);
    find(inference, 'cyclic-versions', key, shown, [-1, -1, cycle[0] as number]);
  }
  const readers = readersByVersion(inference);
  for (const { key, from, to } of order.edges) {
    const next = to === NIL ? -1 : writers.of(key, to);
    if (next < 0 || type[of[next] as number] === FAIL) continue;
    const writer = of[next] as number;
    const previous = from === NIL ? -1 : writers.of(key, from);
    // Who read nil precedes all writers already.
    if (previous < 0) continue;
    if (type[of[previous] as number] !== FAIL) edges.add(of[previous] as number, writer, WW);
    for (const reader of readers.get(previous) ?? []) edges.add(reader, writer, RW);
  }
}

/** Committed readers of what each micro-operation wrote, by that micro-operation. */
function readersByVersion({ txns, writers, before }: Inference): Map<number, number[]> {
  const { n, type, first, end, f, key, v } = txns;
  const readers = new Map<number, number[]>();
  for (let t = 0; t < n; t++) {
    if (type[t] !== OK) continue;
    for (let m = first[t] as number; m < (end[t] as number); m++) {
      if (f[m] !== READ || (v[m] as number) === NIL || before[m] !== -1) continue;
      const w = writers.of(key[m] as number, v[m] as number);
      if (w < 0) continue;
      const those = readers.get(w);
      if (those === undefined) readers.set(w, [t]);
      else those.push(t);
    }
  }
  return readers;
}

/** Committed transactions that show the versions of a cycle. */
function touching(
  { n, type, first, end, key: keys, v }: Txns,
  key: number,
  cycle: readonly number[],
): number[] {
  const found: number[] = [];
  for (let t = 0; t < n && found.length < 8; t++) {
    if (type[t] !== OK) continue;
    for (let m = first[t] as number; m < (end[t] as number); m++)
      if (keys[m] === key && cycle.includes(v[m] as number)) {
        found.push(t);
        break;
      }
  }
  return found;
}
