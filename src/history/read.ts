/**
 * Reads histories: total, and exact about what is wrong.
 *
 * JSON lines (ours), Jepsen's EDN in all its shapes, one JSON array (elle-cli), logs of Jepsen runs
 * (Porcupine's etcd histories), tables (CSV), each also gzipped; the format is told from how the file
 * begins. Whatever the bytes, the answer is a history or a `UserError` with file, line, what was found
 * and what was expected. A torn end (the program died while it wrote) is dropped with a note. Fields that
 * are not known are kept.
 */
import { basename } from 'node:path';
import { fileError } from '../base/file-error.ts';
import { UserError } from '../base/user-error.ts';
import { eachBlock } from './blocks.ts';
import { type ColumnMap, CsvEvents } from './formats/csv-events.ts';
import { EdnEvents } from './formats/edn-events.ts';
import { readJsonArray } from './formats/json-events.ts';
import { readLogLine } from './formats/log-events.ts';
import { type Format, sniffFormat } from './formats/sniff.ts';
import { HistoryParser, type ReadHistory } from './history-parser.ts';

export interface ReadOptions {
  /** A table: which column is what. Default: by its first row. */
  readonly map?: ColumnMap | undefined;
}

/** Reads a file in blocks; only a JSON array is held as one string. Throws a `UserError`. */
export async function readHistory(path: string, options: ReadOptions = {}): Promise<ReadHistory> {
  const csv = options.map !== undefined || /\.[ct]sv(\.gz)?$/.test(path);
  const formatOf = (begin: string): Format => {
    if (begin.includes('\0'))
      throw new UserError(
        `${path} is no text, and so no history.`,
        "Known are JSON lines, Jepsen's EDN, elle-cli's JSON, logs, tables (CSV), and gzip of any.",
      );
    return csv ? 'csv' : sniffFormat(begin);
  };
  try {
    let front: FrontEnd | undefined;
    let found: ReadHistory | undefined;
    await eachBlock(path, (bytes, last) => {
      front ??= frontEnd(formatOf(bytes.toString('utf8', 0, SNIFFED)), basename(path), options);
      const end = bytes.lastIndexOf(NEWLINE) + 1;
      if (end > 0) front.lines(bytes.toString('utf8', 0, end));
      if (!last) return end;
      found = front.finish(bytes.toString('utf8', end));
      return bytes.length;
    });
    return found as ReadHistory;
  } catch (error) {
    throw readable(path, error);
  }
}

/** The same from text. `name` stands in messages. Throws a `UserError`. */
export function parseHistory(
  text: string,
  name = 'history.jsonl',
  options: ReadOptions = {},
): ReadHistory {
  const format = options.map === undefined ? sniffFormat(text.slice(0, SNIFFED)) : 'csv';
  const front = frontEnd(format, name, options);
  const end = text.lastIndexOf('\n') + 1;
  front.lines(text.slice(0, end));
  return front.finish(text.slice(end));
}

const NEWLINE = 0x0a;
/** Characters that tell the format. */
const SNIFFED = 4096;

/** A reader of one format: whole lines, then what stands after the last line break. */
interface FrontEnd {
  lines(text: string): void;
  finish(last: string): ReadHistory;
}

function frontEnd(format: Format, name: string, { map }: ReadOptions): FrontEnd {
  const parser = new HistoryParser({ name, foreign: format !== 'jsonl' });
  switch (format) {
    case 'jsonl':
      return {
        lines: (text) => eachLine(text, (line) => parser.line(line)),
        finish: (last) => parser.finish(last),
      };
    case 'edn': {
      const events = new EdnEvents(parser);
      return {
        lines: (text) => events.push(text),
        finish(last) {
          events.push(last);
          events.finish();
          return parser.finish('');
        },
      };
    }
    case 'log': {
      let number = 0;
      return {
        lines: (text) => eachLine(text, (line) => readLogLine(line, ++number, parser)),
        finish(last) {
          readLogLine(last, ++number, parser);
          return parser.finish('');
        },
      };
    }
    case 'csv': {
      const events = new CsvEvents(parser, map);
      return {
        lines: (text) => eachLine(text, (line) => events.line(line)),
        finish(last) {
          events.finish(last);
          return parser.finish('');
        },
      };
    }
    case 'json': {
      const texts: string[] = [];
      return {
        lines: (text) => texts.push(text),
        finish(last) {
          readJsonArray([...texts, last].join(''), parser);
          return parser.finish('');
        },
      };
    }
  }
}

/** Lines without their breaks; the text ends with one, or is empty. */
function eachLine(text: string, take: (line: string) => void): void {
  const lines = text.split('\n');
  lines.pop();
  for (const line of lines) take(line);
}

function readable(path: string, error: unknown): unknown {
  if (error instanceof UserError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new UserError(`there is no file ${path}.`);
  if (code === 'EISDIR')
    return new UserError(`${path} is a folder.`, 'Name the history file in it.');
  return code === undefined ? error : fileError(path, 'read', error);
}
