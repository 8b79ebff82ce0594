/**
 * Jepsen's histories: maps of EDN, one a line, spread over lines, or all in one vector; with or without
 * tags (`#jepsen.history.Op{…}`). Takes the text in pieces, gives one record after the other.
 */
import { type Edn, EdnError, EdnMap, EdnReader, ednValue } from './edn.ts';
import type { RecordSink } from './record-sink.ts';

/** Reads pieces of whole lines. */
export class EdnEvents {
  readonly #sink: RecordSink;
  /** What was not a whole form yet, and the line on which it begins. */
  #rest = '';
  #line = 1;

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  /** Lines; the last one whole. */
  push(text: string): void {
    const all = this.#rest + text;
    const reader = new EdnReader(all);
    let counted = 0;
    const countTo = (at: number): void => {
      for (let i = all.indexOf('\n', counted); i >= 0 && i < at; i = all.indexOf('\n', i + 1))
        this.#line++;
      counted = at;
    };
    for (;;) {
      const c = reader.peek();
      if (c === '') break;
      countTo(reader.at);
      // Brackets around all events.
      if ('[]()'.includes(c)) {
        reader.at++;
        continue;
      }
      const start = reader.at;
      const form = this.#next(reader, all);
      if (form === undefined) break;
      this.#event(form, all.slice(start, reader.at));
    }
    countTo(reader.at);
    this.#rest = all.slice(reader.at);
  }

  /** After the last piece. A form that is not whole is a torn end. */
  finish(): void {
    if (this.#rest.trim() === '') return;
    if (!isTorn(this.#rest))
      this.#sink.refuse('what begins here does not end.', this.#rest, this.#line);
    this.#sink.torn(this.#line);
  }

  #next(reader: EdnReader, all: string): Edn | undefined {
    try {
      return reader.next();
    } catch (error) {
      if (!(error instanceof EdnError)) throw error;
      return this.#sink.refuse(
        `${error.message} (column ${error.at - all.lastIndexOf('\n', error.at - 1)}).`,
        all.slice(Math.max(0, error.at - 40), error.at + 40),
        this.#line,
      );
    }
  }

  #event(form: Edn, text: string): void {
    const record = ednRecord(form);
    if (record === undefined)
      return this.#sink.refuse('this is no map; every event is one.', text, this.#line);
    this.#sink.record(record, text, this.#line);
  }
}

/** Is it the torn end of a file? Where other events begin behind it, something was never closed. */
export function isTorn(rest: string): boolean {
  return !/\n\s*[{#]/.test(rest);
}

/** A form as an event; undefined: it is none. */
export function ednRecord(form: Edn): Record<string, unknown> | undefined {
  if (!(form instanceof EdnMap)) return undefined;
  const record: Record<string, unknown> = {};
  const { items } = form;
  for (let i = 0; i < items.length; i += 2) {
    const [key, value] = [items[i] as Edn, items[i + 1] as Edn];
    if (typeof key === 'string') record[key] = key === 'error' ? errorText(value) : ednValue(value);
  }
  return record;
}

function errorText(form: Edn): string {
  return typeof form === 'string' ? form : JSON.stringify(ednValue(form));
}
