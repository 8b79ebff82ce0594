/**
 * What a run's picture shows, computed from `history.jsonl` and `events.jsonl`: answers per second in
 * all and per node, faults, views, and when nodes did not serve.
 */
import type { NodeName } from '../../base/operation.ts';
import type { Link } from '../../faults/fault.ts';
import { faultText } from '../../faults/fault-text.ts';
import type { History, NemesisEvent } from '../../history/event.ts';
import { roundDown } from './axis.ts';

/** A line of `events.jsonl`. */
export type Sample = Readonly<Record<string, unknown>>;

export interface RunSeries {
  readonly nodes: readonly NodeName[];
  /** Where the picture ends: the clients had done their work and everything was healed. */
  readonly endNs: number;
  /** Width of a step. */
  readonly stepNs: number;
  /** Answered operations per second, by step. */
  readonly total: readonly number[];
  readonly byNode: ReadonlyMap<NodeName, readonly number[]>;
  readonly faults: readonly FaultSpan[];
  readonly views: readonly ViewChange[];
  readonly outages: readonly Outage[];
}

export interface FaultSpan {
  readonly id: number;
  readonly kind: string;
  /** In words: `kill one {n3}`. */
  readonly text: string;
  readonly fromNs: number;
  readonly toNs: number;
  /** What it did, counted; undefined: it never ended. */
  readonly counters: Readonly<Record<string, number>> | undefined;
  /** Did it do anything; undefined: nobody said so. */
  readonly bitten: boolean | undefined;
}

/** When the first node said to be in a view. */
export interface ViewChange {
  readonly atNs: number;
  readonly epoch: number;
}

/** A stretch in which a node said that it does not serve, or said nothing. */
export interface Outage {
  readonly node: NodeName;
  readonly state: string;
  readonly fromNs: number;
  readonly toNs: number;
}

const STEP_NS = 100e6;
/** No more steps than there are points to draw them, and no fewer where a run is short. */
const MOST_STEPS = 900;
const LEAST_STEPS = 30;

/** Pure. `samples` in order of time. */
export function runSeries(
  history: Pick<History, 'header' | 'events' | 'nemesis'>,
  samples: readonly Sample[],
): RunSeries {
  const nodes = nodesOf(history);
  const endNs = endOf(history, samples);
  const answers = history.events.filter(
    ({ type, observed, time }) =>
      time < endNs && (type === 'ok' || (type === 'fail' && observed !== undefined)),
  );
  const stepNs = stepOf(endNs, answers.length);
  const steps = Math.max(1, Math.ceil(endNs / stepNs));
  const rate = (node?: NodeName): number[] => {
    const counts = Array.from({ length: steps }, () => 0);
    for (const answer of answers) {
      const step = Math.floor(answer.time / stepNs);
      if (node === undefined || answer.node === node) counts[step] = (counts[step] ?? 0) + 1;
    }
    return counts.map((count) => (count * 1e9) / stepNs);
  };
  return {
    nodes,
    endNs,
    stepNs,
    total: rate(),
    byNode: new Map(nodes.map((node) => [node, rate(node)])),
    faults: faultSpans(history.nemesis, nodes, endNs),
    views: viewChanges(samples, endNs),
    outages: nodes.flatMap((node) => outagesOf(node, samples, endNs)),
  };
}

/** A tenth of a second, whole multiples of it in long runs; in short ones what holds some answers, and is round. */
function stepOf(endNs: number, answers: number): number {
  if (endNs >= LEAST_STEPS * STEP_NS) return STEP_NS * Math.ceil(endNs / STEP_NS / MOST_STEPS);
  const steps = Math.min(LEAST_STEPS, Math.max(4, answers / 8));
  return Math.max(1, roundDown(endNs / steps));
}

function nodesOf({ header, events }: Pick<History, 'header' | 'events'>): readonly NodeName[] {
  const named = header['nodes'];
  if (Array.isArray(named)) return named.map(String);
  return [...new Set(events.flatMap(({ node }) => node ?? []))].toSorted();
}

function endOf({ events }: Pick<History, 'events'>, samples: readonly Sample[]): number {
  const healed = samples.find(({ type, phase }) => type === 'phase' && phase === 'rejoining');
  return Math.max(timeOf(healed) ?? events.at(-1)?.time ?? 0, 1);
}

function timeOf(sample: Sample | undefined): number | undefined {
  const time = sample?.['time'];
  return typeof time === 'number' ? time : undefined;
}

function faultSpans(
  nemesis: readonly NemesisEvent[],
  nodes: readonly NodeName[],
  endNs: number,
): FaultSpan[] {
  const stops = nemesis.filter(({ f }) => f.startsWith('stop '));
  return nemesis.flatMap(({ f, value, time }) => {
    const kind = f.replace(/^start /, '');
    if (kind === f) return [];
    const stop = stops.find((other) => other.value.id === value.id && other.time >= time);
    const { nodes: struck, links } = stop?.value ?? value;
    return [
      {
        id: value.id,
        kind,
        text: textOf(kind, { ...value, nodes: struck, links }, nodes),
        fromNs: time,
        toNs: toldToEnd(stop) ?? endNs,
        counters: stop?.value.counters,
        bitten: typeof stop?.value['bitten'] === 'boolean' ? stop.value['bitten'] : undefined,
      },
    ];
  });
}

/** A fault is over when it is told to end; what follows is the way back. */
function toldToEnd(stop: NemesisEvent | undefined): number | undefined {
  const ended = stop?.value['endedNs'];
  return typeof ended === 'number' ? ended : stop?.time;
}

function textOf(kind: string, value: NemesisEvent['value'], nodes: readonly NodeName[]): string {
  const { shape, params } = value as { shape?: unknown; params?: Record<string, number> };
  return faultText(
    {
      kind: kind as Parameters<typeof faultText>[0]['kind'],
      shape: typeof shape === 'string' ? shape : '',
      nodes: value.nodes,
      links: value.links as readonly Link[],
      params: params ?? {},
    },
    nodes,
  );
}

function viewChanges(samples: readonly Sample[], endNs: number): ViewChange[] {
  const seen = new Set<unknown>();
  return samples.flatMap((sample) => {
    const { type, epoch } = sample;
    const atNs = timeOf(sample) ?? 0;
    if (type !== 'view' || typeof epoch !== 'number' || seen.has(epoch) || atNs > endNs) return [];
    // 0: the node has not been told of any view yet.
    if (epoch === 0) return [];
    seen.add(epoch);
    return [{ atNs, epoch }];
  });
}

function outagesOf(node: NodeName, samples: readonly Sample[], endNs: number): Outage[] {
  const states = samples.filter((sample) => sample['type'] === 'state' && sample['node'] === node);
  // A system that says nothing of itself is not out of order.
  if (!states.some(({ state }) => state === 'serving')) return [];
  return states.flatMap((sample, i) => {
    const fromNs = timeOf(sample) ?? 0;
    const toNs = Math.min(endNs, timeOf(states[i + 1]) ?? endNs);
    const state = String(sample['state']);
    return state === 'serving' || fromNs >= toNs ? [] : [{ node, state, fromNs, toNs }];
  });
}
