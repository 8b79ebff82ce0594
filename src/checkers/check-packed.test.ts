/** The fast way says what the ordinary one says, on random histories and on files that are not what they should be. */
import { describe, expect, test } from 'vitest';
import { random } from '../base/random.ts';
import type { HistoryEvent } from '../history/event.ts';
import { packText } from '../history/packed/pack-text.ts';
import { parseHistory } from '../history/read.ts';
import { callsByKey } from './calls.ts';
import { checkHistory } from './check.ts';
import { checkPacked } from './check-packed.ts';
import { type Columns, isUnfit, registerColumns } from './columns.ts';
import { packedColumns } from './packed-columns.ts';
import { randomEvents, registerFamily } from './random-history.case.ts';
import { understood } from './reading.ts';

const FAMILIES = [registerFamily(0), registerFamily(3), registerFamily(2, 7)];

/** Three keys, one after the other in time, as JSON lines. */
function textOf(seed: string, initial: unknown, family = registerFamily(0)): string {
  const r = random(seed);
  const events: HistoryEvent[] = [];
  for (const [i, key] of [5, 'x', 70_000].entries())
    for (const event of randomEvents(r, family)) {
      const process = (event.process as number) + 100 * i;
      events.push({ ...event, key, process, index: events.length, time: events.length });
    }
  const header = { hermes: 1, initial };
  return [header, ...events].map((line) => `${JSON.stringify(line)}\n`).join('');
}

function plain(columns: Columns): unknown {
  const { n, f, a, b, call, ret, values } = columns;
  const named = (ids: Int32Array, is: (i: number) => boolean): unknown[] =>
    Array.from(ids, (id, i) => (is(i) ? values[id] : 0));
  return {
    n,
    f: [...f],
    a: named(a, () => true),
    b: named(b, (i) => f[i] === 2),
    call: [...call],
    ret: [...ret],
  };
}

describe.each([{}, { nilRead: 'any', failedCas: 'observed' } as const])('reading %j', (reading) => {
  test.each(FAMILIES)('columns and verdicts of a $name', (family) => {
    const seen = { columns: 0, valid: 0, passed: 0 };
    for (let i = 0; i < 1200; i++) {
      const text = textOf(`packed/${family.name}/${i}`, family.initial, family);
      const { history } = parseHistory(text);
      const packed = packText(text);
      if (packed === undefined) throw new Error(`seed ${i} is not packed`);
      const keys = packedColumns(packed, family.initial, reading);
      const calls = callsByKey(history.events).map((k) => understood(k.calls, reading).calls);
      const columns = calls.map((each) => registerColumns(each, family.initial));
      expect(keys === undefined).toBe(columns.some(isUnfit));
      if (keys === undefined) continue;
      seen.columns++;
      expect(keys.map((k) => plain(k.columns))).toEqual(columns.map((c) => plain(c as Columns)));
      const fast = checkPacked(packed, reading);
      const slow = checkHistory(history, reading);
      if (slow.valid === true) seen.valid++;
      if (fast === undefined) continue;
      expect({ valid: fast.valid, keys: fast.keys, operations: fast.operations }).toEqual({
        valid: slow.valid,
        keys: slow.keys,
        operations: slow.operations,
      });
      if (fast.valid === true) seen.passed++;
    }
    expect(seen.columns).toBeGreaterThan(300);
    expect(seen.passed).toBe(seen.valid);
    expect(seen.passed).toBeGreaterThan(5);
  });
});

test('a search that gives up is unknown in the same words', () => {
  const seen = { unknown: 0, invalid: 0 };
  for (let i = 0; i < 600; i++) {
    const family = registerFamily(3);
    const text = textOf(`gives up/${i}`, null, family);
    const packed = packText(text);
    const request = { algorithm: 'frontier', limits: { steps: 2 + (i % 9) } } as const;
    const fast = packed && checkPacked(packed, request);
    if (fast === undefined) continue;
    const slow = checkHistory(parseHistory(text).history, request);
    expect(fast.valid).toBe(slow.valid);
    if (fast.valid === false) seen.invalid++;
    if (fast.valid !== 'unknown') continue;
    seen.unknown++;
    expect(fast).toEqual(slow);
  }
  expect(seen.unknown).toBeGreaterThan(5);
  expect(seen.invalid).toBeGreaterThan(0);
});

const HEADER = '{"hermes":1,"initial":0}\n';
const READ = '{"process":0,"type":"invoke","f":"read","key":1,"value":null}\n';
const OKED = '{"process":0,"type":"ok","f":"read","key":1,"value":3}\n';

test.each([
  ['a header that is not first', READ + HEADER],
  ['no JSON', `${READ}{"process":0,\n`],
  ['a list', `${READ}[]\n`],
  ['an index that goes back', READ.replace('{', '{"index":4,') + OKED.replace('{', '{"index":4,')],
  ['a time that goes back', READ.replace('{', '{"time":4,') + OKED.replace('{', '{"time":3,')],
  ['two open at once', READ + READ],
  ['none open', OKED],
  ['another f', READ + OKED.replace('read', 'write')],
  ['another key', READ + OKED.replace('"key":1', '"key":2')],
  ['a value that is none', READ + OKED.replace('3', '{"a":1}')],
  ['an unknown type', READ.replace('invoke', 'maybe')],
  ['a nemesis without nodes', '{"process":"nemesis","type":"info","f":"x","value":null}\n'],
])('%s is left to the ordinary reader', (_, text) => {
  expect(packText(text)).toBeUndefined();
});

test.each([
  ['blanks', '{ "process": 0, "type": "invoke", "f": "write", "value": 1.5 }\n'],
  ['escapes', '{"process":0,"type":"invoke","f":"write","value":"a\\"b"}\n'],
  [
    'large, negative and nested values',
    '{"process":0,"type":"invoke","f":"write","value":[[-9007199254740992,"é"],null]}\n',
  ],
  [
    'unknown fields and no line break',
    '{"process":0,"type":"invoke","f":"write","colour":{"a":1},"value":-7}',
  ],
])('%s are read', (_, line) => {
  const text = HEADER + line;
  const packed = packText(text);
  const [event] = parseHistory(text).history.events;
  const [key] = (packed && packedColumns(packed, 0, {})) ?? [];
  expect(key?.columns.values.at(-1)).toEqual(event?.value);
});

test('what replicas hold at the end is judged too; what it cannot judge alone is left', () => {
  const sample = (node: string, value: number) =>
    `{"process":"final","type":"ok","key":1,"node":"${node}","value":${value}}\n`;
  const write = '{"process":1,"type":"invoke","f":"write","key":1,"value":3}\n';
  const good = packText(HEADER + write + READ + OKED + sample('n1', 3) + sample('n2', 3));
  expect(good && checkPacked(good, {})).toMatchObject({
    valid: true,
    checker: 'zones 1 key; divergent 1 key',
  });
  const split = packText(HEADER + write + READ + OKED + sample('n1', 3) + sample('n2', 0));
  expect(split && checkPacked(split, {})).toBeUndefined();
  expect(good && checkPacked(good, { algorithm: 'frontier', verdictOnly: true })).toMatchObject({
    valid: true,
    checker: expect.stringContaining('frontier 1 key'),
  });
  for (const request of [{ algorithm: 'wgl' }, { verify: true }, { model: 'counter' }] as const)
    expect(good && checkPacked(good, request)).toBeUndefined();
});
