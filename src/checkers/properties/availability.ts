/**
 * Availability and latency as numbers, without a judgement: which part of the operations succeeded, the
 * longest time without a success, how long successes took. Unknown only where nothing succeeded.
 */
import type { Call } from '../calls.ts';
import { quantile } from './quantile.ts';
import type { Property } from './property.ts';
import { isOk } from './property.ts';

const MS = 1e6;

export const availability: Property = {
  name: 'availability',
  demands: 'numbers only: the part that succeeded, the longest gap, latencies',
  wants: 'It wants operations that succeeded.',

  judge({ all }) {
    const done = all.filter(isOk);
    const took = (calls: readonly Call[]): number[] =>
      calls.map(({ invoke, end }) => ((end?.time ?? invoke.time) - invoke.time) / MS);
    const latencies = took(done);
    const percent = all.length === 0 ? 0 : Math.floor((done.length / all.length) * 1e4) / 100;
    const figures: Record<string, number> = {
      okPercent: percent,
      longestGapMs: longestGap(all),
      p50Ms: quantile(latencies, 0.5),
      p99Ms: quantile(latencies, 0.99),
      maxMs: quantile(latencies, 1),
    };
    for (const f of new Set(done.map(({ invoke }) => invoke.f)))
      figures[`${f} p99Ms`] = quantile(took(done.filter(({ invoke }) => invoke.f === f)), 0.99);
    const keys = new Set(all.map(({ invoke }) => invoke.key)).size;
    return { observed: done.length, keys, anomalies: [], figures };
  },
};

/** Milliseconds between two successes, or from the first invocation to the first, or the last to the end. */
function longestGap(all: readonly Call[]): number {
  const [first] = all;
  if (first === undefined) return 0;
  let last = first.invoke.time;
  for (const { invoke, end } of all) last = Math.max(last, end?.time ?? invoke.time);
  const times = all.filter(isOk).map(({ end }) => end?.time ?? 0);
  const marks = [first.invoke.time, ...times.toSorted((a, b) => a - b), last];
  let gap = 0;
  for (const [i, mark] of marks.entries()) gap = Math.max(gap, mark - (marks[i - 1] ?? mark));
  return Math.round(gap / 1e3) / 1e3;
}
