/**
 * A set that only grows, judged by what is in it at the end: every acknowledged element must be there,
 * and nothing that nobody added (Jepsen's `set`).
 *
 * The end of a key is, on each node, the last read that began after the last acknowledged addition; where
 * there is none, the last read of all, for what was acknowledged before it.
 */
import type { Value } from '../../base/operation.ts';
import type { Anomaly } from '../verdict.ts';
import {
  type ReadSet,
  type SetRead,
  listOf,
  readSets,
  strangers,
  verifyStranger,
} from './elements.ts';
import {
  type Calls,
  type Property,
  answering,
  idOf,
  isOk,
  keyed,
  named,
  said,
} from './property.ts';

export const setProperty: Property = {
  name: 'set',
  demands: 'every acknowledged element is in the last reads, and nothing that nobody added',
  wants: 'It wants acknowledged additions (add, append), and a read of the whole set after them.',

  judge(calls) {
    const sets = readSets(calls);
    const none = { observed: 0, keys: 0, anomalies: [], figures: {} };
    if (typeof sets === 'string') return { ...none, unfit: sets };
    const anomalies: Anomaly[] = [];
    const count = { elements: 0, acknowledged: 0, lost: 0, unexpected: 0, recovered: 0 };
    let observed = 0;
    for (const set of sets) {
      const ends = lastReads(set);
      const lost = new Map<Value, Anomaly>();
      for (const read of ends)
        for (const anomaly of missing(set, read)) lost.set(elementOf(anomaly), anomaly);
      const strange = ends.flatMap((read) => strangers(set, read));
      anomalies.push(...lost.values(), ...strange);
      const seen = new Set(ends.flatMap((read) => [...read.times.keys()]));
      const elements = [...set.elements];
      const acked = elements.filter(([, { acked: by }]) => by !== undefined);
      if (ends.length > 0) observed += acked.length;
      count.elements += elements.length;
      count.acknowledged += acked.length;
      count.lost += lost.size;
      count.unexpected += strange.length;
      count.recovered += elements.filter(([id, e]) => e.acked === undefined && seen.has(id)).length;
    }
    return { observed, keys: sets.length, anomalies, figures: count };
  },

  verify(calls, anomaly) {
    if (anomaly.type !== 'lost') return verifyStranger(calls, anomaly);
    const [add, read] = named(calls, anomaly) ?? [];
    if (add === undefined || read === undefined) return 'an operation is not in the history';
    if (!isOk(add) || !isOk(read) || add.ret > read.call)
      return 'the read did not begin after the addition';
    if (add.invoke.key !== read.invoke.key) return 'they are of different keys';
    const text = JSON.stringify(add.invoke.value);
    const there = (listOf(read.end?.value) ?? []).some((e) => JSON.stringify(e) === text);
    return there ? 'the element is there' : undefined;
  },

  plants: plantLost,
};

/** Copies in which a last read lacks an acknowledged element, and has one that nobody added. */
function plantLost(calls: Calls): Calls[] {
  const sets = readSets(calls);
  if (typeof sets === 'string') return [];
  for (const set of sets) {
    const [read] = lastReads(set);
    const lost = read?.elements.find((e) => {
      const by = set.elements.get(idOf(e))?.acked;
      return by !== undefined && by.ret < read.call.call;
    });
    if (read === undefined || lost === undefined) continue;
    const rest = read.elements.filter((e) => idOf(e) !== idOf(lost));
    return [
      answering(calls, read.call, { value: rest }),
      answering(calls, read.call, { value: [...read.elements, 'planted: nobody added this'] }),
    ];
  }
  return [];
}

function lastReads({ elements, reads }: ReadSet): readonly SetRead[] {
  let end = -1;
  for (const { acked } of elements.values()) end = Math.max(end, acked?.ret ?? -1);
  const after = reads.filter(({ call }) => call.call > end);
  const last = new Map(after.map((read) => [read.call.invoke.node, read]));
  return last.size > 0 ? [...last.values()] : reads.slice(-1);
}

function missing({ key, elements }: ReadSet, read: SetRead): Anomaly[] {
  const anomalies: Anomaly[] = [];
  for (const [id, { value, acked }] of elements) {
    if (acked === undefined || acked.ret > read.call.call || read.times.has(id)) continue;
    anomalies.push({
      type: 'lost',
      ...keyed(key),
      why: `${said(acked)} was acknowledged, but ${said(read.call)}, which began later and is of the last ones, does not show it.`,
      operations: [acked.invoke.index, read.call.invoke.index],
      detail: { element: value },
    });
  }
  return anomalies;
}

function elementOf({ detail }: Anomaly): Value {
  return (detail?.['element'] ?? null) as Value;
}
