import { gzipSync } from 'node:zlib';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../base/user-error.ts';
import { parseHistory, readHistory } from '../read.ts';
import { columnMap } from './csv-events.ts';
import { EdnReader, ednValue } from './edn.ts';

const value = (text: string) => {
  const form = new EdnReader(text).next();
  return form === undefined ? 'incomplete' : ednValue(form);
};

test.each([
  ['nil', null],
  [':foo/bar', 'foo/bar'],
  ['[1 -2, +3 4N 5.5]', [1, -2, 3, 4, 5.5]],
  ['12345678901234567890', '12345678901234567890'],
  ['22/7', '22/7'],
  ['#{1 2}', [1, 2]],
  [
    '{:a 1, "b" [nil]}',
    [
      ['a', 1],
      ['b', [null]],
    ],
  ],
  ['#jepsen.history.Op{:a 1}', [['a', 1]]],
  ['#inst "2020"', '2020'],
  ['#object[Foo 0x1 "x"]', ['Foo', 1, 'x']],
  ['"a\\n\\u0041\\""', 'a\nA"'],
  ['[\\a \\newline \\]]', ['a', '\n', ']']],
  ['[1 #_ 2 3 ; four\n 5]', [1, 3, 5]],
  ['[1 #_ 2]', [1]],
  ['^{:m 1} (a b)', ['a', 'b']],
  ["'x", 'x'],
  ['##Inf', '##Inf'],
  ['[1', 'incomplete'],
  ['"x', 'incomplete'],
  ['true', 'true'],
])('%s is %j', (text, expected) => {
  expect(value(text)).toEqual(expected);
});

const EDN = [
  '{:process 0, :type :invoke, :f :write, :value 3, :time 5, :index 0}',
  '{:process :nemesis, :type :info, :f :start, :value [:isolated {"n1" #{"n2"}}], :time 6}',
  '{:process 0, :type :ok, :f :write, :value 3, :time 4, :index 1}',
  '{:process "c1" :type :invoke :f :read :value nil}',
];

describe('EDN', () => {
  const shapes = {
    'one map a line': EDN.join('\n'),
    'one vector': `[${EDN.join('\n ')}]`,
    'a vector on one line': `[${EDN.join(' ')}]\n`,
    'spread over lines': EDN.join('\n').replaceAll(', ', ',\n   '),
    'records in a list': `(#jepsen.history.Op${EDN.join('\n#jepsen.history.Op')})`,
    'with comments': `; by hand\n${EDN.join(' ; one\n')}`,
  };
  test.each(Object.entries(shapes))('%s', (_, text) => {
    const { history, notes } = parseHistory(text, 'h.edn');
    expect(history.events).toMatchObject([
      { index: 0, process: 0, type: 'invoke', f: 'write', value: 3, time: 5 },
      { index: 2, process: 0, type: 'ok', f: 'write', value: 3, time: 6 },
      { index: 3, process: 'c1', type: 'invoke', f: 'read', value: null },
    ]);
    expect(history.nemesis).toMatchObject([{ f: 'start', process: 'nemesis' }]);
    expect(notes).toEqual([expect.stringContaining('1 times go back')]);
  });

  test('a torn end is noted, a wrong form is named with its line', () => {
    expect(parseHistory(`${EDN[0]}\n{:process 0, :ty`).notes[0]).toContain('line 2 is torn');
    expect(() => parseHistory(`${EDN[0]}\n\n]}\n`, 'h.edn')).toThrow(/h\.edn, line 3: "}" closes/);
    expect(() => parseHistory(`${EDN[0]}\n[1]\n`, 'h.edn')).toThrow(/h\.edn, line 2/);
    expect(() => parseHistory(`${EDN[0]}\n{:process 0 :type :odd}`, 'h.edn')).toThrow(
      /h\.edn, line 2: "type"/,
    );
  });
});

test('elle-cli: one array, words with or without colons', () => {
  const text = JSON.stringify([
    { index: 0, type: ':invoke', process: 0, ':f': ':txn', value: [[':append', 1, 2]] },
    { index: 1, type: 'info', process: 0, f: 'txn', value: [['append', 1, 2]], error: ['x', 1] },
  ]);
  expect(parseHistory(text).history.events).toMatchObject([
    { type: 'invoke', f: 'txn', value: [['append', 1, 2]] },
    { type: 'info', error: '["x",1]' },
  ]);
  expect(() => parseHistory('[{"a":1},')).toThrow('no JSON array');
  const deep = `[{"process":0,"type":"ok","value":${'['.repeat(20_000)}${']'.repeat(20_000)}}]`;
  expect(() => parseHistory(deep)).toThrow('line 1: it is nested too deeply');
  expect(() => parseHistory(deep.slice(1, -1))).toThrow('"value" is nested too deeply');
  expect(() => parseHistory('[{"process":0,"type":"invoke","f":"read"},3]')).toThrow('line 2');
});

test('a log of Jepsen: time-outs are unknown outcomes, chatter is passed over', () => {
  const log = [
    'INFO  jepsen.core - Worker 3 starting',
    'INFO  jepsen.util - 3\t:invoke\t:read\tnil',
    'INFO  jepsen.util - :nemesis\t:info\t:start\tnil',
    'INFO  jepsen.util - 3\t:fail\t:read\t:timed-out',
    '2016-01-01 12:00:00 INFO  jepsen.util - 4\t:invoke\t:cas\t[1 2]',
    'INFO  jepsen.util - 4\t:ok\t:cas\t[1 2]',
  ].join('\n');
  const { events, nemesis } = parseHistory(log).history;
  expect(events).toMatchObject([
    { process: 3, type: 'invoke', f: 'read', value: null },
    { process: 3, type: 'info', error: 'timed out' },
    { process: 4, type: 'invoke', f: 'cas', value: [1, 2] },
    { process: 4, type: 'ok', value: [1, 2] },
  ]);
  expect(nemesis).toHaveLength(1);
});

test('gzip of any of them, from a file', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hermes-formats-'));
  try {
    const path = join(dir, 'h.edn.gz');
    await writeFile(path, gzipSync(EDN.join('\n')));
    expect((await readHistory(path)).history.events).toHaveLength(3);
  } finally {
    await rm(dir, { recursive: true });
  }
});

test('garbage gives a history or a UserError, never another error', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...EDN,
      '[',
      ']',
      '{',
      '}',
      '"',
      '\\',
      '#',
      ':type',
      '\n',
      ',',
      'nil',
      '{"a"',
      'client,op,event',
      '1,read,ok',
      '1,read,call',
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      try {
        parseHistory(pieces.join(' '));
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
      }
    }),
    { numRuns: 3000 },
  );
});

describe('a table', () => {
  const events = `client,event,op,key,val,ts
1,invoke,write,a,3,10
2,call,read,a,,12
1,ok,write,a,3,15
2,return,read,a,3,20
2,invoke,cas,a,"[3,4]",21
2,timeout,cas,a,"[3,4]",30
`;

  test('of events, its columns by the names of the first row, which is said', () => {
    const { history, notes } = parseHistory(events, 'h.csv');
    expect(notes).toEqual([
      'h.csv: columns: process=client,type=event,f=op,key=key,value=val,time=ts (by the first row; --map says otherwise)',
    ]);
    expect(history.events).toMatchObject([
      { index: 0, process: 1, type: 'invoke', f: 'write', key: 'a', value: 3, time: 10 },
      { index: 1, process: 2, type: 'invoke', f: 'read', key: 'a', value: null, time: 12 },
      { index: 2, process: 1, type: 'ok', value: 3 },
      { index: 3, process: 2, type: 'ok', value: 3 },
      { index: 4, type: 'invoke', f: 'cas', value: [3, 4] },
      { index: 5, type: 'info', value: [3, 4] },
    ]);
  });

  test('of operations: both ends in the order of their times, at one time the beginnings first', () => {
    const rows = `who;did;what;began;ended;note
a;write;1;0;5;"with ""quotes"" and
a line break"
b;read;1;5;7;
c;write;2;6;;
`;
    const map = columnMap('process=who,f=2,value=what,start=began,end=ended');
    const { history, notes } = parseHistory(rows, 'h.txt', { map });
    expect(notes).toEqual([]);
    expect(history.events.map(({ process, type, time }) => [process, type, time])).toEqual([
      ['a', 'invoke', 0],
      ['b', 'invoke', 5],
      ['a', 'ok', 5],
      ['c', 'invoke', 6],
      ['b', 'ok', 7],
    ]);
    expect(history.events[4]?.value).toBe(1);
  });

  test.each([
    ['client,op,event\n1,read,sometimes\n', 'line 2: the type is "sometimes"; expected invoke'],
    ['client,worker,op,event\n', 'the columns client and worker could both be "process"'],
    ['client,op\n1,read\n', 'no column says what each row is'],
    ['client,op,event,time\n1,read,invoke,noon\n', 'the time is "noon"; expected a number'],
    ['client,op,start,end\n1,read,5,4\n', 'it ends at 4, before it starts at 5'],
    ['client,op,event\n1,read,ok\n', 'line 2: an "ok" for process 1, which has no operation open'],
  ])('%j is refused', (text, message) => {
    expect(() => parseHistory(text, 'h.csv', { map: {} })).toThrow(message);
  });

  test('a map names fields and columns that there are', () => {
    expect(() => columnMap('process')).toThrow('expected FIELD=COLUMN');
    expect(() => columnMap('colour=red')).toThrow('there is no field "colour"');
    const map = columnMap('process=who');
    expect(() => parseHistory(events, 'h.csv', { map })).toThrow('there is no column "who"');
  });
});

test('a log of Porcupine: maps with a key of their own, no times, no numbers', () => {
  const log = [
    '{:process 0, :type :invoke, :f :append, :key "0", :value "x 0 0 y"}',
    '{:process 1, :type :invoke, :f :get, :key "0", :value nil}',
    '{:process 0, :type :ok, :f :append, :key "0", :value "x 0 0 y"}',
    '{:process 1, :type :ok, :f :get, :key "0", :value "x 0 0 y"}',
  ].join('\n');
  const { events } = parseHistory(log, 'c01.txt').history;
  expect(events.map(({ index, key, value }) => [index, key, value])).toEqual([
    [0, '0', 'x 0 0 y'],
    [1, '0', null],
    [2, '0', 'x 0 0 y'],
    [3, '0', 'x 0 0 y'],
  ]);
});
