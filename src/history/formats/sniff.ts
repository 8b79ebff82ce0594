/** Which format a history has, from how it begins. */
import { isCsv } from './csv-events.ts';
import { isLogLine } from './log-events.ts';

export type Format = 'jsonl' | 'json' | 'edn' | 'log' | 'csv';

/** `json`: one array of all events; `jsonl`: an object per line. Anything else is taken for JSON lines. */
export function sniffFormat(begin: string): Format {
  const text = begin.replace(/^\uFEFF/, '').trimStart();
  if (/^(?:\[\s*)?\{\s*["}]/.test(text) || /^\[\s*\]/.test(text))
    return text.startsWith('[') ? 'json' : 'jsonl';
  if (/^[[(]?\s*(?:[#;{(]|\{\s*:)/.test(text) || /^[[(]\s*[#{]/.test(text)) return 'edn';
  if (text.split('\n').some(isLogLine)) return 'log';
  return isCsv(text) ? 'csv' : 'jsonl';
}
