/**
 * Histories as tables: a row of names, then one row per event, or one per operation with the times at
 * which it began and ended. Which column is what `--map` says, or else the names, where they leave no doubt.
 */
import { UserError } from '../../base/user-error.ts';
import type { RecordSink } from './record-sink.ts';

/** What a column may be, each with the names by which it is known. */
const FIELDS = {
  process: ['process', 'client', 'clientid', 'thread', 'worker', 'session'],
  type: ['type', 'event', 'eventtype', 'phase', 'status', 'outcome'],
  f: ['f', 'op', 'operation', 'function', 'action', 'command'],
  key: ['key', 'k', 'object'],
  value: ['value', 'val', 'v', 'arg', 'argument'],
  result: ['result', 'output', 'returned'],
  time: ['time', 'timestamp', 'ts', 'timens'],
  start: ['start', 'call', 'invoked', 'begin', 'starttime', 'calltime'],
  end: ['end', 'return', 'completed', 'finish', 'endtime', 'returntime'],
  node: ['node', 'server', 'replica', 'host'],
  error: ['error', 'message'],
  index: ['index'],
} as const;
type Field = keyof typeof FIELDS;
const FIELD_NAMES = Object.keys(FIELDS) as Field[];

/** Which column each field is in: the name in the first row, or the number, from 1. */
export type ColumnMap = Readonly<Record<string, string>>;

const TYPES: Readonly<Record<string, string>> = {
  invoke: 'invoke',
  call: 'invoke',
  start: 'invoke',
  ok: 'ok',
  return: 'ok',
  success: 'ok',
  fail: 'fail',
  failed: 'fail',
  info: 'info',
  unknown: 'info',
  timeout: 'info',
};

/** `process=client,f=op` as a map. Throws a `UserError`. */
export function columnMap(text: string): ColumnMap {
  const pairs = text.split(',').map((part) => {
    const [, field = '', column = ''] = /^\s*(\w+)\s*=\s*(.+?)\s*$/.exec(part) ?? [];
    if (Object.hasOwn(FIELDS, field)) return [field, column] as const;
    throw new UserError(
      `--map ${part}: ${field === '' ? 'expected FIELD=COLUMN' : `there is no field "${field}"`}.`,
      `Fields are ${FIELD_NAMES.join(', ')}; a column is named, or numbered from 1.`,
    );
  });
  return Object.fromEntries(pairs);
}

/** Does a text begin with a row of names that tell what is what? */
export function isCsv(begin: string): boolean {
  const [first = ''] = begin.split(/\r?\n/, 1);
  const names = cellsOf(first) ?? [];
  const found = guessed(names);
  return found.process?.length === 1 && found.f?.length === 1;
}

interface Completion {
  readonly at: number;
  readonly completes: boolean;
  readonly record: Record<string, unknown>;
  readonly text: string;
  readonly line: number;
}

/** Takes a table line by line. */
export class CsvEvents {
  readonly #sink: RecordSink;
  readonly #map: ColumnMap;
  #columns: Partial<Record<Field, number>> | undefined;
  /** A row that goes on in the next line: a quote is open. */
  #open = '';
  #line = 0;
  /** With one row per operation: both ends of each, to be put in order. */
  readonly #ends: Completion[] = [];

  constructor(sink: RecordSink, map: ColumnMap = {}) {
    this.#sink = sink;
    this.#map = map;
  }

  line(text: string): void {
    this.#line++;
    const row = this.#open + text.replace(/\r$/, '');
    const cells = cellsOf(row);
    this.#open = cells === undefined ? `${row}\n` : '';
    if (cells === undefined || row.trim() === '') return;
    if (this.#columns === undefined) this.#columns = this.#header(cells, row);
    else if (this.#columns.start === undefined) this.#event(cells, row);
    else this.#operation(cells, row);
  }

  finish(last: string): void {
    if (last !== '') this.line(last);
    if (this.#open !== '') this.#sink.torn(this.#line);
    // At one time invocations come first: then the operations overlap, and nothing is claimed of their order.
    this.#ends.sort(
      (a, b) => a.at - b.at || Number(a.completes) - Number(b.completes) || a.line - b.line,
    );
    for (const { record, text, line } of this.#ends) this.#sink.record(record, text, line);
  }

  #header(names: readonly string[], text: string): Partial<Record<Field, number>> {
    const found = guessed(names);
    const columns: Partial<Record<Field, number>> = {};
    for (const field of FIELD_NAMES) {
      const told = this.#map[field];
      const at =
        told === undefined
          ? this.#only(field, found[field] ?? [], names, text)
          : placeOf(told, names);
      if (at === -1)
        this.#sink.refuse(
          `there is no column "${told}" for --map ${field}=${told}; there are ${names.join(', ')}.`,
          text,
          this.#line,
        );
      if (at !== undefined) columns[field] = at;
    }
    for (const field of ['process', 'f'] as const)
      if (columns[field] === undefined)
        this.#sink.refuse(
          `no column is known to be the ${field === 'f' ? 'operation' : field}: say which with --map ${field}=COLUMN; there are ${names.join(', ')}.`,
          text,
          this.#line,
        );
    if (columns.type === undefined && columns.start === undefined)
      this.#sink.refuse(
        'no column says what each row is: --map type=COLUMN (invoke, ok, fail, info), or --map start=COLUMN,end=COLUMN for one row per operation.',
        text,
        this.#line,
      );
    if (Object.keys(this.#map).length === 0) {
      const told = Object.entries(columns).map(([field, at]) => `${field}=${names[at]}`);
      this.#sink.note(`columns: ${told.join(',')} (by the first row; --map says otherwise)`);
    }
    return columns;
  }

  #only(
    field: Field,
    places: readonly number[],
    names: readonly string[],
    text: string,
  ): number | undefined {
    if (places.length < 2) return places[0];
    return this.#sink.refuse(
      `the columns ${places.map((at) => names[at]).join(' and ')} could both be "${field}": say which with --map ${field}=COLUMN.`,
      text,
      this.#line,
    );
  }

  #cell(cells: readonly string[], field: Field): string | undefined {
    const at = this.#columns?.[field];
    const text = at === undefined ? undefined : cells[at]?.trim();
    return text === '' ? undefined : text;
  }

  #type(cells: readonly string[], text: string): string | undefined {
    const type = this.#cell(cells, 'type');
    if (type === undefined) return undefined;
    return (
      TYPES[type.toLowerCase()] ??
      this.#sink.refuse(
        `the type is "${type}"; expected ${Object.keys(TYPES).join(', ')}.`,
        text,
        this.#line,
      )
    );
  }

  #number(cells: readonly string[], field: Field, text: string): number | undefined {
    const cell = this.#cell(cells, field);
    if (cell === undefined || Number.isFinite(Number(cell)))
      return cell === undefined ? undefined : Number(cell);
    return this.#sink.refuse(`the ${field} is "${cell}"; expected a number.`, text, this.#line);
  }

  #common(cells: readonly string[]): Record<string, unknown> {
    const [key, node, error, result] = (['key', 'node', 'error', 'result'] as const).map((field) =>
      this.#cell(cells, field),
    );
    return {
      process: plain(this.#cell(cells, 'process')),
      f: this.#cell(cells, 'f')?.toLowerCase(),
      ...(key !== undefined && { key: plain(key) }),
      ...(node !== undefined && { node }),
      ...(error !== undefined && { error }),
      ...(result !== undefined && { result: plain(result) }),
    };
  }

  #event(cells: readonly string[], text: string): void {
    const [time, index] = [this.#number(cells, 'time', text), this.#number(cells, 'index', text)];
    const record = {
      ...this.#common(cells),
      type: this.#type(cells, text),
      value: plain(this.#cell(cells, 'value')),
      ...(time !== undefined && { time }),
      ...(index !== undefined && { index }),
    };
    this.#sink.record(record, text, this.#line);
  }

  /** One row, two events; without an end nobody knows what became of it. */
  #operation(cells: readonly string[], text: string): void {
    const start = this.#number(cells, 'start', text);
    const end = this.#number(cells, 'end', text);
    if (start === undefined) this.#sink.refuse('the start is missing.', text, this.#line);
    else if (end !== undefined && end < start)
      this.#sink.refuse(`it ends at ${end}, before it starts at ${start}.`, text, this.#line);
    else {
      const { result, error, ...both } = this.#common(cells);
      const value = plain(this.#cell(cells, 'value'));
      const line = this.#line;
      const asked = both['f'] === 'read' || both['f'] === 'get' ? null : value;
      this.#ends.push({
        at: start,
        completes: false,
        record: { ...both, type: 'invoke', value: asked, time: start },
        text,
        line,
      });
      if (end === undefined) return;
      const type = this.#type(cells, text) ?? 'ok';
      const told = {
        ...(result !== undefined && { result }),
        ...(error !== undefined && { error }),
      };
      this.#ends.push({
        at: end,
        completes: true,
        record: { ...both, ...told, type, value, time: end },
        text,
        line,
      });
    }
  }
}

function guessed(names: readonly string[]): Partial<Record<Field, number[]>> {
  const found: Partial<Record<Field, number[]>> = {};
  for (const [at, name] of names.entries()) {
    const bare = name.toLowerCase().replaceAll(/[^a-z]/g, '');
    const field = FIELD_NAMES.find((each) => (FIELDS[each] as readonly string[]).includes(bare));
    if (field !== undefined) (found[field] ??= []).push(at);
  }
  return found;
}

/** By its name, else by its number; −1: there is none. */
function placeOf(column: string, names: readonly string[]): number {
  const named = names.indexOf(column);
  if (named !== -1) return named;
  const number = Number(column);
  return Number.isInteger(number) && number >= 1 && number <= names.length ? number - 1 : -1;
}

/** A cell as a value: a whole number, JSON, nothing, or text. */
function plain(cell: string | undefined): unknown {
  if (cell === undefined || cell === 'nil' || cell === 'null') return null;
  if (/^-?\d{1,15}$/.test(cell)) return Number(cell);
  if (!/^[["{]/.test(cell)) return cell;
  try {
    return JSON.parse(cell);
  } catch {
    return cell;
  }
}

/** The cells of a row, by commas, semicolons or tabs; undefined: a quote is open at its end. */
function cellsOf(row: string): string[] | undefined {
  const separator = row.includes('\t') ? '\t' : row.includes(',') ? ',' : ';';
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < row.length; i++) {
    const c = row[i] as string;
    if (quoted && c === '"' && row[i + 1] === '"') cell += row[++i];
    else if (c === '"' && (quoted || cell.trim() === '')) quoted = !quoted;
    else if (c === separator && !quoted) {
      cells.push(cell);
      cell = '';
    } else cell += c;
  }
  cells.push(cell);
  return quoted ? undefined : cells;
}
