/** Rows over the time of a run: answers per second in all and per node, views, the axis itself. */
import { xmlText } from '../../base/xml-text.ts';
import { roundUp, short, ticks } from './axis.ts';
import {
  type Frame,
  LEFT,
  LETTER,
  PLOT,
  RIGHT,
  ROW,
  TOTAL_HEIGHT,
  WIDTH,
  round,
  timeUnit,
} from './frame.ts';

/** Seconds (or parts of one), as lines through all rows and numbers below. */
export function timeGrid({ series, x, top, bottom }: Frame): string[] {
  const unit = timeUnit(series);
  return [
    ...ticks(series.endNs / unit.ns, 10).flatMap((s) => {
      const at = round(x(s * unit.ns));
      return [
        `<line class="grid" x1="${at}" y1="${top}" x2="${at}" y2="${bottom}"/>`,
        `<text class="tick" x="${at}" y="${bottom + 16}" text-anchor="middle">${short(s)}</text>`,
      ];
    }),
    `<text class="label" x="${LEFT + PLOT / 2}" y="${bottom + 34}" text-anchor="middle">${unit.name} since the first operation</text>`,
  ];
}

/** The large plot: answers per second of all nodes. */
export function totalPlot(frame: Frame): string[] {
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

/** A row per node: what it answered, and when it did not serve. */
export function nodeRows(frame: Frame): string[] {
  const { series, rowsTop } = frame;
  if (series.nodes.length === 0) return [];
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
export function viewMarks({ series, x, top, bottom }: Frame): string[] {
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
export function lineOf(
  rates: readonly number[],
  frame: Frame,
  y: (rate: number) => number,
): string {
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

/** The area below that line. */
export function areaOf(
  rates: readonly number[],
  frame: Frame,
  y: (rate: number) => number,
  base: number,
): string {
  return `${lineOf(rates, frame, y)}V${base}H${LEFT}Z`;
}
