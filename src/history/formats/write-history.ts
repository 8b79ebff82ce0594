/**
 * Histories in other forms: our JSON lines, Jepsen's EDN (one map a line), elle-cli's JSON (one array).
 * Client events only; keys go into the values (`[key value]`) where the other tool has no field for them.
 */
import type { Value } from '../../base/operation.ts';
import type { History, HistoryEvent } from '../event.ts';

export const FORMATS = ['jsonl', 'edn', 'elle'] as const;
export type WrittenFormat = (typeof FORMATS)[number];

/** The text of the history, piece by piece. */
export function* writtenHistory(history: History, format: WrittenFormat): Iterable<string> {
  const keyed = history.events.some((event) => event.key !== undefined);
  switch (format) {
    case 'jsonl':
      yield `${JSON.stringify(history.header)}\n`;
      for (const event of history.events) yield `${JSON.stringify(event)}\n`;
      return;
    case 'edn':
      for (const event of history.events) yield `${ednLine(event, keyed)}\n`;
      return;
    case 'elle': {
      let first = true;
      for (const event of history.events) {
        yield `${first ? '[' : ','}\n${JSON.stringify(elleEvent(event, keyed))}`;
        first = false;
      }
      yield first ? '[]\n' : '\n]\n';
    }
  }
}

/** What the event holds, with its key if the history has keys. */
function valueOf({ key, value }: HistoryEvent, keyed: boolean): Value {
  return keyed ? [key ?? null, value] : value;
}

function elleEvent(event: HistoryEvent, keyed: boolean): object {
  const { index, type, process, f, time, result, observed, error } = event;
  const value = valueOf(event, keyed);
  // What is undefined is left out of the text.
  return { index, type, process, f, value, result, observed, error, time };
}

function ednLine(event: HistoryEvent, keyed: boolean): string {
  const { index, type, process, f, time, error, result, observed } = event;
  const value =
    f === 'txn' && Array.isArray(event.value)
      ? `[${(event.value as readonly Value[]).map(micro).join(' ')}]`
      : edn(valueOf(event, keyed));
  const fields = [
    `:process ${typeof process === 'number' ? process : keyword(process)}`,
    `:type :${type}`,
    `:f ${keyword(f)}`,
    `:value ${value}`,
    ...(result === undefined ? [] : [`:result ${edn(result)}`]),
    ...(observed === undefined ? [] : [`:observed ${edn(observed)}`]),
    ...(error === undefined ? [] : [`:error ${edn(error)}`]),
    `:time ${time}`,
    `:index ${index}`,
  ];
  return `{${fields.join(', ')}}`;
}

/** A micro-operation: its name is a keyword. */
function micro(value: Value): string {
  if (!Array.isArray(value)) return edn(value);
  const [f, ...rest] = value as readonly Value[];
  return `[${[typeof f === 'string' ? keyword(f) : edn(f ?? null), ...rest.map(edn)].join(' ')}]`;
}

/** A word as a keyword, where it can be one. */
function keyword(word: string): string {
  return /^[\w*+!?<>=.-]+$/.test(word) ? `:${word}` : edn(word);
}

function edn(value: Value): string {
  if (value === null) return 'nil';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(edn).join(' ')}]`;
  return JSON.stringify((value as { b64: string }).b64);
}
