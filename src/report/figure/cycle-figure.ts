/**
 * A drawing of an anomaly of transactions: a row per process, a box per transaction from its invocation to
 * its completion (in the order of events, not to scale), an arrow for each edge with its kind and key. SVG that
 * needs no other program; as part of a page, or as a file by itself.
 */
import { xmlText } from '../../base/xml-text.ts';
import type { Anomaly } from '../../checkers/verdict.ts';
import { cut } from '../text.ts';
import { type Layout, type Placed, layOut } from './cycle-layout.ts';
import { LETTER, round } from './frame.ts';
import { type Box, shownCycle } from './shown-cycle.ts';
import { STYLE } from './style.ts';

/** Height of the title of a drawing that stands by itself. */
const HEAD = 56;
const HINT = 'in the order of events, from left to right; not to scale';

/** The `<svg>` element for a page that has the style; undefined: not an anomaly of transactions. */
export function cycleFigure(anomaly: Anomaly): string | undefined {
  const shown = shownCycle(anomaly);
  if (shown === undefined) return undefined;
  const layout = layOut(shown);
  const { width, height } = layout;
  return [
    `<svg class="cycle" viewBox="0 0 ${width} ${height}" style="max-width:${width}px;min-width:${leastWidth(width)}px" role="img" aria-label="${xmlText(described(anomaly))}">`,
    ...drawing(layout),
    '</svg>',
  ].join('\n');
}

/** Below it the words in the boxes are too small to be read: rather the drawing is moved sideways. */
function leastWidth(width: number): number {
  return Math.round(Math.max(Math.min(width, 720), LEGIBLE * width));
}

const LEGIBLE = 0.75;

/** The text of an SVG file, with a title; for light and dark pages. */
export function cycleFile(anomaly: Anomaly): string | undefined {
  const shown = shownCycle(anomaly);
  if (shown === undefined) return undefined;
  const layout = layOut(shown);
  const title = anomaly.key === undefined ? anomaly.type : `${anomaly.type} on key ${anomaly.key}`;
  const width = Math.max(layout.width, 24 + 9 * title.length, 32 + LETTER * HINT.length);
  const height = layout.height + HEAD;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title summary">`,
    `<title id="title">${xmlText(title)}</title>`,
    `<desc id="summary">${xmlText(anomaly.why)}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    `<text class="head" x="16" y="28">${xmlText(title)}</text>`,
    `<text class="sub" x="16" y="46">${HINT}</text>`,
    `<g transform="translate(0 ${HEAD})">`,
    ...drawing(layout),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function described({ type, why }: Anomaly): string {
  return `${type}. ${why}`;
}

function drawing({ rows, boxes, arrows, width }: Layout): string[] {
  return [
    ...rows.flatMap(({ name, y, height }) => [
      `<rect class="lane" x="0" y="${round(y - 8)}" width="${width}" height="${round(height + 16)}"/>`,
      `<text class="node" x="12" y="${round(y + 17)}">${xmlText(cut(name, 16))}</text>`,
    ]),
    ...arrows.flatMap(({ kind, path, head, why }) => [
      `<g class="edge ${kind}"><title>${xmlText(why)}</title>`,
      `<path d="${path}"/><polygon points="${head}"/></g>`,
    ]),
    ...boxes.flatMap(boxLines),
    ...arrows.flatMap(({ kind, label, at: [x, y], labelWidth }) => [
      `<rect class="page" x="${round(x - labelWidth / 2)}" y="${round(y - 9)}" width="${round(labelWidth)}" height="18" rx="4"/>`,
      `<text class="kind ${kind}" x="${round(x)}" y="${round(y + 4)}" text-anchor="middle">${xmlText(label)}</text>`,
    ]),
  ];
}

const FATE: Readonly<Record<Box['fate'], string>> = {
  ok: '',
  fail: ' · failed',
  info: ' · unknown',
};

function boxLines({ box, x, y, width, height }: Placed): string[] {
  const events = box.lines.length === 0 ? '' : ` · event ${box.from}${FATE[box.fate]}`;
  return [
    `<g class="txn ${box.fate}"><rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="5"/>`,
    `<text x="${round(x + 9)}" y="${round(y + 17)}"><tspan class="who">${xmlText(cut(box.name, 24))}</tspan><tspan class="when">${xmlText(events)}</tspan></text>`,
    ...box.lines.map(
      (line, i) =>
        `<text class="micro" x="${round(x + 9)}" y="${round(y + 34 + 16 * i)}">${xmlText(cut(line, Math.floor((width - 16) / (LETTER + 0.8))))}</text>`,
    ),
    '</g>',
  ];
}
