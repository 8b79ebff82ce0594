/**
 * A trace as a message sequence diagram in SVG, as people draw one on paper: an arrow begins where its
 * message left and ends, further down, where it arrived. Needs nothing else; for light and dark pages.
 */
import { plural } from '../base/figures.ts';
import type { TraceEvent } from '../base/trace-event.ts';
import { wrap } from '../base/wrap.ts';
import { xmlText } from '../base/xml-text.ts';
import {
  type Arrow,
  CLIENTS,
  type Mark,
  markBeside,
  type Row,
  type RowOptions,
  rowsOf,
} from './rows.ts';
import { SVG_STYLE } from './svg-style.ts';
import { type Clock, clockOf, type DrawOptions, openNote, notesOf } from './times.ts';

export interface SvgOptions extends RowOptions, DrawOptions {}

const LEFT = 84;
/** From one replica to the next: room for a state and a label, within reason. */
const LANE = [230, 460] as const;
const CLIENT_LANE = [190, 320] as const;
const ROW = 26;
const TOP = 58;
/** Room on the right of the last replica for its states. */
const LAST = 200;
const LINE = 18;

/** The text of an SVG file. Pure: equal traces give equal bytes. */
export function drawSvg(events: readonly TraceEvent[], options: SvgOptions = {}): string {
  const { lanes, rows, end, remarks } = rowsOf(events, options);
  const paper = new Paper(
    lanes,
    rows,
    clockOf(rows, options),
    options.title === undefined ? 0 : 30,
  );
  const finals = [...end].map(([key, states], i) =>
    paper.states(end.size > 1 ? key : 'end', states, i),
  );
  const columns = Math.floor((paper.width - 32) / NOTE_LETTER);
  const notes = notesOf(remarks, options).flatMap((note) => wrap(note, columns));
  const bottom = paper.bottom + finals.length * ROW;
  const height = bottom + notes.length * LINE + 16;
  const title = options.title ?? 'Messages between replicas';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${paper.width} ${height}" width="${paper.width}" height="${height}" role="img" aria-labelledby="title summary">`,
    `<title id="title">${xmlText(title)}</title>`,
    `<desc id="summary">${xmlText(summary(lanes, rows))}</desc>`,
    `<style>${SVG_STYLE}</style>`,
    ARROW_HEADS,
    `<rect class="page" width="${paper.width}" height="${height}"/>`,
    ...(options.title === undefined
      ? []
      : [`<text class="title" x="16" y="28">${xmlText(title)}</text>`]),
    ...paper.lanes(),
    ...paper.arrows(),
    ...paper.marks(),
    ...finals.flat(),
    ...notes.map(
      (note, i) =>
        `<text class="note" x="16" y="${bottom + (i + 1) * LINE}">${xmlText(note)}</text>`,
    ),
    '</svg>',
    '',
  ].join('\n');
}

/** For those who cannot see the drawing. */
function summary(lanes: readonly string[], rows: readonly Row[]): string {
  const replicas = lanes.filter((lane) => lane !== CLIENTS);
  const messages = rows.filter((row): row is Arrow => row.kind === 'message');
  const lost = messages.filter(({ fate }) => fate === 'lost').length;
  const crashes = rows.filter((row) => row.kind === 'mark' && row.tone === 'crash').length;
  return [
    `${plural(messages.length, 'message')} between ${replicas.join(', ') || 'no replicas'}`,
    lost > 0 ? `, ${lost} lost` : '',
    crashes > 0 ? `, ${plural(crashes, 'crash', 'crashes')}` : '',
    '.',
  ].join('');
}

const ARROW_HEADS = `<defs>${['message', 'request', 'reply', 'fail']
  .map(
    (name) =>
      `<marker id="head-${name}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path class="head ${name}" d="M0 0 8 4 0 8z"/></marker>`,
  )
  .join('')}</defs>`;

/** Where columns and rows are, and what is drawn on them. */
class Paper {
  readonly width: number;
  readonly bottom: number;
  readonly #lanes: readonly string[];
  readonly #rows: readonly Row[];
  readonly #clock: Clock;
  readonly #x = new Map<string, number>();
  readonly #y: number[] = [];
  readonly #top: number;

  constructor(lanes: readonly string[], rows: readonly Row[], clock: Clock, headroom: number) {
    this.#lanes = lanes;
    this.#rows = rows;
    this.#clock = clock;
    this.#top = headroom + 34;
    const room = roomFor(rows);
    let x = LEFT;
    for (const lane of lanes) {
      this.#x.set(lane, x + (lane === CLIENTS ? 40 : 0));
      x += lane === CLIENTS ? room.clients : room.lane;
    }
    this.width = Math.max(x - room.lane, LEFT + room.lane) + LAST;
    let y = headroom + TOP;
    rows.forEach((row, i) => {
      if (i > 0 && !this.#isBeside(i)) y += ROW;
      this.#y.push(y);
    });
    this.bottom = y + ROW;
  }

  lanes(): string[] {
    return this.#lanes.flatMap((lane) => {
      const x = this.#at(lane);
      const name = `<text class="name" x="${x}" y="${this.#top - 12}">${xmlText(lane)}</text>`;
      return [name, ...(lane === CLIENTS ? [] : this.#life(lane, x))];
    });
  }

  /** All lines, then all words: these stand on whatever lines run behind them. */
  arrows(): string[] {
    const drawn = this.#rows.flatMap((row, i) =>
      row.kind === 'mark' || row.kind === 'gap' ? [] : [this.#arrow(row, this.#y[i] as number)],
    );
    return [...drawn.flatMap(({ lines }) => lines), ...drawn.map(({ label }) => label)];
  }

  /** After the arrows: what a replica says stands on them. */
  marks(): string[] {
    let last: string | undefined;
    return this.#rows.flatMap((row, i) => {
      const y = this.#y[i] as number;
      const text = this.#clock.text(row.at);
      const time =
        text === last ? [] : [`<text class="time" x="${LEFT - 22}" y="${y + 4}">${text}</text>`];
      last = text;
      if (row.kind === 'gap')
        return [`<text class="gap" x="${LEFT}" y="${y + 4}">⋮ ${xmlText(row.text)} ⋮</text>`];
      return [...time, ...(row.kind === 'mark' ? this.#mark(row, y) : [])];
    });
  }

  /** How a key stands at each replica in the end. */
  states(label: string, states: ReadonlyMap<string, string>, index: number): string[] {
    const y = this.bottom + index * ROW;
    const known = [...states].filter(([node]) => this.#x.has(node));
    return [
      `<text class="time" x="${LEFT - 22}" y="${y + 4}">${xmlText(label)}</text>`,
      ...known.flatMap(([node, text]) => pill(this.#at(node), y, 'end', text)),
    ];
  }

  #at(lane: string): number {
    return this.#x.get(lane) as number;
  }

  #isBeside(i: number): boolean {
    const before = this.#rows[i - 1];
    if (before === undefined || before.kind === 'mark' || before.kind === 'gap') return false;
    return markBeside(before, this.#rows[i], this.#lanes) !== undefined;
  }

  /** The line of a replica, dotted while it is down. */
  #life(lane: string, x: number): string[] {
    const parts: string[] = [];
    let from = this.#top;
    let down = false;
    const until = (y: number): void => {
      parts.push(
        `<line class="life${down ? ' down' : ''}" x1="${x}" y1="${from}" x2="${x}" y2="${y}"/>`,
      );
      from = y;
    };
    this.#rows.forEach((row, i) => {
      const now = isDown(row, lane);
      if (now === undefined || now === down) return;
      until(this.#y[i] as number);
      down = now;
    });
    until(this.bottom);
    return parts;
  }

  #mark(mark: Mark, y: number): string[] {
    const x = this.#at(mark.node);
    if (mark.tone === 'crash')
      return [
        `<path class="cross" d="M${x - 6} ${y - 6}l12 12m0 -12l-12 12"/>`,
        ...pill(x, y, 'crash', mark.text),
      ];
    return pill(x, y, mark.tone === 'state' ? stateClass(mark.text) : mark.tone, mark.text);
  }

  #arrow(arrow: Arrow, y: number): { lines: string[]; label: string } {
    const [from, to] = [this.#at(arrow.from), this.#at(arrow.to)];
    const begins = arrow.kind === 'message' ? Math.min(y, this.#y[arrow.sentRow] ?? y) : y;
    const arrived = arrow.fate === 'arrived';
    // One that does not arrive ends on its way.
    const share = arrived ? 1 : 0.6;
    const [x, end] = [from + (to - from) * share, begins + (y - begins) * share];
    const kind = arrow.outcome === 'fail' || arrow.outcome === 'info' ? 'fail' : arrow.kind;
    const head = arrow.fate === 'lost' ? '' : ` marker-end="url(#head-${kind})"`;
    const line = `<line class="arrow ${kind} ${arrow.fate}" x1="${from}" y1="${begins}" x2="${x}" y2="${end}"${head}/>`;
    const cross =
      arrow.fate === 'lost'
        ? [`<path class="cross" d="M${x - 5} ${end - 5}l10 10m0 -10l-10 10"/>`]
        : [];
    return { lines: [line, ...cross], label: this.#label(arrow, begins, y) };
  }

  /**
   * Along its line and beside its head: over the line of one that goes right, under that of one that goes
   * left, so that an answer from where the head is crosses neither. What clients say and are told: over the
   * left end.
   */
  #label(arrow: Arrow, begins: number, y: number): string {
    const text = xmlText(labelOf(arrow));
    if (arrow.kind !== 'message')
      return `<text class="label" x="${this.#at(CLIENTS) - 30}" y="${y - OVER_HEAD}">${text}</text>`;
    const [from, to] = [this.#at(arrow.from), this.#at(arrow.to)];
    const rightward = from < to;
    const slope = (y - begins) / (to - from);
    const over = arrow.fate === 'arrived' ? OVER_LINE : OVER_HEAD;
    const away = Math.hypot(1, slope) * (rightward ? -over : UNDER_LINE);
    const x = to + (rightward ? -BESIDE_HEAD : BESIDE_HEAD);
    const at = round(y + slope * (x - to) + away);
    const turn = round((Math.atan(slope) * 180) / Math.PI);
    return `<text class="label" text-anchor="${rightward ? 'end' : 'start'}" transform="translate(${x} ${at}) rotate(${turn})">${text}</text>`;
  }
}

/** From the base of a label: to the line under it, to that over it, past a head or a cross, and from a head. */
const OVER_LINE = 5;
const UNDER_LINE = 13;
const OVER_HEAD = 8;
const BESIDE_HEAD = 16;

function labelOf(arrow: Arrow): string {
  const fate =
    arrow.fate === 'open' ? ` (${openNote(arrow)})` : arrow.fate === 'lost' ? ' (lost)' : '';
  return (arrow.labels[0] as string) + fate;
}

/** Widths of the lanes, by what has to stand in them. */
function roomFor(rows: readonly Row[]): { readonly lane: number; readonly clients: number } {
  const widest = { mark: 0, message: 0, client: 0 };
  for (const row of rows) {
    if (row.kind === 'gap') continue;
    const of = row.kind === 'mark' || row.kind === 'message' ? row.kind : 'client';
    const text = row.kind === 'mark' ? row.text : labelOf(row);
    // What is no state, like a view, stands in a row of its own.
    if (row.kind !== 'mark' || row.tone === 'state')
      widest[of] = Math.max(widest[of], Array.from(text).length * LETTER);
  }
  const within = ([least, most]: readonly [number, number], wanted: number): number =>
    Math.round(Math.min(most, Math.max(least, wanted)));
  return {
    lane: within(LANE, widest.mark + widest.message + 3 * BESIDE_HEAD),
    clients: within(CLIENT_LANE, widest.client + BESIDE_HEAD),
  };
}

function round(x: number): number {
  return Math.round(x * 10) / 10;
}

/** Is this replica down from that row on? Undefined: the row does not say. */
function isDown(row: Row, node: string): boolean | undefined {
  if (row.kind === 'gap') return row.down.has(node);
  if (row.kind !== 'mark' || row.node !== node) return undefined;
  return row.tone === 'crash' ? true : row.tone === 'restart' ? false : undefined;
}

/** Width of a letter of a note. */
const NOTE_LETTER = 7.3;

/** Mean width of a letter, for the box behind it. */
const LETTER = 6.7;

function pill(x: number, y: number, tone: string, text: string): string[] {
  const width = Math.round(Array.from(text).length * LETTER + 12);
  return [
    `<rect class="pill ${tone}" x="${x + 8}" y="${y - 9}" width="${width}" height="18" rx="5"/>`,
    `<text class="said" x="${x + 14}" y="${y + 4}">${xmlText(text)}</text>`,
  ];
}

/** A key that may be read looks unlike one that may not. */
function stateClass(text: string): string {
  return /(^|\s)V /.test(text) ? 'valid' : 'busy';
}
