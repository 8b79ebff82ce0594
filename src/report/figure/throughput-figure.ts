/**
 * The failure figure of a run: answered operations per second over time, in all and per node, above
 * bars for the faults that were on, with marks where the view changed. The paper shows the same of one
 * crash. A drawing in SVG that needs nothing else, for light and dark pages; from `history.jsonl` and
 * `events.jsonl` alone.
 */
import { count, duration, plural } from '../../base/figures.ts';
import { FAULT_KINDS } from '../../faults/fault.ts';
import type { History } from '../../history/event.ts';
import { cut } from '../text.ts';
import { xmlText } from '../xml-text.ts';
import { roundUp, short, ticks } from './axis.ts';
import { lanesOf } from './lanes.ts';
import { type RunSeries, runSeries, type Sample } from './run-series.ts';
import { STYLE } from './style.ts';

export interface FigureInput {
  readonly history: Pick<History, 'header' | 'events' | 'nemesis'>;
  /** Lines of `events.jsonl`. */
  readonly samples: readonly Sample[];
  /** What was run, in a line: `hermes, 5 nodes, netns · seed 7`. */
  readonly subtitle: string;
}

const WIDTH = 960;
const LEFT = 68;
const RIGHT = 20;
const PLOT = WIDTH - LEFT - RIGHT;
const TOP = 74;
const TOTAL_HEIGHT = 170;
const LANE = 19;
const ROW = 34;
const GAP = 26;

/** Where the parts of the drawing lie. */
interface Frame {
  readonly series: RunSeries;
  x(ns: number): number;
  readonly top: number;
  /** Below the large plot: lanes of faults, then rows of nodes, then the time axis. */
  readonly lanesTop: number;
  readonly rowsTop: number;
  readonly bottom: number;
}

/** The text of an SVG file. Pure: the same run gives the same bytes. */
export function throughputFigure(input: FigureInput): string {
  const series = runSeries(input.history, input.samples);
  const bars = faultBars(series);
  const lanes = Math.max(0, ...bars.map(({ lane }) => lane + 1));
  const lanesTop = TOP + TOTAL_HEIGHT + 14;
  const rowsTop = lanesTop + lanes * LANE + (lanes > 0 ? 14 : 0) + GAP - 14;
  const bottom = rowsTop + series.nodes.length * ROW;
  const frame: Frame = {
    series,
    x: (ns) => LEFT + (PLOT * Math.min(ns, series.endNs)) / series.endNs,
    top: TOP,
    lanesTop,
    rowsTop,
    bottom,
  };
  const height = bottom + 44;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title summary">`,
    `<title id="title">Throughput while things broke</title>`,
    `<desc id="summary">${xmlText(summary(series))}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${WIDTH}" height="${height}"/>`,
    `<text class="head" x="${LEFT}" y="26">Throughput while things broke</text>`,
    `<text class="sub" x="${LEFT}" y="44">${xmlText(input.subtitle)}</text>`,
    ...timeGrid(frame),
    ...faultBands(bars, frame),
    ...viewMarks(frame),
    ...totalPlot(frame),
    ...bars.flatMap((bar) => faultBar(bar, frame)),
    ...nodeRows(frame),
    '</svg>',
    '',
  ].join('\n');
}

/** For those who cannot see the drawing. */
function summary({ total, nodes, faults, views, endNs }: RunSeries): string {
  const mean = total.reduce((sum, rate) => sum + rate, 0) / total.length;
  return [
    `${plural(nodes.length, 'node')}, ${duration(endNs / 1e6)}.`,
    `${count(Math.round(mean))} operations per second on average, ${count(Math.round(Math.max(...total)))} at most.`,
    views.length > 1 ? `${plural(views.length - 1, 'view change')}.` : '',
    faults.length > 0 ? `Faults: ${faults.map(({ text }) => text).join('; ')}.` : 'No faults.',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

interface Bar {
  readonly kind: string;
  readonly text: string;
  readonly fromX: number;
  readonly toX: number;
  readonly lane: number;
}

const LETTER = 5.9;
const MOST_LETTERS = 34;

function faultBars({ faults, endNs }: RunSeries): Bar[] {
  const x = (ns: number): number => LEFT + (PLOT * Math.min(ns, endNs)) / endNs;
  const bars = faults
    .filter(({ fromNs }) => fromNs < endNs)
    .map(({ kind, text, fromNs, toNs }) => {
      const fromX = x(fromNs);
      return { kind, text, fromX, toX: Math.max(x(toNs), fromX + 2) };
    });
  const extents = bars.map(({ text, fromX, toX }) => {
    const width = shown(text).length * LETTER;
    // A name that would leave the drawing stands before the end of it.
    const from = Math.min(fromX, WIDTH - RIGHT - width);
    return { from, to: Math.max(toX, from + width) };
  });
  const lanes = lanesOf(extents, 8);
  return bars.map((bar, i) => ({ ...bar, lane: lanes[i] as number }));
}

function shown(text: string): string {
  return cut(text, MOST_LETTERS);
}

function timeGrid({ series, x, top, bottom }: Frame): string[] {
  const seconds = ticks(series.endNs / 1e9, 10);
  return [
    ...seconds.flatMap((s) => {
      const at = round(x(s * 1e9));
      return [
        `<line class="grid" x1="${at}" y1="${top}" x2="${at}" y2="${bottom}"/>`,
        `<text class="tick" x="${at}" y="${bottom + 16}" text-anchor="middle">${short(s)}</text>`,
      ];
    }),
    `<text class="label" x="${LEFT + PLOT / 2}" y="${bottom + 34}" text-anchor="middle">seconds since the first operation</text>`,
  ];
}

/** Behind the large plot, so that a dip stands above its cause. */
function faultBands(bars: readonly Bar[], { top }: Frame): string[] {
  return bars.map(
    ({ kind, fromX, toX }) =>
      `<rect class="band ${classOf(kind)}" x="${round(fromX)}" y="${top}" width="${round(toX - fromX)}" height="${TOTAL_HEIGHT}"/>`,
  );
}

function totalPlot(frame: Frame): string[] {
  const { series, top } = frame;
  const most = roundUp(Math.max(...series.total));
  const y = (rate: number): number => top + TOTAL_HEIGHT * (1 - rate / most);
  const base = top + TOTAL_HEIGHT;
  return [
    ...ticks(most, 4).flatMap((rate) => [
      `<line class="grid" x1="${LEFT}" y1="${round(y(rate))}" x2="${WIDTH - RIGHT}" y2="${round(y(rate))}"/>`,
      `<text class="tick" x="${LEFT - 8}" y="${round(y(rate) + 4)}" text-anchor="end">${short(rate)}</text>`,
    ]),
    `<text class="label" transform="translate(16 ${top + TOTAL_HEIGHT / 2}) rotate(-90)" text-anchor="middle">operations per second, all nodes</text>`,
    `<path class="area" d="${areaOf(series.total, frame, y, base)}"/>`,
    `<path class="line" d="${lineOf(series.total, frame, y)}"/>`,
  ];
}

function faultBar({ kind, text, fromX, toX, lane }: Bar, { lanesTop }: Frame): string[] {
  const y = lanesTop + lane * LANE;
  const at = Math.min(fromX, WIDTH - RIGHT - shown(text).length * LETTER);
  return [
    `<g><title>${xmlText(text)}</title>`,
    `<text class="name" x="${round(at)}" y="${y + 10}">${xmlText(shown(text))}</text>`,
    `<rect class="bar ${classOf(kind)}" x="${round(fromX)}" y="${y + 13}" width="${round(toX - fromX)}" height="4" rx="1"/></g>`,
  ];
}

function nodeRows(frame: Frame): string[] {
  const { series, rowsTop } = frame;
  const most = roundUp(Math.max(...[...series.byNode.values()].map((row) => Math.max(...row))));
  return [
    `<text class="label" x="${LEFT}" y="${rowsTop - 8}">per node, 0 to ${short(most)} operations per second; shaded: it does not serve</text>`,
    ...series.nodes.flatMap((node, i) => {
      const base = rowsTop + (i + 1) * ROW - 4;
      const y = (rate: number): number => base - ((ROW - 8) * rate) / most;
      const rates = series.byNode.get(node) ?? [];
      return [
        `<text class="node" x="${LEFT - 8}" y="${base - 8}" text-anchor="end">${xmlText(node)}</text>`,
        ...outagesIn(node, frame, base),
        `<path class="area" d="${areaOf(rates, frame, y, base)}"/>`,
        `<path class="line thin" d="${lineOf(rates, frame, y)}"/>`,
        `<line class="axis" x1="${LEFT}" y1="${base}" x2="${WIDTH - RIGHT}" y2="${base}"/>`,
      ];
    }),
  ];
}

function outagesIn(node: string, { series, x }: Frame, base: number): string[] {
  return series.outages
    .filter((outage) => outage.node === node)
    .flatMap(({ state, fromNs, toNs }) => {
      const [from, to] = [x(fromNs), x(toNs)];
      const fits = to - from > state.length * LETTER + 6;
      return [
        `<rect class="out" x="${round(from)}" y="${base - ROW + 6}" width="${round(Math.max(1, to - from))}" height="${ROW - 6}"><title>${xmlText(`${node} ${state}`)}</title></rect>`,
        ...(fits
          ? [
              `<text class="state" x="${round((from + to) / 2)}" y="${base - 10}" text-anchor="middle">${xmlText(state)}</text>`,
            ]
          : []),
      ];
    });
}

/** Views that changed while the run went on; a number is left out where it would cover another. */
function viewMarks({ series, x, top, bottom }: Frame): string[] {
  const [, ...changes] = series.views;
  let free = LEFT;
  const marks = changes.flatMap(({ atNs, epoch }) => {
    const at = x(atNs);
    const line = `<line class="view" x1="${round(at)}" y1="${top - 8}" x2="${round(at)}" y2="${bottom}"><title>view ${epoch}</title></line>`;
    const half = (String(epoch).length * LETTER) / 2 + 2;
    if (at - half < free) return [line];
    free = at + half;
    return [
      line,
      `<text class="epoch" x="${round(at)}" y="${top - 12}" text-anchor="middle">${epoch}</text>`,
    ];
  });
  return changes.length === 0
    ? []
    : [
        `<text class="epoch" x="${LEFT - 8}" y="${top - 12}" text-anchor="end">view</text>`,
        ...marks,
      ];
}

/** A line of steps: a rate holds for the whole of its step. */
function lineOf(rates: readonly number[], frame: Frame, y: (rate: number) => number): string {
  return rates
    .flatMap((rate, i) => {
      const height = round(y(rate));
      const from = round(frame.x(i * frame.series.stepNs));
      const to = round(frame.x((i + 1) * frame.series.stepNs));
      // Equal neighbours make one step.
      if (i > 0 && rate === rates[i - 1]) return rate === rates[i + 1] ? [] : [`H${to}`];
      return [i === 0 ? `M${from} ${height}` : `V${height}`, `H${to}`];
    })
    .join('');
}

function areaOf(
  rates: readonly number[],
  frame: Frame,
  y: (rate: number) => number,
  base: number,
): string {
  return `${lineOf(rates, frame, y)}V${base}H${LEFT}Z`;
}

/** Only known kinds have a colour of their own. */
function classOf(kind: string): string {
  return FAULT_KINDS.some((known) => known === kind) ? kind : 'other';
}

function round(x: number): number {
  return Math.round(x * 10) / 10;
}
