/**
 * Public and generated histories with known verdicts, where they are at hand: `HERMES_CORPUS` names the
 * folder, else `../shared/corpus/checkers` beside the checkout. A verdict may be unknown (the search has
 * limits), never wrong.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Value } from '../base/operation.ts';
import type { History, HistoryEvent } from '../history/event.ts';
import { checkHistory } from './check.ts';
import type { Model } from './checker.ts';

const beside = fileURLToPath(new URL('../../../shared/corpus/checkers', import.meta.url));
const corpus = process.env['HERMES_CORPUS'] ?? beside;

interface Entry {
  readonly file: string;
  readonly model: string;
  readonly keys: 'single' | 'independent';
  readonly init: Value;
  readonly valid: boolean | 'unknown';
  readonly ops: number;
}

const manifest = join(corpus, 'manifest.json');
const entries = existsSync(manifest) ? (JSON.parse(readFileSync(manifest, 'utf8')) as Entry[]) : [];
const judged = entries.filter(({ model }) => ['register', 'cas-register', 'mutex'].includes(model));

/** A lock; `acquire` and `release` carry no value. */
const MUTEX: Model<boolean> = {
  name: 'mutex',
  init: false,
  step: (held, op) => (held === (op.f === 'release') ? !held : undefined),
  key: Number,
};

/** One flat map of EDN: keywords, integers, nil, strings, vectors. */
function parseMap(line: string): Record<string, Value> {
  const tokens: readonly string[] = line.match(/"(?:[^"\\]|\\.)*"|[[\]{}]|[^\s,[\]{}]+/g) ?? [];
  let at = tokens.indexOf('{') + 1;
  const value = (): Value => {
    const token = tokens[at++] ?? '';
    if (token === '[') {
      const items: Value[] = [];
      while (tokens[at] !== ']') items.push(value());
      at++;
      return items;
    }
    if (token === 'nil') return null;
    if (token.startsWith('"')) return JSON.parse(token) as string;
    return /^-?\d+$/.test(token) ? Number(token) : token.replace(/^:/, '');
  };
  const map: Record<string, Value> = {};
  while (at < tokens.length && tokens[at] !== '}') {
    const key = value() as string;
    map[key] = value();
  }
  return map;
}

function historyOf(entry: Entry): History {
  const bytes = readFileSync(join(corpus, entry.file));
  const text = (entry.file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const events = text
    .split('\n')
    .filter((line) => line.includes('{') && !line.includes(':nemesis'))
    .map((line, index): HistoryEvent => {
      const map = parseMap(line);
      const pair = entry.keys === 'independent' ? (map['value'] as readonly Value[]) : undefined;
      const value = pair === undefined ? (map['value'] ?? null) : (pair[1] as Value);
      const type = map['type'] as HistoryEvent['type'];
      // A read of nil says nothing there; one that is refused neither.
      const silent = map['f'] === 'read' && type === 'ok' && value === null;
      const key = pair === undefined ? 1 : (pair[0] as number);
      const process = map['process'] as number;
      return {
        index,
        process,
        type: silent ? 'fail' : type,
        f: map['f'] as string,
        key,
        value,
        time: index,
      };
    });
  return { header: { hermes: 1, initial: entry.init }, events, nemesis: [] };
}

describe.skipIf(judged.length === 0)(`corpus of histories (none at ${corpus} otherwise)`, () => {
  let undecided = 0;

  test.each(judged.map((entry) => [entry.file, entry] as const))('%s', (_, entry) => {
    const history = historyOf(entry);
    const { valid } = checkHistory(history, {
      checkers: ['linearizable'],
      model: entry.model === 'mutex' ? MUTEX : entry.model,
      limits: { steps: 300_000 },
    });
    if (valid === 'unknown') undecided++;
    else if (entry.valid !== 'unknown') expect(valid).toBe(entry.valid);
  });

  test('nearly all were decided', () => {
    expect(undecided).toBeLessThan(judged.length / 8);
  });
});
