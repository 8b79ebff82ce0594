/** Faults as bars with names below a plot, and as bands behind it. */
import { count, duration } from '../../base/figures.ts';
import { cut } from '../text.ts';
import { xmlText } from '../../base/xml-text.ts';
import { LANE, LETTER, RIGHT, TOTAL_HEIGHT, WIDTH, classOf, round, timeScale } from './frame.ts';
import type { Frame } from './frame.ts';
import { lanesOf } from './lanes.ts';
import type { FaultSpan, RunSeries } from './run-series.ts';

/** A fault where it is drawn. */
export interface Bar {
  readonly kind: string;
  readonly text: string;
  /** What is said of it where there is room: with what it did. */
  readonly title: string;
  /** It did nothing. */
  readonly missed: boolean;
  readonly fromX: number;
  readonly toX: number;
  readonly lane: number;
}

const MOST_LETTERS = 34;

/** The faults that began before the end, each in a lane in which its name fits. */
export function faultBars({ faults, endNs }: RunSeries): Bar[] {
  const x = timeScale({ endNs });
  const bars = faults
    .filter(({ fromNs }) => fromNs < endNs)
    .map((span) => {
      const { kind, text, bitten, fromNs, toNs } = span;
      const fromX = x(fromNs);
      const toX = Math.max(x(toNs), fromX + 2);
      return { kind, text, title: titleOf(span), missed: bitten === false, fromX, toX };
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

/** `kill one {n2}, 1.20 s from 3.400 s: killed 1`. */
function titleOf({ text, bitten, counters = {}, fromNs, toNs }: FaultSpan): string {
  const did = Object.entries(counters).map(([name, n]) => `${name} ${count(n)}`);
  const bite = bitten === false ? ': it did not bite' : did.length > 0 ? `: ${did.join(', ')}` : '';
  return `${text}, ${duration((toNs - fromNs) / 1e6)} from ${(fromNs / 1e9).toFixed(3)} s${bite}`;
}

function shown(text: string): string {
  return cut(text, MOST_LETTERS);
}

/** Behind the large plot, so that a dip stands above its cause. */
export function faultBands(bars: readonly Bar[], { top }: Frame): string[] {
  return bars.map(
    ({ kind, fromX, toX }) =>
      `<rect class="band ${classOf(kind)}" x="${round(fromX)}" y="${top}" width="${round(toX - fromX)}" height="${TOTAL_HEIGHT}"/>`,
  );
}

/** The bar of a fault under its name. */
export function faultBar(
  { kind, text, title, missed, fromX, toX, lane }: Bar,
  { lanesTop }: Frame,
): string[] {
  const y = lanesTop + lane * LANE;
  const at = Math.min(fromX, WIDTH - RIGHT - shown(text).length * LETTER);
  return [
    `<g class="fault"><title>${xmlText(title)}</title>`,
    `<text class="name" x="${round(at)}" y="${y + 10}">${xmlText(shown(text))}</text>`,
    `<rect class="bar ${classOf(kind)}${missed ? ' missed' : ''}" x="${round(fromX)}" y="${y + 13}" width="${round(toX - fromX)}" height="4" rx="1"/></g>`,
  ];
}
