import { expect, test } from 'vitest';
import type { History } from '../event.ts';
import { splitKeys } from '../independent.ts';
import { parseHistory } from '../read.ts';
import { FORMATS, type WrittenFormat, writtenHistory } from './write-history.ts';

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
    const fields = format === 'elle' ? ['result', 'observed'] : [];
    const expected = history.events.map((event) =>
      Object.fromEntries(Object.entries(event).filter(([name]) => !fields.includes(name))),
    );
    expect(again(history, format).events).toEqual(expected);
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
