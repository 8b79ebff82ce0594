/** What the two checkers of sets share: elements that clients added, and reads of the whole. */
import type { Value } from '../../base/operation.ts';
import type { Call } from '../calls.ts';
import type { Anomaly } from '../verdict.ts';
import { type Calls, byKey, idOf, isFailed, isOk, keyed, named, said } from './property.ts';

/** One element of one set. */
export interface Element {
  readonly value: Value;
  /** Additions that may have happened. */
  readonly added: readonly Call[];
  /** The addition that was acknowledged first. */
  readonly acked: Call | undefined;
}

export interface SetRead {
  readonly call: Call;
  readonly elements: readonly Value[];
  /** How often each is in it. */
  readonly times: ReadonlyMap<number | string, number>;
}

export interface ReadSet {
  readonly key: number | string | undefined;
  readonly elements: ReadonlyMap<number | string, Element>;
  /** Completed reads, by their calls. */
  readonly reads: readonly SetRead[];
}

/** Operations by which an element comes into a set. */
const ADDS: ReadonlySet<string> = new Set(['add', 'append']);

/** The sets of a history, one for each key, or a sentence why there are none. */
export function readSets({ all }: Calls): readonly ReadSet[] | string {
  const sets: ReadSet[] = [];
  for (const [key, calls] of byKey(all)) {
    const odd = calls.find(({ invoke: { f } }) => f !== 'read' && !ADDS.has(f));
    if (odd !== undefined)
      return `${said(odd)} is neither a read nor an addition: elements may have gone again.`;
    const reads: SetRead[] = [];
    for (const call of calls) {
      if (call.invoke.f !== 'read' || !isOk(call)) continue;
      const elements = listOf(call.end?.value);
      if (elements === undefined) return `${said(call)} did not answer with a list of elements.`;
      reads.push({ call, elements, times: timesOf(elements) });
    }
    sets.push({ key, elements: elementsOf(calls), reads });
  }
  return sets;
}

/** A list as it was read: nil is the empty one. */
export function listOf(value: Value | undefined): readonly Value[] | undefined {
  if (value === null) return [];
  return Array.isArray(value) ? (value as readonly Value[]) : undefined;
}

function timesOf(elements: readonly Value[]): Map<number | string, number> {
  const times = new Map<number | string, number>();
  for (const element of elements) times.set(idOf(element), (times.get(idOf(element)) ?? 0) + 1);
  return times;
}

function elementsOf(calls: readonly Call[]): Map<number | string, Element> {
  const elements = new Map<number | string, { value: Value; added: Call[]; acked?: Call }>();
  for (const call of calls) {
    if (!ADDS.has(call.invoke.f) || isFailed(call)) continue;
    const id = idOf(call.invoke.value);
    let element = elements.get(id);
    if (element === undefined)
      elements.set(id, (element = { value: call.invoke.value, added: [] }));
    element.added.push(call);
    if (isOk(call) && call.ret < (element.acked?.ret ?? Infinity)) element.acked = call;
  }
  return elements as Map<number | string, Element>;
}

/** Elements of a read that nobody had added by then, or that are in it more often than they were added. */
export function strangers({ key, elements }: ReadSet, read: SetRead): Anomaly[] {
  const anomalies: Anomaly[] = [];
  for (const [id, times] of read.times) {
    const added = (elements.get(id)?.added ?? []).filter(({ call }) => call < read.call.ret);
    if (times <= added.length) continue;
    const element = read.elements.find((e) => idOf(e) === id) as Value;
    const text = JSON.stringify(element);
    anomalies.push({
      type: added.length === 0 ? 'unexpected' : 'duplicate',
      ...keyed(key),
      why:
        added.length === 0
          ? `${said(read.call)} shows ${text}, which nobody had added, or whose addition failed.`
          : `${said(read.call)} shows ${text} ${times} times; it was added ${added.length === 1 ? 'once' : `${added.length} times`}.`,
      operations: [...added.slice(0, 1).map(({ invoke }) => invoke.index), read.call.invoke.index],
      detail: { element },
    });
  }
  return anomalies;
}

/** `unexpected` and `duplicate` by their definition: the read has the element more often than it was added. */
export function verifyStranger(calls: Calls, anomaly: Anomaly): string | undefined {
  const read = named(calls, anomaly)?.at(-1);
  if (read === undefined || !isOk(read)) return 'the read is not in the history';
  const same = (value: Value): boolean =>
    JSON.stringify(value) === JSON.stringify(anomaly.detail?.['element']);
  const times = (listOf(read.end?.value) ?? []).filter(same).length;
  const added = calls.all.filter(
    (call) =>
      call.invoke.key === read.invoke.key &&
      call.invoke.f !== 'read' &&
      same(call.invoke.value) &&
      !isFailed(call) &&
      call.call < read.ret,
  ).length;
  return times > added
    ? undefined
    : `the read shows it ${times} times, it was added ${added} times`;
}
