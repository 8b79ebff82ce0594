/**
 * Everything over one time axis: throughput above the faults, latencies, and a row per node with what it
 * answered, when it did not serve, its views and its lease. The rows are those of `throughput.svg`. A
 * script of the page moves what it holds along the axis; without it the drawing shows the whole run.
 */
import { duration } from '../../base/figures.ts';
import { type Bar, faultBands, faultBar, faultBars } from '../figure/fault-bars.ts';
import {
  type Frame,
  LANE,
  LEFT,
  PLOT,
  RIGHT,
  ROW,
  TOTAL_HEIGHT,
  WIDTH,
  classOf,
  round,
  timeScale,
  timeUnit,
} from '../figure/frame.ts';
import { nodeRows, timeGrid, totalPlot, viewMarks } from '../figure/plots.ts';
import type { RunSeries, Sample } from '../figure/run-series.ts';
import { xmlText } from '../../base/xml-text.ts';
import { type Html, trusted } from './html.ts';
import { type Latencies, latencies } from './latencies.ts';
import type { Operation, OutcomeName } from './operations.ts';

export interface AxisFigure {
  readonly svg: Html;
  /** What the latency row shows of how much. */
  readonly latencies: Latencies;
}

const TOP = 26;
const LATENCY_HEIGHT = 150;
/** Cells of latencies: as wide and high as a dot. */
const CELL = 2;
const GRID = { columns: PLOT / CELL, rows: LATENCY_HEIGHT / CELL };

/** `samples`: lines of `events.jsonl`. Pure. */
export function axisFigure(
  series: RunSeries,
  operations: readonly Operation[],
  samples: readonly Sample[],
): AxisFigure {
  const bars = faultBars(series);
  const lanes = Math.max(0, ...bars.map(({ lane }) => lane + 1));
  const lanesTop = TOP + TOTAL_HEIGHT + 14;
  const latencyTop = lanesTop + lanes * LANE + 30;
  const rowsTop = latencyTop + LATENCY_HEIGHT + (series.nodes.length > 0 ? 34 : 0);
  const bottom = rowsTop + series.nodes.length * ROW;
  const height = bottom + 44;
  const frame: Frame = { series, x: timeScale(series), top: TOP, lanesTop, rowsTop, bottom };
  const drawn = latencies(operations, series.endNs, GRID);
  const lines = [
    `<svg class="axis zoomable" viewBox="0 0 ${WIDTH} ${height}" role="img" tabindex="0" aria-label="${xmlText(summaryOf(series))}" data-left="${LEFT}" data-right="${WIDTH - RIGHT}" data-bottom="${bottom}" data-top="${TOP}" data-end="${series.endNs / timeUnit(series).ns}">`,
    `<clipPath id="plot"><rect x="${LEFT}" y="0" width="${PLOT}" height="${height}"/></clipPath>`,
    ...timeGrid(frame),
    ...faultBands(bars, frame),
    ...latencyBands(bars, latencyTop),
    ...viewMarks(frame),
    ...totalPlot(frame),
    ...bars.flatMap((bar) => faultBar(bar, frame)),
    ...latencyPlot(drawn, frame, latencyTop),
    ...nodeRows(frame),
    ...series.nodes.flatMap((node, i) => nodeMarks(node, i, samples, frame)),
    '</svg>',
  ];
  return { svg: trusted(lines.join('\n')), latencies: drawn };
}

function summaryOf({ endNs, nodes, faults }: RunSeries): string {
  return `Throughput, ${faults.length} faults, latencies and ${nodes.length} nodes over ${duration(endNs / 1e6)}. Plus and minus zoom, arrows move, 0 shows all.`;
}

function latencyBands(bars: readonly Bar[], top: number): string[] {
  return bars.map(
    ({ kind, fromX, toX }) =>
      `<rect class="band ${classOf(kind)}" x="${round(fromX)}" y="${top}" width="${round(toX - fromX)}" height="${LATENCY_HEIGHT}"/>`,
  );
}

/** Outcomes in the order in which they are drawn, the rarest on top. */
const OUTCOMES: readonly OutcomeName[] = ['ok', 'mismatch', 'fail', 'info'];

function latencyPlot(drawn: Latencies, { x, series }: Frame, top: number): string[] {
  const { fromMs, toMs, cells, p50Ms, p99Ms } = drawn;
  const decades = Math.round(Math.log10(toMs / fromMs));
  const base = top + LATENCY_HEIGHT;
  const y = (ms: number): number => base - (LATENCY_HEIGHT * Math.log10(ms / fromMs)) / decades;
  const quantiles = (row: readonly (number | null)[]): string =>
    brokenLine(row, (i) => x((i * series.endNs) / row.length), y);
  return [
    `<text class="label" x="${LEFT}" y="${top - 8}">latency of each operation by its outcome, logarithmic; lines: median and 99th percentile of what was answered</text>`,
    ...Array.from({ length: decades + 1 }, (_, i) => fromMs * 10 ** i).flatMap((ms) => [
      `<line class="grid" x1="${LEFT}" y1="${round(y(ms))}" x2="${WIDTH - RIGHT}" y2="${round(y(ms))}"/>`,
      `<text class="tick" x="${LEFT - 8}" y="${round(y(ms) + 4)}" text-anchor="end">${duration(ms)}</text>`,
    ]),
    ...OUTCOMES.map((outcome) => `<path class="dots ${outcome}" d="${dots(outcome)}"/>`),
    `<path class="quantile" d="${quantiles(p50Ms)}"/>`,
    `<path class="quantile upper" d="${quantiles(p99Ms)}"/>`,
  ];

  /** What was not done stands upright: a shape that the colour-blind see, and zooming keeps. */
  function dots(outcome: OutcomeName): string {
    const mark = outcome === 'fail' ? 'v-4' : outcome === 'info' ? 'v-8' : 'h0';
    return (cells.get(outcome) ?? [])
      .map(([column, row]) => `M${LEFT + column * CELL + 1} ${base - row * CELL - 1}${mark}`)
      .join('');
  }
}

/** A line of steps with gaps where nothing is known. */
function brokenLine(
  values: readonly (number | null)[],
  x: (i: number) => number,
  y: (value: number) => number,
): string {
  return values
    .map((value, i) => {
      if (value === null) return '';
      const [from, to, height] = [round(x(i)), round(x(i + 1)), round(y(value))];
      return `${(values[i - 1] ?? null) === null ? `M${from} ${height}` : `V${height}`}H${to}`;
    })
    .join('');
}

/** Views that the node learned of, with their numbers, and when it held a lease. */
function nodeMarks(node: string, row: number, samples: readonly Sample[], frame: Frame): string[] {
  const { x, series, rowsTop } = frame;
  const base = rowsTop + (row + 1) * ROW - 4;
  const own = samples.filter((sample) => sample['node'] === node);
  const times = (type: string): { atNs: number; sample: Sample }[] =>
    own.flatMap((sample) => {
      const time = sample['time'];
      return sample['type'] === type && typeof time === 'number' && time < series.endNs
        ? [{ atNs: time, sample }]
        : [];
    });
  const leases = times('lease');
  const silent = series.outages.filter((o) => o.node === node && o.state === 'silent');
  const held = leases
    .flatMap(({ atNs, sample }, i) =>
      sample['held'] === true
        ? without({ fromNs: atNs, toNs: leases[i + 1]?.atNs ?? series.endNs }, silent)
        : [],
    )
    .map(({ fromNs, toNs }) => {
      const text = xmlText(`${node} holds a lease from ${(fromNs / 1e9).toFixed(3)} s`);
      const width = round(Math.max(0.5, x(toNs) - x(fromNs)));
      return `<rect class="lease" x="${round(x(fromNs))}" y="${base + 1}" width="${width}" height="2.5"><title>${text}</title></rect>`;
    });
  let free = LEFT;
  const views = times('view').flatMap(({ atNs, sample }) => {
    const epoch = Number(sample['epoch']);
    const at = x(atNs);
    if (!(epoch > 0)) return [];
    const text = xmlText(`${node} in view ${epoch} at ${(atNs / 1e9).toFixed(3)} s`);
    const line = `<line class="joined" x1="${round(at)}" y1="${base - ROW + 8}" x2="${round(at)}" y2="${base - ROW + 14}"><title>${text}</title></line>`;
    if (at < free) return [line];
    free = at + String(epoch).length * 5 + 6;
    return [
      line,
      `<text class="own" x="${round(at + 2)}" y="${base - ROW + 13}">${epoch}<title>${text}</title></text>`,
    ];
  });
  return [...held, ...views];
}

interface Stretch {
  readonly fromNs: number;
  readonly toNs: number;
}

/** What is left of a stretch; a node that says nothing shows no lease. `gaps` in order. */
function without({ fromNs, toNs }: Stretch, gaps: readonly Stretch[]): Stretch[] {
  const left: Stretch[] = [];
  let from = fromNs;
  for (const gap of gaps) {
    if (gap.toNs <= from || gap.fromNs >= toNs) continue;
    if (gap.fromNs > from) left.push({ fromNs: from, toNs: gap.fromNs });
    from = gap.toNs;
  }
  return from < toNs ? [...left, { fromNs: from, toNs }] : left;
}
