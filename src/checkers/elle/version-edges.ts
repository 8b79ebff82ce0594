/** rw-register: what the order of versions that is assumed says of transactions; keys where it is cyclic are left out. */
import { FAIL, NIL, OK, READ } from '../../history/packed/txns.ts';
import { RW, WW } from './edges.ts';
import type { Inference } from './inference.ts';
import { type KeyAssumption, orderVersions } from './version-order.ts';

/** Adds ww and rw edges, and anomalies of cyclic versions. */
export function addVersionOrder(inference: Inference, assume: readonly KeyAssumption[]): void {
  const { txns, happened, writers, edges } = inference;
  const { of, type } = txns;
  const order = orderVersions(txns, happened, assume);
  inference.versions = order;
  for (const { key, cycle: versions } of order.cyclic)
    inference.findings.add({
      type: 'cyclic-versions',
      key,
      txns: [],
      micro: -1,
      other: -1,
      value: versions[0] as number,
      versions,
    });
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
