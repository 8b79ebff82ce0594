/**
 * The failure figure of a run: answered operations per second over time, in all and per node, above
 * bars for the faults that were on, with marks where the view changed. The paper shows the same of one
 * crash. A drawing in SVG that needs nothing else, for light and dark pages; from `history.jsonl` and
 * `events.jsonl` alone.
 */
import { count, duration, plural } from '../../base/figures.ts';
import type { History } from '../../history/event.ts';
import { xmlText } from '../../base/xml-text.ts';
import { faultBar, faultBands, faultBars } from './fault-bars.ts';
import { type Frame, LANE, LEFT, ROW, TOTAL_HEIGHT, WIDTH, timeScale } from './frame.ts';
import { nodeRows, timeGrid, totalPlot, viewMarks } from './plots.ts';
import { type RunSeries, runSeries, type Sample } from './run-series.ts';
import { STYLE } from './style.ts';

export interface FigureInput {
  readonly history: Pick<History, 'header' | 'events' | 'nemesis'>;
  /** Lines of `events.jsonl`. */
  readonly samples: readonly Sample[];
  /** What was run, in a line: `hermes, 5 nodes, netns · seed 7`. */
  readonly subtitle: string;
}

const TOP = 74;
const GAP = 26;

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
    x: timeScale(series),
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
