import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../base/user-error.ts';
import { parseHistory, readHistory } from './read.ts';

const HEADER = '{"hermes":1,"workload":"register"}';
const invoke = (process: number, more = '') =>
  `{"process":${process},"type":"invoke","f":"write","key":1,"value":2${more}}`;
const ok = (process: number, more = '') => `{"process":${process},"type":"ok","value":2${more}}`;
const text = (...lines: string[]) => `${lines.join('\n')}\n`;

describe('a sound file', () => {
  test('is read with its unknown fields; missing numbers, times, names come from the order', () => {
    const { history, notes } = parseHistory(text(HEADER, invoke(0, ',"colour":"red"'), ok(0)));
    expect(notes).toEqual([]);
    expect(history.header).toEqual({ hermes: 1, workload: 'register' });
    expect(history.events).toEqual([
      {
        index: 0,
        time: 0,
        process: 0,
        type: 'invoke',
        f: 'write',
        key: 1,
        value: 2,
        colour: 'red',
      },
      { index: 1, time: 0, process: 0, type: 'ok', f: 'write', key: 1, value: 2 },
    ]);
  });

  test('may lack the header, and may end in a torn line: both are noted', () => {
    const { history, notes } = parseHistory(`${invoke(0)}\n{"process":0,"ty`, 'h.jsonl');
    expect(history.events).toHaveLength(1);
    expect(notes).toEqual([
      'h.jsonl: line 2 is torn (the recorder was stopped while writing it) and was left out',
      'h.jsonl: no header line; model and initial value come from the flags',
    ]);
  });

  test('may lack the last line break', () => {
    expect(parseHistory(`${HEADER}\n${invoke(0)}\n${ok(0)}`).history.events).toHaveLength(2);
  });

  test('keeps nemesis events and final samples apart', () => {
    const { history } = parseHistory(
      text(
        HEADER,
        '{"index":4,"process":"nemesis","type":"info","f":"start pause","value":{"id":2,"nodes":["n1"],"links":[]},"time":5}',
        '{"index":5,"process":"nemesis","type":"info","f":"odd","value":null,"time":5}',
        '{"index":9,"process":"final","type":"ok","key":1,"node":"n2","value":3,"ts":"1.2","time":9}',
      ),
    );
    expect(history.events).toEqual([]);
    expect(history.nemesis[1]?.value).toEqual({ id: 0, nodes: [], links: [] });
    expect(history.final).toEqual([
      {
        index: 9,
        process: 'final',
        type: 'ok',
        f: 'peek',
        key: 1,
        node: 'n2',
        value: 3,
        ts: '1.2',
        time: 9,
      },
    ]);
  });

  test('is the same in whatever blocks it comes', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'hermes-read-'));
    try {
      const path = join(dir, 'history.jsonl');
      const lines = [HEADER];
      for (let i = 0; i < 20_000; i++) lines.push(invoke(i % 9, `,"note":"käse ${i}"`), ok(i % 9));
      await writeFile(path, text(...lines));
      const read = await readHistory(path);
      expect(read).toEqual(parseHistory(text(...lines)));
      expect(read.history.events).toHaveLength(40_000);
      await expect(readHistory(join(dir, 'none'))).rejects.toThrow('there is no file');
      await expect(readHistory(dir)).rejects.toThrow('is a folder');
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});

describe('what is wrong is said with file and line', () => {
  test.each([
    [[HEADER, ok(3)], 'history.jsonl, line 2: an "ok" for process 3, which has no operation open.'],
    [
      [invoke(1), invoke(1)],
      'line 2: an "invoke" for process 1, whose "write" of line 1 is still open.',
    ],
    [[HEADER, 'nonsense', ok(1)], 'line 2: this is no JSON object'],
    [[HEADER, '[1]', ok(1)], 'line 2: this is no JSON object'],
    [[invoke(1, ',"time":9'), ok(1, ',"time":8')], 'line 2: the time goes back from 9 to 8'],
    [[invoke(1, ',"time":"9"')], 'line 1: "time" is "9"; expected nanoseconds'],
    [[invoke(1, ',"index":1.5')], '"index" is 1.5'],
    [[invoke(1, ',"index":7'), ok(1, ',"index":7')], 'line 2: "index" is 7 after 7'],
    [
      ['{"process":1,"type":"done","f":"read"}'],
      '"type" is "done"; expected "invoke", "ok", "fail" or "info".',
    ],
    [['{"process":-1,"type":"invoke","f":"read"}'], '"process" is -1'],
    [['{"type":"invoke","f":"read"}'], '"process" is missing'],
    [['{"process":1,"type":"invoke"}'], '"f" is missing'],
    [['{"process":1,"type":"invoke","f":"read","key":{}}'], '"key" is {}'],
    [['{"process":1,"type":"invoke","f":"write","value":true}'], '"value" is true; expected null'],
    [['{"process":1,"type":"invoke","f":"write","value":9007199254740994}'], 'a number up to 2^53'],
    [[invoke(1), ok(1, ',"f":"read"')], '"f" is "read", but process 1 invoked "write"'],
    [[invoke(1), ok(1, ',"key":4')], '"key" is 4, but process 1 invoked 1'],
    [
      [invoke(1, ',"value":3'), ok(1, ',"value":4')],
      'line 2: an "ok" of "write" with 4, but process 1 asked for 3 on line 1; what is written is the same in both.',
    ],
    [['{"hermes":2}'], 'format version 2; this program reads version 1'],
    [['{"hermes":1,"initial":false}'], '"initial" is false'],
    [[HEADER, HEADER], 'line 2: a header stands on the first line only'],
    [['{"process":"final","type":"ok","value":3}'], 'a final sample without "key" or "node"'],
    [['{"process":"final","type":"info","key":1,"node":"n1"}'], 'expected "ok" or "fail"'],
    [['{"process":"nemesis","type":"info"}'], 'expected what the nemesis did'],
  ])('%j', (lines, message) => {
    expect(() => parseHistory(text(...lines))).toThrow(UserError);
    expect(() => parseHistory(text(...lines))).toThrow(message);
  });
});

test('on garbage: a history or a UserError, nothing else', () => {
  const field = fc.oneof(
    fc.constantFrom('invoke', 'ok', 'fail', 'info', 'nemesis', 'final', 1, 2, null),
    fc.jsonValue(),
  );
  const line = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record(
        {
          process: field,
          type: field,
          f: field,
          key: field,
          value: field,
          time: field,
          index: field,
        },
        { requiredKeys: [] },
      )
      .map((o) => JSON.stringify(o)),
    fc.constantFrom(
      invoke(1),
      ok(1),
      HEADER,
      '',
      `{"value":${'['.repeat(5000)}`,
      `{"process":1,"type":"invoke","f":"w","value":${'['.repeat(3000)}${']'.repeat(3000)}}`,
    ),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
      try {
        expect(Array.isArray(parseHistory(lines.join('\n')).history.events)).toBe(true);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    }),
    { numRuns: 2000 },
  );
});
