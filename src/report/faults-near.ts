/** Which faults were going on when something went wrong. */
import type { History, NemesisEvent } from '../history/event.ts';
import type { NodeName } from '../base/operation.ts';

interface Span {
  readonly kind: string;
  readonly value: NemesisEvent['value'];
  readonly from: number;
  to: number | undefined;
}

/** Faults at most this long before or after count as near, ns. */
const NEAR_NS = 500e6;
const SHOWN = 3;

/** Sentences on the faults near these times (ns), nearest first, three at most. */
export function faultsNear(history: History, times: readonly number[]): string[] {
  if (times.length === 0) return [];
  const distance = (span: Span): number =>
    Math.min(
      ...times.map((t) => (t < span.from ? span.from - t : Math.max(0, t - (span.to ?? t)))),
    );
  return spans(history.nemesis)
    .map((span) => ({ span, away: distance(span) }))
    .filter(({ away }) => away <= NEAR_NS)
    .toSorted((x, y) => x.away - y.away)
    .slice(0, SHOWN)
    .map(({ span }) => described(span));
}

function spans(events: readonly NemesisEvent[]): Span[] {
  const all: Span[] = [];
  for (const { f, value, time } of events) {
    const [phase = '', kind = ''] = f.split(' ');
    if (phase === 'start') all.push({ kind, value, from: time, to: undefined });
    const open = all.findLast((span) => span.kind === kind && span.value.id === value.id);
    if (phase === 'stop' && open !== undefined) open.to = time;
  }
  return all;
}

function described({ kind, value, from, to }: Span): string {
  const shape = typeof value['shape'] === 'string' ? ` ${value['shape']}` : '';
  const until = to === undefined ? 'on' : `to ${seconds(to)}`;
  return `${kind}${shape} ${where(value)} from ${seconds(from)} ${until}`;
}

function where({ nodes, links }: NemesisEvent['value']): string {
  if (links.length === 0) return `{${nodes.join(' ')}}`;
  const both = (a: NodeName, b: NodeName): boolean => links.some(([x, y]) => x === b && y === a);
  const texts = links
    .filter(([a, b]) => !both(a, b) || a < b)
    .map(([a, b]) => (both(a, b) ? `${a}↔${b}` : `${a}→${b}`));
  return texts.length <= 6 ? texts.join(' ') : `on ${texts.length} links`;
}

/** As in the drawing: milliseconds since the run began. */
function seconds(ns: number): string {
  return (ns / 1e6).toFixed(3);
}
