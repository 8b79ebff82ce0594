/**
 * The failing window on a true time axis: a row per process, a bar per operation from its invocation to
 * its answer, open to the right where nobody knows the outcome; around the evidence what else was going
 * on on the key. Each bar says on hover or focus what was asked and answered. Pure.
 */
import { duration } from '../../base/figures.ts';
import type { Anomaly } from '../../checkers/verdict.ts';
import type { HistoryEvent } from '../../history/event.ts';
import { short, ticks } from '../figure/axis.ts';
import { classOf, round, WIDTH } from '../figure/frame.ts';
import type { FaultSpan } from '../figure/run-series.ts';
import { cut } from '../text.ts';
import { xmlText } from '../../base/xml-text.ts';
import { type Html, trusted } from './html.ts';
import { type Sign, keyOf } from './key.ts';
import { answered, asked, type Operation } from './operations.ts';

/** What is drawn of an anomaly. */
export interface Window {
  /**
   * `strong`: shows it; `optional`: kept in the evidence, may not have happened; `related`: asked for the
   * value that the operation saw which cannot be placed; `near`: the rest.
   */
  readonly operations: readonly WindowOperation[];
  readonly fromNs: number;
  readonly toNs: number;
  /** Operations of the key in the window that are not drawn, for want of room. */
  readonly hidden: number;
}

export interface WindowOperation extends Operation {
  readonly role: 'strong' | 'optional' | 'related' | 'near';
  /** It cannot be placed. */
  readonly marked: boolean;
}

/** Bars around the evidence, and rows in all unless the evidence itself has more. */
const MOST_NEAR = 150;
const MOST_ROWS = 24;

/**
 * Undefined: the anomaly names no operations. `all`: every operation of the history; `last`: the one that
 * cannot be placed.
 */
export function windowOf(
  anomaly: Pick<Anomaly, 'operations' | 'optional'>,
  all: readonly Operation[],
  last = anomaly.operations.at(-1),
): Window | undefined {
  const strong = new Set(anomaly.operations);
  const optional = new Set(anomaly.optional);
  const evidence = all.filter(({ invoke: { index } }) => strong.has(index) || optional.has(index));
  const culprit = evidence.find(({ invoke }) => invoke.index === last) ?? evidence[0];
  if (culprit === undefined) return undefined;
  const { key } = culprit.invoke;
  const related = all.filter((o) => o.invoke.key === key && writesSeenBy(culprit, o));
  const linked = new Set(related.slice(0, MOST_RELATED).map(({ invoke }) => invoke.index));
  const [fromNs, toNs] = boundsOf(culprit, evidence, related.slice(0, MOST_RELATED));
  const near = all.filter(
    ({ invoke, end: e }) =>
      invoke.key === key &&
      invoke.time <= toNs &&
      (e?.time ?? Infinity) >= fromNs &&
      !strong.has(invoke.index) &&
      !optional.has(invoke.index),
  );
  const nearest = near.toSorted((a, b) => distance(a, culprit) - distance(b, culprit));
  const rows = new Set(
    [...evidence, ...nearest.slice(0, MOST_NEAR)].map(({ invoke }) => invoke.process),
  );
  const drawn = new Set([...rows].slice(0, MOST_ROWS));
  const shown = nearest.slice(0, MOST_NEAR).filter(({ invoke }) => drawn.has(invoke.process));
  const role = ({ invoke: { index } }: Operation): WindowOperation['role'] =>
    strong.has(index)
      ? 'strong'
      : optional.has(index)
        ? 'optional'
        : linked.has(index)
          ? 'related'
          : 'near';
  const operations = [...evidence, ...shown]
    .toSorted((a, b) => a.invoke.index - b.invoke.index)
    .map((o) => ({ ...o, role: role(o), marked: o.invoke.index === last }));
  return { operations, fromNs, toNs, hidden: near.length - shown.length };
}

/** Writers of one value that are looked for. */
const MOST_RELATED = 4;
/** A related operation may stretch the window so many times. */
const STRETCH = 12;

/** Did it ask for the value that the other one saw? */
function writesSeenBy(culprit: Operation, { invoke }: Operation): boolean {
  const seen = culprit.end?.observed ?? (culprit.end?.f === 'read' ? culprit.end.value : undefined);
  if (seen === undefined || seen === null || Array.isArray(seen)) return false;
  const { f, value } = invoke;
  return f === 'cas' && Array.isArray(value) ? value[1] === seen : f !== 'read' && value === seen;
}

/** The evidence with some room around it; what is related too, where that does not dwarf the rest. */
function boundsOf(
  culprit: Operation,
  evidence: readonly Operation[],
  related: readonly Operation[],
): readonly [fromNs: number, toNs: number] {
  const own = endOf(culprit) - culprit.invoke.time;
  let begin = Math.min(...evidence.map(({ invoke }) => invoke.time));
  let end = Math.max(...evidence.map(endOf));
  const most = STRETCH * Math.max(end - begin, 4 * own, 1e6);
  for (const operation of related) {
    const [from, to] = [operation.invoke.time, endOf(operation)];
    if (Math.max(end, to) - Math.min(begin, from) > most) continue;
    begin = Math.min(begin, from);
    end = Math.max(end, to);
  }
  const margin = Math.max(0.12 * (end - begin), 2 * own, 200e3);
  return [Math.max(0, begin - margin), end + margin];
}

function endOf({ invoke, end }: Operation): number {
  return end?.time ?? invoke.time;
}

function distance({ invoke }: Operation, culprit: Operation): number {
  return Math.abs(invoke.time - culprit.invoke.time);
}

const LEFT = 118;
const RIGHT = 16;
const PLOT = WIDTH - LEFT - RIGHT;
const ROW = 36;
/** Names here are mostly digits, which are wide. */
const LETTER = 6.7;

/** What the drawing is told beside its window. */
export interface Around {
  /** Faults of the whole run. */
  readonly faults: readonly FaultSpan[];
  /** False: the history has no times, and a moment is the number of an event, in ms. */
  readonly timed: boolean;
  readonly remark?: Remark;
}

interface View {
  readonly window: Window;
  readonly x: (ns: number) => number;
  readonly remark: Remark;
  readonly timed: boolean;
  readonly rowsTop: number;
  readonly bottom: number;
}

/** Where a moment lies in the drawing, from left to right. */
export function windowScale({ fromNs, toNs }: Window): (ns: number) => number {
  return (ns) => LEFT + (PLOT * (ns - fromNs)) / (toNs - fromNs);
}

/** What else is to be said of an operation. */
export type Remark = (event: number) => string | undefined;

/** The drawing. */
export function windowFigure(
  window: Window,
  { faults, timed, remark = () => undefined }: Around,
): Html {
  const { operations, fromNs, toNs } = window;
  const telling = operations.filter(({ role }) => role !== 'near');
  const processes = [...new Set([...processesOf(telling), ...processesOf(operations)])];
  const on = faults.filter((fault) => fault.fromNs <= toNs && fault.toNs >= fromNs);
  const rowsTop = 12 + on.length * 18;
  const bottom = rowsTop + processes.length * ROW;
  const view: View = { window, x: windowScale(window), remark, timed, rowsTop, bottom };
  const height = bottom + 42;
  const lines = [
    `<svg class="window" viewBox="0 0 ${WIDTH} ${height}" role="group" aria-label="The operations around the anomaly, a row per process">`,
    ...grid(view),
    ...on.flatMap((fault, i) => faultRow(fault, i, view)),
    ...processes.flatMap((process, row) => processRow(process, row, view)),
    `<line class="now" x1="0" x2="0" y1="6" y2="${bottom}" visibility="hidden"/>`,
    '</svg>',
  ];
  return trusted(lines.join('\n'));
}

const bar26 = (classes: string): string =>
  `<g class="op ${classes}"><rect x="1" y="1" width="24" height="10" rx="2"/></g>`;

/** What the bars of this window mean; `walked`: steps go through it. */
export function windowKey({ operations, hidden }: Window, walked: boolean): Html {
  const has = (role: WindowOperation['role']): boolean =>
    operations.some((o) => o.role === role && !o.marked);
  const open = ({ end, role }: WindowOperation): boolean =>
    role !== 'optional' && (end === undefined || end.type === 'info');
  const signs: (Sign | false)[] = [
    operations.some(({ marked }) => marked) && [bar26('marked'), '✘ it cannot be placed'],
    has('strong') && [bar26('strong'), 'the rest of the evidence'],
    has('optional') && [bar26('optional'), 'it may or may not have happened: no order either way'],
    has('related') && [bar26('related'), 'asked for the value that was seen'],
    operations.some(open) && [bar26('near open'), 'nobody knows how it ended'],
    (has('near') || hidden > 0) && [bar26('near'), 'what else went on on this key'],
    walked && [bar26('near running'), 'running at the step that is shown'],
  ];
  return keyOf(signs.filter((sign) => sign !== false));
}

/** In order; those of the evidence stand above the others. */
function processesOf(operations: readonly Operation[]): (number | string)[] {
  return [...new Set(operations.map(({ invoke }) => invoke.process))].toSorted(inOrder);
}

function inOrder(a: number | string, b: number | string): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : 1;
}

/** Milliseconds since the window begins, said once where that lies in the run; or numbers of events. */
function grid({ window: { fromNs, toNs }, timed, x, bottom }: View): string[] {
  const begin = timed ? fromNs / 1e6 : Math.ceil(fromNs / 1e6);
  const marks = ticks(toNs / 1e6 - begin, 8).filter((mark) => timed || Number.isInteger(mark));
  const label = timed
    ? `milliseconds from ${(fromNs / 1e9).toFixed(6)} s after the run began`
    : 'events, by their numbers: the history has no times';
  return [
    ...marks.flatMap((mark) => {
      const at = round(x((begin + mark) * 1e6));
      return [
        `<line class="grid" x1="${at}" y1="6" x2="${at}" y2="${bottom}"/>`,
        `<text class="tick" x="${at}" y="${bottom + 15}" text-anchor="middle">${short(timed ? mark : begin + mark)}</text>`,
      ];
    }),
    `<text class="label" x="${LEFT + PLOT / 2}" y="${bottom + 33}" text-anchor="middle">${label}</text>`,
  ];
}

function faultRow({ kind, text, fromNs, toNs }: FaultSpan, row: number, view: View): string[] {
  const { window, x, bottom } = view;
  const y = 8 + row * 18;
  const [from, to] = [x(Math.max(fromNs, window.fromNs)), x(Math.min(toNs, window.toNs))];
  const width = round(Math.max(1, to - from));
  const at = Math.min(from, WIDTH - RIGHT - cut(text, 60).length * LETTER);
  return [
    `<rect class="band ${classOf(kind)}" x="${round(from)}" y="${y + 13}" width="${width}" height="${bottom - y - 13}"/>`,
    `<rect class="${classOf(kind)}" x="${round(from)}" y="${y + 12}" width="${width}" height="3"/>`,
    `<text class="name" x="${round(at + 2)}" y="${y + 9}">${xmlText(cut(text, 60))}</text>`,
  ];
}

function processRow(process: number | string, row: number, view: View): string[] {
  const y = view.rowsTop + row * ROW;
  const own = view.window.operations.filter(({ invoke }) => invoke.process === process);
  const node = own[0]?.invoke.node;
  let free = LEFT;
  const bars = own.flatMap((operation, i) => {
    const rest = own.slice(i + 1);
    const telling = rest.find(({ role }) => role !== 'near');
    const { lines, labelEnd } = bar(operation, { next: rest[0], telling, y, free }, view);
    free = Math.max(free, labelEnd);
    return lines;
  });
  const name = `process ${process}${node === undefined ? '' : `, ${node}`}`;
  return [
    `<text class="node" x="${LEFT - 8}" y="${y + 25}" text-anchor="end">${xmlText(cut(name, 18))}</text>`,
    `<line class="axis" x1="${LEFT}" y1="${y + ROW}" x2="${WIDTH - RIGHT}" y2="${y + ROW}"/>`,
    ...bars,
  ];
}

/** Where a bar stands: before which others of its process, and from where on a label fits. */
interface Place {
  readonly next: Operation | undefined;
  /** The next one that must have a name. */
  readonly telling: Operation | undefined;
  readonly y: number;
  readonly free: number;
}

function bar(
  o: WindowOperation,
  { next, telling, y, free }: Place,
  { window, x, remark, timed }: View,
): { readonly lines: string[]; readonly labelEnd: number } {
  const open = o.end === undefined || o.end.type === 'info';
  const endNs = open ? window.toNs : Math.min(o.end?.time ?? window.toNs, window.toNs);
  const from = Math.max(LEFT, x(o.invoke.time));
  const width = Math.max(3, Math.min(WIDTH - RIGHT, x(endNs)) - from);
  const letters = (before: Operation | undefined): number => {
    const until = before === undefined ? WIDTH - RIGHT : Math.max(from, x(before.invoke.time));
    return from < free ? 0 : Math.floor((until - from - 4) / LETTER);
  };
  const text = `${o.marked ? '✘ ' : ''}${asked(o)} → ${answered(o)}`;
  const label = labelOf(o, text, letters(next), letters(telling));
  const at = Math.min(from, WIDTH - RIGHT - label.length * LETTER);
  const classes = ['op', o.role, ...(o.marked ? ['marked'] : []), ...(open ? ['open'] : [])];
  const lines = [
    `<g class="${classes.join(' ')}" data-op="${o.invoke.index}" tabindex="0"><title>${xmlText(described(o, timed, remark(o.invoke.index)))}</title>`,
    `<rect x="${round(from)}" y="${y + 16}" width="${round(width)}" height="13" rx="2"/>`,
    ...(label === ''
      ? []
      : [`<text class="name" x="${round(at)}" y="${y + 12}">${xmlText(label)}</text>`]),
    '</g>',
  ];
  return { lines, labelEnd: at + (label.length + 1) * LETTER };
}

/** What cannot be placed always has a name, the evidence up to the next of it, the rest where there is room. */
function labelOf(
  { role, marked }: WindowOperation,
  text: string,
  room: number,
  roomOfEvidence: number,
): string {
  if (role === 'near') return text.length <= room ? text : '';
  if (marked) return cut(text, Math.max(room, 26));
  const most = Math.min(roomOfEvidence, Math.max(room, 26));
  return most < 5 ? '' : cut(text, most);
}

/** Everything known of an operation, in words. */
function described(o: WindowOperation, timed: boolean, more?: string): string {
  const { invoke, end } = o;
  const at = ({ time, index }: HistoryEvent): string =>
    timed ? `${(time / 1e6).toFixed(3)} ms` : `event ${index}`;
  const lasted =
    end === undefined || !timed ? '' : ` (${duration((end.time - invoke.time) / 1e6)})`;
  const took =
    end === undefined
      ? `from ${at(invoke)}, no answer`
      : `from ${at(invoke)} to ${at(end)}${lasted}`;
  const role = o.marked
    ? '. It cannot be placed'
    : o.role === 'optional'
      ? '. It may or may not have happened; there is no order either way'
      : o.role === 'strong'
        ? '. Part of the evidence'
        : o.role === 'related'
          ? '. It asked for the value that was seen'
          : '';
  const who = `process ${invoke.process}${invoke.node === undefined ? '' : ` on ${invoke.node}`}`;
  return `event ${invoke.index}, ${who}: ${asked(o)} → ${answered(o)}, ${took}${role}.${more === undefined ? '' : ` ${more}.`}`;
}
