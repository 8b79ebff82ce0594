import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../base/user-error.ts';
import type { History, HistoryEvent } from '../event.ts';
import type { ReadHistory } from '../history-parser.ts';
import { splitKeys } from '../independent.ts';
import { parseHistory, readHistory } from '../read.ts';
import { FORMATS, type WrittenFormat, writtenHistory } from './write-history.ts';

const beside = fileURLToPath(new URL('../../../../shared/corpus/checkers', import.meta.url));
const corpus = process.env['HERMES_CORPUS'] ?? beside;
const manifest = join(corpus, 'manifest.json');
const entries = (): { file: string; events: number }[] =>
  JSON.parse(readFileSync(manifest, 'utf8')) as { file: string; events: number }[];

/** The fields that all formats have. */
function known({ index, process, type, f, key, value, time, error }: HistoryEvent): object {
  const rest = { ...(key !== undefined && { key }), ...(error !== undefined && { error }) };
  return { index, process, type, f, value, time, ...rest };
}

const JSONL = `{"hermes":1,"model":"cas-register"}
{"index":0,"process":0,"type":"invoke","f":"write","key":1,"value":"a \\"b\\" [","time":1}
{"index":1,"process":"c","type":"invoke","f":"cas","key":"k","value":[null,-2.5],"time":2}
{"index":3,"process":0,"type":"ok","f":"write","key":1,"value":"a \\"b\\" [","time":3,"result":7}
{"index":4,"process":"c","type":"fail","f":"cas","key":"k","value":[null,-2.5],"time":4,"error":"no match","observed":3}
`;
const TXN = `{"hermes":1}
{"index":0,"process":0,"type":"invoke","f":"txn","value":[["append",5,1],["r",6,null]],"time":1}
{"index":1,"process":0,"type":"info","f":"txn","value":[["append",5,1],["r",6,null]],"time":2}
`;

const again = (history: History, format: WrittenFormat): History =>
  splitKeys(parseHistory([...writtenHistory(history, format)].join('')).history, 'auto').history;

test.each(FORMATS)('%s: what was written is read again', (format) => {
  for (const text of [JSONL, TXN]) {
    const { history } = parseHistory(text);
    expect(again(history, format).events).toEqual(history.events);
  }
});

test('as the other tools want it', () => {
  const { history } = parseHistory(TXN);
  expect([...writtenHistory(history, 'edn')][0]).toBe(
    '{:process 0, :type :invoke, :f :txn, :value [[:append 5 1] [:r 6 nil]], :time 1, :index 0}\n',
  );
  expect(JSON.parse([...writtenHistory(history, 'elle')].join(''))).toHaveLength(2);
  expect([...writtenHistory({ ...history, events: [] }, 'elle')].join('')).toBe('[]\n');
});

describe.skipIf(!existsSync(manifest))(`corpus of histories (none at ${corpus} otherwise)`, () => {
  test('each history is the same after a way through all formats', async () => {
    let seen = 0;
    for (const { file, events } of entries().filter((entry) => entry.events <= 400)) {
      const read = await readHistory(join(corpus, file)).catch((error: unknown) => error);
      // A public one has two operations of one process open at once, and is refused.
      if (read instanceof UserError) continue;
      const { history } = splitKeys((read as ReadHistory).history, 'auto');
      expect(history.events.length + history.nemesis.length).toBe(events);
      const through = FORMATS.reduce(again, history);
      expect(through.events).toEqual(history.events.map(known));
      seen++;
    }
    expect(seen).toBeGreaterThan(150);
  });
});
