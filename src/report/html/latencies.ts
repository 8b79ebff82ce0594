/**
 * Latencies over the time of a run, aggregated so that the drawing of a million operations is as large
 * as that of a thousand: a dot per small cell and outcome that holds an operation, quantiles by step.
 * Pure.
 */
import { type Operation, type OutcomeName, outcomeName } from './operations.ts';

/** Width and height of the plot in cells. */
export interface Grid {
  readonly columns: number;
  readonly rows: number;
}

export interface Latencies {
  /** Bounds of the logarithmic axis, in ms: powers of ten. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Operations drawn, and the dots they make. */
  readonly operations: number;
  readonly dots: number;
  /** Cells that hold an operation, by outcome; row 0 is at the bottom. */
  readonly cells: ReadonlyMap<OutcomeName, readonly (readonly [column: number, row: number])[]>;
  /** By step: median and 99th percentile of what was answered, in ms; null: nothing was. */
  readonly p50Ms: readonly (number | null)[];
  readonly p99Ms: readonly (number | null)[];
}

/** Steps for quantiles. */
const STEPS = 120;

/** An operation stands at its invocation; what never completed has no latency and is left out. */
export function latencies(all: readonly Operation[], endNs: number, grid: Grid): Latencies {
  const timed = all.filter(({ invoke, end }) => end !== undefined && invoke.time < endNs);
  const ms = Float64Array.from(timed, msOf);
  const { fromMs, toMs } = bounds(ms);
  const decades = Math.log10(toMs / fromMs);
  const seen = new Map<OutcomeName, Set<number>>();
  const steps: number[][] = Array.from({ length: STEPS }, () => []);
  for (const [i, operation] of timed.entries()) {
    const at = operation.invoke.time / endNs;
    const latency = ms[i] as number;
    const outcome = outcomeName(operation);
    const height = Math.log10(Math.max(latency, fromMs) / fromMs) / decades;
    const column = Math.min(grid.columns - 1, Math.floor(at * grid.columns));
    const row = Math.min(grid.rows - 1, Math.floor(height * grid.rows));
    const cells = seen.get(outcome) ?? new Set();
    seen.set(outcome, cells.add(column * grid.rows + row));
    if (outcome === 'ok' || outcome === 'mismatch')
      steps[Math.min(STEPS - 1, Math.floor(at * STEPS))]?.push(latency);
  }
  for (const step of steps) step.sort((x, y) => x - y);
  const cells = new Map(
    [...seen].map(([outcome, set]) => [
      outcome,
      [...set].map((cell) => [Math.floor(cell / grid.rows), cell % grid.rows] as const),
    ]),
  );
  return {
    fromMs,
    toMs,
    operations: timed.length,
    dots: [...seen.values()].reduce((sum, { size }) => sum + size, 0),
    cells,
    p50Ms: steps.map((step) => quantile(step, 0.5)),
    p99Ms: steps.map((step) => quantile(step, 0.99)),
  };
}

function msOf({ invoke, end }: Operation): number {
  return ((end?.time ?? invoke.time) - invoke.time) / 1e6;
}

/** Powers of ten around all latencies; at least one decade. */
function bounds(ms: Float64Array): { fromMs: number; toMs: number } {
  let [least, most] = [Infinity, 0];
  for (const latency of ms) {
    least = Math.min(least, latency);
    most = Math.max(most, latency);
  }
  const from = Math.max(-3, Math.floor(Math.log10(Number.isFinite(least) ? least : 1)));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(most, 1e-3))));
  return { fromMs: 10 ** from, toMs: 10 ** to };
}

function quantile(sorted: readonly number[], q: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? null;
}
