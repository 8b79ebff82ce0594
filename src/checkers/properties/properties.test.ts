import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../base/operation.ts';
import type { History, HistoryEvent } from '../../history/event.ts';
import { contradicts } from '../../history/written.ts';
import { checkHistory } from '../check.ts';
import { historyOf } from '../history.case.ts';
import { callsOf, judgeProperty } from './judge-property.ts';
import { PROPERTIES, propertyNamed } from './properties.ts';
import type { Property } from './property.ts';

const property = (name: string): Property => propertyNamed(name) as Property;
const check = (name: string, text: string, header = {}) =>
  judgeProperty(historyOf(text, header), property(name));
const figures = (name: string, text: string) => check(name, text).properties?.[0]?.figures;

/** Types of the anomalies with the events that show them. */
function found(name: string, text: string, header = {}): [string, readonly number[]][] {
  const verdict = check(name, text, header);
  return verdict.valid === false ? verdict.anomalies.map((a) => [a.type, a.operations]) : [];
}

const SET = `
  0 invoke append 1
  0 ok append 1
  0 invoke append 2
  0 info append 2
  1 invoke append 3
  1 fail append 3`;

describe('set', () => {
  test('what was acknowledged is there at the end; an unknown addition may be there', () => {
    const verdict = check('set', `${SET}\n2 invoke read\n2 ok read [1,2]`);
    expect(verdict).toMatchObject({ valid: true, power: { planted: 2, found: 2 } });
    expect(verdict.properties).toMatchObject([
      { name: 'set', figures: { elements: 2, acknowledged: 1, lost: 0, recovered: 1 } },
    ]);
  });

  test('lost, refused, and twice', () => {
    expect(found('set', `${SET}\n2 invoke read\n2 ok read [3,2,2]`)).toEqual([
      ['lost', [0, 6]],
      ['unexpected', [6]],
      ['duplicate', [2, 6]],
    ]);
  });

  test('a read that began before the acknowledgement says nothing of it', () => {
    const early = '2 invoke read\n0 invoke add 1\n0 ok add 1\n2 ok read []';
    expect(found('set', early)).toEqual([]);
    expect(check('set', '0 invoke add 1\n0 ok add 1')).toMatchObject({
      valid: 'unknown',
      reason: 'nothing-to-check',
    });
  });

  test('where elements are removed it says nothing', () => {
    expect(check('set', '0 invoke remove 1\n0 ok remove 1')).toMatchObject({
      valid: 'unknown',
      reason: 'not-applicable',
    });
  });
});

const FOLLOWED = `
  0 invoke add 1
  0 ok add 1
  1 invoke read
  1 ok read []
  1 invoke read
  1 ok read`;

describe('set-full', () => {
  test('an element that comes late is stale, with the time; only the strict form objects', () => {
    const text = `${FOLLOWED} [1]`;
    expect(check('set-full', text).valid).toBe(true);
    expect(figures('set-full', text)).toMatchObject({ stale: 1, lost: 0, stableMsMax: 0.001 });
    expect(found('set-full-linearizable', text)).toEqual([['stale', [0, 2]]]);
  });

  test('one that never comes back is lost, whoever knew it', () => {
    expect(found('set-full', `${FOLLOWED} []`)).toEqual([['lost', [0, 4]]]);
    const seen = '0 invoke add 1\n1 invoke read\n1 ok read [1]\n1 invoke read\n1 ok read []';
    expect(found('set-full', seen)).toEqual([['lost', [1, 3]]]);
  });

  test('never read', () => {
    expect(check('set-full', '0 invoke add 1\n0 ok add 1').valid).toBe('unknown');
    expect(figures('set-full', `${FOLLOWED} [1]\n0 invoke add 2\n0 ok add 2`)).toMatchObject({
      neverRead: 1,
    });
  });
});

describe('counter', () => {
  const UP_DOWN = `
    0 invoke add 5
    1 invoke add -3
    1 ok add -3`;
  test('bounds, with decrements and answers', () => {
    for (const value of [-3, 2])
      expect(check('counter', `${UP_DOWN}\n2 invoke read\n2 ok read ${value}`).valid).toBe(true);
    for (const value of [-4, 3, '"x"'])
      expect(found('counter', `${UP_DOWN}\n2 invoke read\n2 ok read ${value}`)).toEqual([
        ['out-of-bounds', [3]],
      ]);
    expect(found('counter', '0 invoke add 2\n0 ok add 2 result=1')).toEqual([
      ['out-of-bounds', [0]],
    ]);
    expect(check('counter', '0 invoke add 2\n0 ok add 2 result=9', { initial: 7 }).valid).toBe(
      true,
    );
  });

  test('a refused addition counts on neither side', () => {
    const text = '0 invoke add 2\n0 fail add 2\n1 invoke read\n1 ok read 2';
    expect(found('counter', text)).toEqual([['out-of-bounds', [2]]]);
  });
});

describe('total-queue', () => {
  const IN = '0 invoke enqueue 1\n0 ok enqueue 1\n0 invoke enqueue 2\n0 ok enqueue 2';
  test('lost only once the queue was found empty, and not where a dequeue may have taken it', () => {
    const one = `${IN}\n1 invoke dequeue\n1 ok dequeue 1`;
    expect(check('total-queue', one).valid).toBe(true);
    const empty = '1 invoke dequeue\n1 ok dequeue null';
    expect(found('total-queue', `${one}\n${empty}`)).toEqual([['lost', [2, 6]]]);
    const maybe = '2 invoke dequeue\n2 info dequeue';
    expect(figures('total-queue', `${one}\n${maybe}\n${empty}`)).toMatchObject({ maybeTaken: 1 });
    expect(found('total-queue', `${IN}\n1 invoke drain\n1 ok drain [2]`)).toEqual([
      ['lost', [0, 4]],
    ]);
  });

  test('from nowhere, twice, too early', () => {
    expect(found('total-queue', '1 invoke dequeue\n1 ok dequeue 7')).toEqual([['unexpected', [0]]]);
    const twice = `${IN}\n1 invoke dequeue\n1 ok dequeue 1\n1 invoke dequeue\n1 ok dequeue 1`;
    expect(found('total-queue', twice)).toEqual([['duplicate', [0, 4, 6]]]);
    expect(found('total-queue', `1 invoke dequeue\n1 ok dequeue 1\n${IN}`)).toEqual([
      ['duplicate', [2, 0]],
    ]);
  });
});

test('unique-ids: answers of generate and of add', () => {
  const ids = (a: string, b: string) => `0 invoke ${a}\n0 ok ${a}\n1 invoke ${b}\n1 ok ${b}`;
  expect(check('unique-ids', ids('generate 4', 'generate 5')).valid).toBe(true);
  expect(found('unique-ids', ids('generate 4', 'generate 4'))).toEqual([['duplicate-id', [0, 2]]]);
  const adds = (a: number, b: number) =>
    `0 invoke add 1\n0 ok add 1 result=${a}\n1 invoke add 1\n1 ok add 1 result=${b}`;
  expect(found('unique-ids', adds(1, 1))).toEqual([['duplicate-id', [0, 2]]]);
  expect(check('unique-ids', adds(1, 2))).toMatchObject({ valid: true, power: { found: 1 } });
  expect(check('unique-ids', '0 invoke generate\n0 ok generate 4').valid).toBe('unknown');
  expect(check('unique-ids', '0 invoke add -1\n0 ok add -1 result=4').valid).toBe('unknown');
});

describe('bank', () => {
  const moved = (read: string, again: string) => `
    0 invoke read
    0 ok read ${read}
    1 invoke transfer [0,1,5]
    1 ok transfer [0,1,5]
    0 invoke read
    0 ok read ${again}`;
  test('the total stays, nobody is below zero, nobody is missing', () => {
    expect(check('bank', moved('[10,0]', '[5,5]'))).toMatchObject({
      valid: true,
      power: { found: 1 },
    });
    expect(found('bank', moved('[[0,10],[1,0]]', '[[0,5],[1,6]]'))).toEqual([
      ['wrong-total', [0, 4]],
    ]);
    expect(found('bank', moved('[10,0]', '[15,-5]'))).toEqual([['negative-balance', [4]]]);
    expect(found('bank', moved('[10,0]', '[10]'))).toEqual([['wrong-accounts', [0, 4]]]);
    expect(found('bank', moved('[10,0]', '[5,5]'), { total: 11 }).map(([type]) => type)).toEqual([
      'wrong-total',
      'wrong-total',
    ]);
    expect(check('bank', moved('[10,0]', '[15,-5]'), { negativeBalances: true }).valid).toBe(true);
  });

  test('without transfers, or with other answers, it says nothing', () => {
    expect(check('bank', '0 invoke read\n0 ok read [10,0]').valid).toBe('unknown');
    expect(check('bank', '0 invoke read\n0 ok read "rich"').valid).toBe('unknown');
  });
});

describe('long-fork', () => {
  const written = `
    0 invoke txn [["w",1,1]]
    0 ok txn [["w",1,1]]
    1 invoke txn [["w",2,1]]
    1 ok txn [["w",2,1]]`;
  const read = (a: string, b: string) => `
    2 invoke txn [["r",1,null],["r",2,null]]
    2 ok txn [["r",1,${a}],["r",2,${b}]]`;
  test('two reads that see opposite orders', () => {
    expect(found('long-fork', written + read('1', 'null') + read('null', '1'))).toEqual([
      ['long-fork', [4, 6]],
    ]);
    expect(check('long-fork', written + read('1', 'null') + read('1', '1'))).toMatchObject({
      valid: true,
      power: { planted: 1, found: 1 },
    });
    expect(found('long-fork', written + read('1', '7'))).toEqual([['unexpected', [4]]]);
  });

  test('one read has nothing to compare with; a key that is written twice is refused', () => {
    expect(check('long-fork', written + read('1', '1')).valid).toBe('unknown');
    expect(check('long-fork', written + written)).toMatchObject({ reason: 'not-applicable' });
  });
});

test('session guarantees: an answer that is no list, of a list to which just that was appended', () => {
  const text = '0 invoke append 5\n1 invoke read\n1 ok read 5';
  expect(found('session-guarantees', text)).toEqual([['unexpected', [1]]]);
});

test('causal: a list that shows an element must show what that one’s session knew of it', () => {
  const through = `
    0 invoke append key=1 1
    0 ok append key=1 1
    1 invoke read key=1
    1 ok read key=1 [1]
    1 invoke append key=2 9
    1 ok append key=2 9
    2 invoke read key=2
    2 ok read key=2 [9]
    2 invoke append key=1 2
    2 ok append key=1 2
    3 invoke read key=1
    3 ok read key=1`;
  expect(check('causal', `${through} [1,2]`).valid).toBe(true);
  expect(found('causal', `${through} [2]`)).toEqual([['causal', [0, 2, 4, 6, 8, 10]]]);
  expect(check('pram', `${through} [2]`).valid).toBe(true);
});

test('stats: a kind that never succeeded leaves all unknown', () => {
  const good = '0 invoke read\n0 ok read 1';
  expect(check('stats', good).valid).toBe(true);
  expect(check('stats', `${good}\n0 invoke cas [1,2]\n0 fail cas [1,2]`)).toMatchObject({
    valid: 'unknown',
    why: 'stats: not one of 1 cas operations succeeded (1 failed, 0 unknown): nothing is known of them.',
  });
  expect(check('stats', '').valid).toBe('unknown');
});

test('availability: the part that succeeded, the longest gap, latencies', () => {
  const text = '0 invoke read\n0 ok read 1\n0 invoke read\n0 info read\n1 invoke read\n1 ok read 1';
  expect(figures('availability', text)).toEqual({
    okPercent: 66.66,
    longestGapMs: 0.004,
    p50Ms: 0.001,
    p99Ms: 0.001,
    maxMs: 0.001,
    'read p99Ms': 0.001,
  });
  expect(check('availability', '0 invoke read\n0 info read').valid).toBe('unknown');
});

describe('beside the usual checks', () => {
  const text = `${FOLLOWED} [1]`.replaceAll('add', 'append');
  test('what the header asks for is judged, and only that', () => {
    const both = checkHistory(historyOf(text, { checks: ['linearizable', 'set-full', 'stats'] }));
    expect(both).toMatchObject({
      valid: false,
      properties: [{ name: 'set-full' }, { name: 'stats' }],
    });
    const alone = checkHistory(historyOf(text, { checks: ['set-full'] }));
    expect(alone).toMatchObject({ valid: true, onlyProperties: true, checker: 'set-full 1 key' });
    expect(checkHistory(historyOf(text, { checks: ['linearizable'] })).properties).toBeUndefined();
    expect(checkHistory(historyOf(text), { checkers: ['set', 'stats'] }).properties).toHaveLength(
      2,
    );
  });

  test('a check that there is not is unknown, never passed over', () => {
    expect(checkHistory(historyOf(text, { checks: ['magic'] }))).toMatchObject({
      valid: 'unknown',
      why: 'There is no checker "magic".',
    });
  });

  test('one that says nothing leaves all unknown', () => {
    const verdict = checkHistory(historyOf(text), { checkers: ['set', 'total-queue'] });
    expect(verdict).toMatchObject({ valid: 'unknown', reason: 'not-applicable' });
  });
});

test('evidence that does not hold is no verdict', () => {
  const liar: Property = {
    ...property('set'),
    judge: (calls) => ({
      observed: 1,
      keys: 1,
      figures: {},
      anomalies: [{ type: 'lost', why: '', operations: calls.all.map((c) => c.invoke.index) }],
    }),
  };
  const text = '0 invoke add 1\n0 ok add 1\n1 invoke read\n1 ok read [1]';
  expect(judgeProperty(historyOf(text), liar)).toMatchObject({
    valid: 'unknown',
    reason: 'crashed-check',
    why: 'set: the evidence does not hold: lost: the element is there. This is a bug in the checker.',
  });
  const blind: Property = {
    ...property('set'),
    judge: () => ({ observed: 1, keys: 1, figures: {}, anomalies: [] }),
  };
  expect(judgeProperty(historyOf(text), blind)).toMatchObject({ reason: 'crashed-check' });
});

const value = fc.oneof(
  fc.constantFrom(null, 0, 1, 2, -0, -1, Number.NaN, 2 ** 53, 'a', '', [1], [1, 2], [[], null]),
  fc.constantFrom(
    [['w', 1, 1]],
    [
      ['r', 1, 1],
      ['r', 2, null],
    ],
    [
      ['r', 1, null],
      ['r', 2, 1],
    ],
    [
      [0, 5],
      [1, -5],
    ],
  ),
  fc.jsonValue({ maxDepth: 3 }),
);
const FS = [
  'read',
  'write',
  'cas',
  'add',
  'getset',
  'append',
  'delete',
  'txn',
  'enqueue',
  'dequeue',
  'drain',
  'generate',
  'transfer',
  'x',
];

interface Asked {
  readonly f: string;
  readonly key: number | string | undefined;
  readonly value: Value;
}

/** Calls of a few processes that keep the form of a history; what they say is garbage. */
const garbage = fc
  .array(
    fc.record({
      process: fc.nat(2),
      type: fc.constantFrom('ok', 'ok', 'ok', 'fail', 'info'),
      f: fc.constantFrom(...FS),
      key: fc.option(fc.constantFrom(1, '1', 'a'), { nil: undefined }),
      value,
      answer: value,
      result: fc.option(value, { nil: undefined }),
      observed: fc.option(value, { nil: undefined }),
    }),
    { maxLength: 14 },
  )
  .map((steps): History => {
    const events: unknown[] = [];
    const open = new Map<number, Asked>();
    for (const { process, type, f, key, value: asked, answer, result, observed } of steps) {
      const common = { index: events.length, time: events.length, process };
      const own = open.get(process);
      if (own === undefined) {
        open.set(process, { f, key, value: asked as Value });
        events.push({ ...common, type: 'invoke', f, key, value: asked });
      } else {
        open.delete(process);
        const { f: did, value: wanted } = own;
        const told = type === 'ok' && contradicts(did, wanted, answer as Value) ? wanted : answer;
        events.push({ ...own, ...common, type, value: told, result, observed });
      }
    }
    return { header: { hermes: 1 }, events: events as HistoryEvent[], nemesis: [] };
  });

describe.each(PROPERTIES.map((p) => [p.name, p] as const))('%s', (_, p) => {
  test('on garbage: a verdict with evidence that holds, and never valid where nothing was seen', () => {
    fc.assert(
      fc.property(garbage, (history) => {
        const verdict = judgeProperty(history, p);
        if (verdict.valid === 'unknown') expect(verdict.reason).not.toBe('crashed-check');
        if (verdict.valid === true) expect(p.judge(callsOf(history)).observed).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });

  test('an empty history is unknown', () => {
    expect(judgeProperty(historyOf(''), p).valid).toBe('unknown');
  });
});
