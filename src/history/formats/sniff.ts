/** Which format a history has, from how it begins. */
import { isLogLine } from './log-events.ts';

export type Format = 'jsonl' | 'json' | 'edn' | 'log';

/** `json`: one array of all events; `jsonl`: an object per line. Anything else is taken for JSON lines. */
export function sniffFormat(begin: string): Format {
  const text = begin.replace(/^\uFEFF/, '').trimStart();
  if (/^(?:\[\s*)?\{\s*["}]/.test(text) || /^\[\s*\]/.test(text))
    return text.startsWith('[') ? 'json' : 'jsonl';
  if (/^[[(]?\s*(?:[#;{(]|\{\s*:)/.test(text) || /^[[(]\s*[#{]/.test(text)) return 'edn';
  return text.split('\n').some(isLogLine) ? 'log' : 'jsonl';
}
