/**
 * How well clients were served while things broke: the longest gap, the gap that each fault made, and
 * how soon after each fault every node answered again. Computed from the history, and from what nodes
 * said of themselves where no client asked: nobody is connected to a node that was killed.
 */
import type { NodeName } from '../base/operation.ts';
import type { FaultKind } from '../faults/fault.ts';
import type { HistoryEvent } from '../history/event.ts';
import type { FaultRecord } from './nemesis-run.ts';
import type { TimedChange } from './node-changes.ts';

export interface Service {
  /** Longest time for which clients of a node that ran asked and got nothing, in ms. */
  readonly longestGapMs: number;
  readonly longestGapNode: NodeName | undefined;
  /** By fault id. */
  readonly faults: Readonly<Record<number, FaultService>>;
}

/** What clients saw of one fault. Faults that are on together share what clients saw. */
export interface FaultService {
  /** Availability gap: the longest one, at nodes that ran, which the fault saw or made, in ms. */
  readonly gapMs: number;
  /**
   * From its end until every node served again, in ms; null: never seen. A node serves when it answers
   * its clients; one that the fault struck must also say so.
   */
  readonly recoveryMs: number | null;
}

/** All faults of one kind together. */
export interface KindService {
  readonly kind: FaultKind;
  readonly begun: number;
  readonly bitten: number;
  /** Longest availability gap, in ms. */
  readonly gapMs: number;
  /** Times to recovery, in ms; null: none was seen. */
  readonly recoveryMedianMs: number | null;
  readonly recoveryWorstMs: number | null;
  /** Faults after which not every node had answered when the history ended. */
  readonly unrecovered: number;
}

/** A stretch in which a node's clients asked and nothing was answered, since the run began. */
interface Gap {
  readonly node: NodeName;
  readonly fromNs: number;
  readonly toNs: number;
  /** The history ended before an answer came. */
  readonly open: boolean;
}

/** `faults` with their true times; `events` and `changes` in order. */
export function measureService(
  events: readonly HistoryEvent[],
  faults: readonly FaultRecord[],
  changes: readonly TimedChange[],
): Service {
  const gaps = findGaps(events);
  const live = gaps.filter((gap) => !faults.some((fault) => strikesProcess(fault, gap)));
  const longest = longestOf(live);
  return {
    longestGapMs: longest === undefined ? 0 : ms(length(longest)),
    longestGapNode: longest?.node,
    faults: Object.fromEntries(
      faults.flatMap((fault) =>
        fault.startNs === undefined ? [] : [[fault.fault.id, ofFault(fault, gaps, live, changes)]],
      ),
    ),
  };
}

/** By kind, in the order in which kinds were first begun. */
export function serviceByKind(
  faults: readonly FaultRecord[],
  service: Pick<Service, 'faults'>,
): KindService[] {
  const begun = faults.filter(({ startNs }) => startNs !== undefined);
  return [...new Set(begun.map(({ fault }) => fault.kind))].map((kind) => {
    const own = begun.filter(({ fault }) => fault.kind === kind);
    const seen = own.flatMap(({ fault }) => service.faults[fault.id] ?? []);
    const times = seen.flatMap(({ recoveryMs }) => recoveryMs ?? []).toSorted((a, b) => a - b);
    return {
      kind,
      begun: own.length,
      bitten: own.filter(({ bitten }) => bitten).length,
      gapMs: Math.max(0, ...seen.map(({ gapMs }) => gapMs)),
      recoveryMedianMs: times[Math.floor((times.length - 1) / 2)] ?? null,
      recoveryWorstMs: times.at(-1) ?? null,
      unrecovered: seen.length - times.length,
    };
  });
}

const length = (gap: Gap): number => gap.toNs - gap.fromNs;
const ms = (ns: number): number => Math.round(ns / 1e4) / 100;

function longestOf(gaps: readonly Gap[]): Gap | undefined {
  return gaps.reduce<Gap | undefined>(
    (best, gap) => (best === undefined || length(gap) > length(best) ? gap : best),
    undefined,
  );
}

function ofFault(
  fault: FaultRecord,
  gaps: readonly Gap[],
  live: readonly Gap[],
  changes: readonly TimedChange[],
): FaultService {
  const { startNs = 0, endNs, stopNs } = fault;
  const during = live.filter(
    (gap) => gap.toNs > startNs && gap.fromNs <= (stopNs ?? Number.POSITIVE_INFINITY),
  );
  const longest = longestOf(during);
  return {
    gapMs: longest === undefined ? 0 : ms(length(longest)),
    recoveryMs:
      endNs === undefined || stopNs === undefined
        ? null
        : later(
            recovery(gaps, endNs, stopNs),
            fault.nodes.map((node) => untilServing(changes, node, endNs)),
          ),
  };
}

/** Kinds that take the nodes that they strike out of service: their clients wait for nobody else. */
const TAKES_OUT: ReadonlySet<FaultKind> = new Set(['pause', 'kill', 'disk', 'member']);

function strikesProcess({ fault, nodes, startNs, stopNs }: FaultRecord, gap: Gap): boolean {
  if (!TAKES_OUT.has(fault.kind) || startNs === undefined) return false;
  return (
    nodes.includes(gap.node) &&
    startNs < gap.toNs &&
    (stopNs ?? Number.POSITIVE_INFINITY) > gap.fromNs
  );
}

/** A gap begins with the first invocation after an answer and ends with the next answer. */
function findGaps(events: readonly HistoryEvent[]): Gap[] {
  const asked = new Map<NodeName, number>();
  const gaps: Gap[] = [];
  for (const { node, type, time, observed } of events) {
    if (node === undefined) continue;
    const from = asked.get(node);
    if (type === 'invoke') {
      if (from === undefined) asked.set(node, time);
    } else if ((type === 'ok' || observed !== undefined) && from !== undefined) {
      gaps.push({ node, fromNs: from, toNs: time, open: false });
      asked.delete(node);
    }
  }
  const end = events.at(-1)?.time ?? 0;
  for (const [node, from] of asked) gaps.push({ node, fromNs: from, toNs: end, open: true });
  return gaps;
}

/**
 * From `endNs`, when the fault was told to end, until each node had answered: the latest end of the
 * gaps that were open from then until it was undone. A node that nobody asked just then was not kept
 * waiting. Null: one was open to the end of the history.
 */
function recovery(gaps: readonly Gap[], endNs: number, stopNs: number): number | null {
  const waited = gaps.filter((gap) => gap.fromNs <= stopNs && (gap.open || gap.toNs > endNs));
  if (waited.some(({ open }) => open)) return null;
  return waited.length === 0 ? 0 : ms(Math.max(...waited.map((gap) => gap.toNs)) - endNs);
}

/** From `endNs` until the node said that it serves; 0: it never stopped saying so, or never says. */
function untilServing(
  changes: readonly TimedChange[],
  node: NodeName,
  endNs: number,
): number | null {
  const states = changes.filter((change) => change.type === 'state' && change.node === node);
  const serves = (change: TimedChange): boolean =>
    change.type === 'state' && change.state === 'serving';
  const before = states.findLast(({ timeNs }) => timeNs <= endNs);
  if (!states.some(serves) || before === undefined || serves(before)) return 0;
  const again = states.find((change) => change.timeNs > endNs && serves(change));
  return again === undefined ? null : ms(again.timeNs - endNs);
}

function later(first: number | null, others: readonly (number | null)[]): number | null {
  return others.reduce<number | null>(
    (latest, time) => (latest === null || time === null ? null : Math.max(latest, time)),
    first,
  );
}
