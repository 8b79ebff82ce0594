/**
 * A trace as a message sequence diagram for a terminal: time goes down, every replica is a column,
 * every message an arrow at the time at which it arrives.
 */
import type { TraceEvent } from '../base/trace-event.ts';
import { wrap } from '../base/wrap.ts';
import {
  type Arrow,
  CLIENTS,
  type Gap,
  type Mark,
  type Row,
  markBeside,
  type RowOptions,
  rowsOf,
} from './rows.ts';
import { clockOf, type DrawOptions, sentNote, notesOf } from './times.ts';

export interface TextOptions extends RowOptions, DrawOptions {
  /** Width in characters. Default 100; more if the replicas need it. */
  readonly columns?: number;
}

const DEFAULT_COLUMNS = 100;
const LEAST_LANE = 12;
const MOST_LANE = 26;

/** The diagram as lines, with a line break at the end. Pure: equal traces give equal texts. */
export function drawText(events: readonly TraceEvent[], options: TextOptions = {}): string {
  const { lanes, rows, end, remarks } = rowsOf(events, options);
  const clock = clockOf(rows, options);
  const sheet = new Sheet(lanes, rows, clock.width, options.columns ?? DEFAULT_COLUMNS);
  const lines = [sheet.names(clock.unit)];
  let last: string | undefined;
  const time = (at: number): string => {
    const text = clock.text(at);
    if (text === last) return '';
    last = text;
    return text;
  };
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as Row;
    if (row.kind === 'gap') lines.push(sheet.gap(row));
    else if (row.kind === 'mark') lines.push(sheet.mark(time(row.at), row));
    else {
      const mark = markBeside(row, rows[i + 1], lanes);
      if (mark !== undefined) i++;
      lines.push(sheet.arrow(time(row.at), row, mark, sentNote(rows, i - (mark ? 1 : 0), clock)));
    }
  }
  for (const [key, states] of end) lines.push(sheet.states(end.size > 1 ? key : 'end', states));
  const title = options.title === undefined ? [] : [options.title, ''];
  const columns = options.columns ?? DEFAULT_COLUMNS;
  const notes = notesOf(remarks, options).flatMap((note) => wrap(note, columns));
  const foot = notes.length === 0 ? [] : ['', ...notes];
  return [...title, ...lines, ...foot, ''].map((line) => line.trimEnd()).join('\n');
}

/** Where the columns are, and lines drawn on them. */
class Sheet {
  readonly #x = new Map<string, number>();
  readonly #gutter: number;
  readonly #width: number;
  readonly #lane: number;
  #down: ReadonlySet<string> = new Set();

  constructor(lanes: readonly string[], rows: readonly Row[], gutter: number, columns: number) {
    this.#gutter = gutter;
    const clients = lanes[0] === CLIENTS ? clientWidth(rows) : 0;
    const nodes = lanes.filter((lane) => lane !== CLIENTS);
    const left = gutter + 2 + clients;
    // The last lane needs room for states and for remarks on its right.
    const wide = Math.floor((columns - left) / Math.max(1, nodes.length));
    const lane = Math.max(LEAST_LANE, Math.min(MOST_LANE, wide));
    this.#lane = lane;
    if (clients > 0) this.#x.set(CLIENTS, gutter + 2);
    nodes.forEach((node, i) => this.#x.set(node, left + i * lane));
    this.#width = Math.max(columns, left + nodes.length * lane);
  }

  names(unit: string): string {
    const line = this.#blank(unit, true);
    for (const [name, x] of this.#x) put(line, name === CLIENTS ? x : x - 1, name);
    return line.join('');
  }

  gap({ text, down }: Gap): string {
    this.#down = down;
    const line = this.#blank('⋮');
    for (const x of this.#x.values()) line[x] = '⋮';
    put(line, Math.max(...this.#x.values()) - text.length - 3, ` ${text} `);
    return line.join('');
  }

  mark(time: string, mark: Mark): string {
    const line = this.#blank(time);
    this.#write(line, mark);
    return line.join('');
  }

  arrow(time: string, arrow: Arrow, mark: Mark | undefined, note: string): string {
    const line = this.#blank(time);
    const [from, to] = [this.#at(arrow.from), this.#at(arrow.to)];
    const step = from < to ? 1 : -1;
    const dash = arrow.fate === 'arrived' ? '─' : '╌';
    // One that does not arrive ends before the column.
    const head = arrow.fate === 'arrived' ? to - step : to - 3 * step;
    for (let x = from + step; x !== head; x += step) line[x] = line[x] === '│' ? '┼' : dash;
    line[head] = HEADS[arrow.fate][step === 1 ? 0 : 1];
    if (arrow.from !== CLIENTS) line[from] = step === 1 ? '├' : '┤';
    const left = this.#label(line, arrow, from, head);
    if (mark !== undefined) this.#write(line, mark);
    const remark = [left, note].filter((part) => part !== '').join(', ');
    if (remark !== '') this.#note(line, remark);
    return line.join('');
  }

  /** How a key stands at each replica. */
  states(label: string, states: ReadonlyMap<string, string>): string {
    const line = this.#blank(label);
    for (const [node, text] of states)
      if (this.#x.has(node)) {
        line[this.#at(node)] = '╧';
        const room = this.#lane - 3;
        const last = node === [...this.#x.keys()].at(-1);
        const cut = last || text.length <= room ? text : `${text.slice(0, room - 1)}…`;
        put(line, this.#at(node) + 2, cut);
      }
    return line.join('');
  }

  #at(lane: string): number {
    return this.#x.get(lane) as number;
  }

  #blank(label: string, bare = false): string[] {
    const line = Array.from({ length: this.#width }, () => ' ');
    put(line, this.#gutter - label.length, label);
    if (bare) return line;
    for (const [lane, x] of this.#x) if (lane !== CLIENTS && !this.#down.has(lane)) line[x] = '│';
    return line;
  }

  /**
   * Between the sender and the first column on the way, or where there is room. A client's words stand
   * at its own end. Returns what had no room.
   */
  #label(line: string[], arrow: Arrow, from: number, head: number): string {
    const [full = '', ...shorter] = arrow.labels;
    if (arrow.from === CLIENTS) {
      put(line, from, `${full} `);
      return '';
    }
    const crossed = line.findLastIndex((char, x) => char === '┼' && x < from);
    const next = head > from ? line.indexOf('┼', from) : crossed;
    const end = next > 0 && Math.abs(next - from) > full.length + 4 ? next : head;
    const room = Math.abs(end - from) - 3;
    const label = [full, ...shorter].find((text) => text.length <= room) ?? '';
    put(line, Math.ceil((from + end - label.length + 1) / 2), label);
    return label === full ? '' : full.slice(shorter[0]?.length ?? 0).trim();
  }

  #write(line: string[], mark: Mark): void {
    const x = this.#at(mark.node);
    if (mark.tone === 'crash') this.#down = new Set([...this.#down, mark.node]);
    if (mark.tone === 'restart')
      this.#down = new Set([...this.#down].filter((node) => node !== mark.node));
    line[x] = SIGNS[mark.tone];
    put(line, x + 2, mark.text);
  }

  #note(line: string[], note: string): void {
    const end = line.findLastIndex((char) => char !== ' ' && char !== '│');
    put(line, Math.max(end + 2, Math.max(...this.#x.values()) + 2), note);
  }
}

const HEADS = { arrived: ['▶', '◀'], lost: ['✗', '✗'], open: ['▷', '◁'] } as const;

const SIGNS: Readonly<Record<Mark['tone'], string>> = {
  state: '│',
  view: '═',
  lease: '│',
  timer: '◷',
  crash: '✗',
  restart: '●',
  fault: '!',
  note: '│',
};

/** What clients say stands before their arrows. */
function clientWidth(rows: readonly Row[]): number {
  const said = rows.flatMap((row) =>
    row.kind === 'request' || row.kind === 'reply' ? [(row.labels[0] as string).length] : [],
  );
  const longest = Math.max(...said);
  return Math.min(28, Math.max(12, longest + 5));
}

/** Writes into a line, which grows if it must; a blank on each side keeps words apart. */
function put(line: string[], at: number, text: string): void {
  while (line.length < at) line.push(' ');
  for (const [i, char] of Array.from(text).entries()) line[Math.max(0, at) + i] = char;
}
