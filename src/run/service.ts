/**
 * How well clients were served while things broke: the longest gap, and how soon after each fault
 * every node answered again. Computed from the history alone.
 */
import type { NodeName } from '../base/operation.ts';
import type { HistoryEvent } from '../history/event.ts';
import type { FaultRecord } from './nemesis-run.ts';

export interface Service {
  /** Longest time for which clients of a node that was not paused asked and got nothing, in ms. */
  readonly longestGapMs: number;
  readonly longestGapNode: NodeName | undefined;
  /** By fault id: from its end until every node with clients had answered one, in ms; null: never seen. */
  readonly recoveryMs: Readonly<Record<number, number | null>>;
}

/** A stretch in which a node's clients asked and nothing was answered, since the run began. */
interface Gap {
  readonly node: NodeName;
  readonly fromNs: number;
  readonly toNs: number;
}

/** `faults` with their true times; `events` in order. */
export function measureService(
  events: readonly HistoryEvent[],
  faults: readonly FaultRecord[],
): Service {
  const gaps = findGaps(events);
  const live = gaps.filter((gap) => !faults.some((fault) => strikesProcess(fault, gap)));
  const longest = live.reduce<Gap | undefined>(
    (best, gap) => (best === undefined || length(gap) > length(best) ? gap : best),
    undefined,
  );
  return {
    longestGapMs: longest === undefined ? 0 : ms(length(longest)),
    longestGapNode: longest?.node,
    recoveryMs: Object.fromEntries(
      faults.flatMap(({ fault, stopNs }) =>
        stopNs === undefined ? [] : [[fault.id, recovery(gaps, stopNs)]],
      ),
    ),
  };
}

const length = (gap: Gap): number => gap.toNs - gap.fromNs;
const ms = (ns: number): number => Math.round(ns / 1e4) / 100;

function strikesProcess({ fault, nodes, startNs, stopNs }: FaultRecord, gap: Gap): boolean {
  if ((fault.kind !== 'pause' && fault.kind !== 'kill') || startNs === undefined) return false;
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
      gaps.push({ node, fromNs: from, toNs: time });
      asked.delete(node);
    }
  }
  const end = events.at(-1)?.time ?? 0;
  for (const [node, from] of asked) gaps.push({ node, fromNs: from, toNs: end });
  return gaps;
}

/**
 * From `stopNs` until each node had answered: the latest end of the gaps that were open at that
 * moment. A node that nobody asked just then was not kept waiting. Null: one was open to the end.
 */
function recovery(gaps: readonly Gap[], stopNs: number): number | null {
  const open = gaps.filter((gap) => gap.fromNs <= stopNs && gap.toNs > stopNs);
  return open.length === 0 ? 0 : ms(Math.max(...open.map((gap) => gap.toNs)) - stopNs);
}
