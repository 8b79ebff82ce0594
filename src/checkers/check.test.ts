import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FinalSample, History } from '../history/event.ts';
import { checkHistory, joinVerdicts } from './check.ts';
import type { Model } from './checker.ts';
import { historyOf } from './history.case.ts';
import type { CheckProgress } from './linearizable.ts';
import { worst } from './verdict.ts';

const GOOD = `
  0 invoke write 4
  0 ok write 4
  1 invoke read
  1 ok read 4`;
const STALE = `${GOOD}
  0 invoke write 9
  0 ok write 9
  1 invoke read
  1 ok read 4`;
const ADDS = `
  2 invoke add key=2 1
  2 ok add key=2 1 result=1`;
const REPEATED = `
  3 invoke write key=3 1
  3 ok write key=3 1
  3 invoke write key=3 1
  3 ok write key=3 1
  3 invoke read key=3
  3 ok read key=3 1`;

describe('a verdict on a whole history', () => {
  test('each key by what suits it; the linearization and the power of the check are kept', () => {
    const verdict = checkHistory(historyOf(`${GOOD}${ADDS}${REPEATED}`));
    expect(verdict).toMatchObject({
      valid: true,
      checker: 'zones 1 key; chain 1 key; frontier 1 key, widest 1',
      operations: 6,
      keys: 3,
      power: { planted: 4, found: 4 },
    });
    expect(verdict.valid === true && [...(verdict.linearization ?? [])]).toEqual([
      [1, [0, 2]],
      [2, [4]],
      [3, [6, 8, 10]],
    ]);
  });

  test('one bad key makes it invalid, named by key, operations and reason', () => {
    const verdict = checkHistory(historyOf(`${STALE}${ADDS}`));
    expect(verdict).toMatchObject({
      valid: false,
      anomalies: [{ type: 'nonlinearizable', key: 1, operations: [0, 4, 6], optional: [] }],
    });
  });

  test('an algorithm can be asked for; zones alone do not judge what they cannot', () => {
    const history = historyOf(REPEATED);
    expect(checkHistory(history, { algorithm: 'wgl' })).toMatchObject({
      valid: true,
      checker: 'wgl 1 key',
    });
    expect(checkHistory(history, { algorithm: 'zones' })).toMatchObject({
      valid: 'unknown',
      reason: 'not-applicable',
      why: 'key 3 cannot be judged by zones: a value is written twice.',
    });
    expect(checkHistory(historyOf(STALE), { algorithm: 'wgl' })).toMatchObject({
      valid: false,
      anomalies: [{ detail: { algorithm: 'wgl', confirmed: true } }],
    });
  });

  test('a limit that is reached makes it unknown, with the place and the width', () => {
    const verdict = checkHistory(historyOf(STALE), { algorithm: 'wgl', limits: { steps: 2 } });
    expect(verdict).toMatchObject({ valid: 'unknown', reason: 'budget', detail: { key: 1 } });
    const memory = checkHistory(historyOf(STALE), { algorithm: 'wgl', limits: { bytes: 10 } });
    expect(memory).toMatchObject({ valid: 'unknown', reason: 'memory' });
    expect(memory.valid === 'unknown' && memory.why).toMatch(/limit of memory/);
  });

  test('nothing observed is never valid', () => {
    const nothing = { valid: 'unknown', reason: 'nothing-to-check' };
    expect(checkHistory(historyOf(''))).toMatchObject(nothing);
    expect(checkHistory(historyOf('0 invoke write 1\n0 ok write 1'))).toMatchObject(nothing);
    expect(checkHistory(historyOf('0 invoke read\n0 info read'))).toMatchObject(nothing);
    expect(checkHistory(historyOf(''), { model: COUNTING })).toMatchObject(nothing);
    expect(checkHistory(historyOf(GOOD), { checkers: ['divergent'] })).toMatchObject(nothing);
  });

  test('reads of empty lists alone are reads of a list, not of a value nobody wrote', () => {
    const reads = `
      0 invoke read
      0 ok read []
      1 invoke read
      1 ok read []`;
    expect(checkHistory(historyOf(reads)).valid).toBe(true);
    const phantom = reads.replaceAll('[]', '["001"]');
    expect(checkHistory(historyOf(phantom)).valid).toBe(false);
  });

  test('what was observed but could not have been wrong is weak', () => {
    const one = historyOf('0 invoke cas [null,1]\n0 ok cas [null,1]');
    expect(checkHistory(one)).toMatchObject({ valid: true, weak: true });
  });

  test('the initial value comes from the request, else from the header, else it is absent', () => {
    const reads = '0 invoke read\n0 ok read 5';
    expect(checkHistory(historyOf(reads)).valid).toBe(false);
    expect(checkHistory(historyOf(reads, { initial: 5 })).valid).toBe(true);
    expect(checkHistory(historyOf(reads, { initial: 4 }), { initial: 5 }).valid).toBe(true);
  });

  test('a model that does not fit, or is not known, is unknown', () => {
    expect(checkHistory(historyOf(GOOD, { model: 'append-list' }))).toMatchObject({
      reason: 'not-applicable',
      why: 'The append-list model knows no operation "write" (event 0); it knows append, read.',
    });
    expect(checkHistory(historyOf(GOOD, { model: 'heap' }))).toMatchObject({
      reason: 'not-applicable',
      why: 'There is no model "heap".',
    });
    expect(checkHistory(historyOf('0 invoke shove 1\n0 ok shove 1'))).toMatchObject({
      reason: 'not-applicable',
    });
    expect(checkHistory(historyOf('0 invoke cas 4\n0 ok cas 4'))).toMatchObject({
      reason: 'not-applicable',
      why: 'A cas takes [old, new], event 0 has 4.',
    });
    expect(checkHistory(historyOf('0 invoke add "x"\n0 ok add "x"'))).toMatchObject({
      reason: 'not-applicable',
      why: 'An add to a register takes a number, event 0 has "x".',
    });
    expect(checkHistory(historyOf(GOOD), { checkers: ['mine'] })).toMatchObject({
      reason: 'not-applicable',
      why: 'There is no checker "mine".',
    });
  });

  test('brute force confirms small keys on request', () => {
    expect(checkHistory(historyOf(STALE), { verify: true }).valid).toBe(false);
    expect(checkHistory(historyOf(`${GOOD}${ADDS}`), { verify: true }).valid).toBe(true);
  });

  test('progress is told after each key', () => {
    const told: CheckProgress[] = [];
    checkHistory(historyOf(`${GOOD}${ADDS}`), { onProgress: (p) => told.push(p) });
    expect(told).toEqual([
      { done: 1, of: 2 },
      { done: 2, of: 2 },
    ]);
  });
});

/** Counts all operations of the history together; `f` must be `tick`. */
const COUNTING: Model<number> = {
  name: 'counting',
  init: 0,
  step: (s, op, result) => {
    if (op.f !== 'tick') throw new Error('only ticks');
    return result.type !== 'ok' || result.result === s + 1 ? s + 1 : undefined;
  },
  key: (s) => s,
};

describe("a user's model", () => {
  const ticks = (second: number) => `
    0 invoke tick key=1
    0 ok tick key=1 result=1
    0 invoke tick key=2
    0 ok tick key=2 result=${second}`;

  test('judges the history as one', () => {
    expect(checkHistory(historyOf(ticks(2)), { model: COUNTING }).valid).toBe(true);
    expect(checkHistory(historyOf(ticks(1)), { model: COUNTING })).toMatchObject({
      valid: false,
      anomalies: [{ operations: [0, 2], detail: { confirmed: true } }],
    });
  });

  test('may say which parts are independent', () => {
    const parted = { ...COUNTING, partition: (op: { key: number }) => String(op.key) };
    expect(checkHistory(historyOf(ticks(1)), { model: parted }).valid).toBe(true);
    const partly = {
      ...COUNTING,
      partition: (op: { key: number }) => (op.key === 1 ? 'a' : undefined),
    };
    expect(checkHistory(historyOf(ticks(1)), { model: partly }).valid).toBe(false);
  });

  test('that throws makes the verdict unknown, never valid', () => {
    expect(checkHistory(historyOf(GOOD), { model: COUNTING })).toMatchObject({
      valid: 'unknown',
      reason: 'crashed-check',
      why: 'The check itself failed: only ticks',
    });
  });
});

describe('a checker that is wrong says so, and nothing else', () => {
  /** Says yes as often as that, then no. */
  const fickle = (yes: number): Model<number> => {
    let left = yes;
    return {
      name: 'fickle',
      init: 0,
      step: (s) => (left-- > 0 ? s + 1 : undefined),
      key: (s) => s,
    };
  };
  const broken = { valid: 'unknown', reason: 'crashed-check' };
  const two = '0 invoke tick\n0 ok tick\n0 invoke tick\n0 ok tick';

  test('when the linearization does not hold', () => {
    const verdict = checkHistory(historyOf(two), { model: fickle(3) });
    expect(verdict).toMatchObject(broken);
    expect(verdict.valid === 'unknown' && verdict.why).toMatch(/does not hold: tick \(event 2\)/);
  });

  test('when brute force disagrees', () => {
    const verdict = checkHistory(historyOf(two), { model: fickle(4), verify: true });
    expect(verdict).toMatchObject(broken);
    expect(verdict.valid === 'unknown' && verdict.why).toMatch(
      /Brute force disagrees about the history/,
    );
    const no = checkHistory(historyOf(two), { model: fickle(0), verify: true });
    expect(no.valid).toBe(false);
    const late: Model<number> = { ...fickle(0), step: moody() };
    expect(checkHistory(historyOf(two), { model: late, verify: true })).toMatchObject(broken);
  });

  /** Says no once, then yes. */
  function moody(): (s: number) => number | undefined {
    let no = 1;
    return (s) => (no-- > 0 ? undefined : s + 1);
  }
});

describe('replicas at the end', () => {
  const sample = (node: string, more: Partial<FinalSample> = {}): FinalSample => ({
    index: 0,
    process: 'final',
    type: 'ok',
    f: 'peek',
    key: 1,
    node,
    value: 4,
    ts: '2.1',
    time: 0,
    ...more,
  });
  const check = (...final: FinalSample[]) => checkHistory(historyOf(GOOD, {}, final));

  test('that agree leave the verdict as it is', () => {
    expect(check(sample('n1'), sample('n2'))).toMatchObject({
      valid: true,
      checker: 'zones 1 key; divergent 1 key',
    });
  });

  test('that differ are an anomaly, with what each holds', () => {
    expect(check(sample('n1'), sample('n2', { value: 9, ts: '3.2', state: 'V' }))).toMatchObject({
      valid: false,
      anomalies: [
        {
          type: 'divergent',
          key: 1,
          why: 'After all faults were healed the replicas hold different values: n1 4 (2.1), n2 9 (3.2).',
          detail: {
            nodes: [
              { node: 'n1', value: 4, ts: '2.1' },
              { node: 'n2', state: 'V' },
            ],
          },
        },
      ],
    });
    expect(check(sample('n1'), sample('n2', { ts: '3.2' }))).toMatchObject({
      anomalies: [{ why: expect.stringContaining('the same value under different timestamps') }],
    });
    expect(check(sample('n1'), sample('n2', { ts: null })).valid).toBe(true);
  });

  test('that did not serve a key make it unknown, with key and node', () => {
    const silent = sample('n2', { type: 'fail', value: null, error: 'NOTSERVING' });
    expect(check(sample('n1'), silent)).toMatchObject({
      valid: 'unknown',
      reason: 'not-served',
      why: 'After all faults were healed n2 did not serve key 1: NOTSERVING',
    });
    expect(check(sample('n1'), sample('n2'), sample('n1', { key: 2 }))).toMatchObject({
      reason: 'not-served',
      detail: { key: 2, node: 'n2' },
    });
    expect(check(silent, sample('n3', { type: 'fail' }))).toMatchObject({
      why: expect.stringContaining('(and 1 more)'),
    });
  });

  test('are counted by their last sample', () => {
    expect(check(sample('n1', { value: 3 }), sample('n2'), sample('n1')).valid).toBe(true);
  });
});

test('the worst wins', () => {
  const valid = checkHistory(historyOf(GOOD));
  const invalid = checkHistory(historyOf(STALE));
  const unknown = checkHistory(historyOf(''));
  expect(worst([valid, invalid, unknown])).toBe(false);
  expect(worst([valid, unknown])).toBe('unknown');
  expect(worst([valid])).toBe(true);
  expect(worst([])).toBe('unknown');
  expect(joinVerdicts([valid, unknown])).toMatchObject({ valid: 'unknown', operations: 2 });
  expect(joinVerdicts([unknown, invalid, invalid])).toMatchObject({
    valid: false,
    anomalies: [{}, {}],
  });
  expect(joinVerdicts([]).valid).toBe('unknown');
});

test('what is no history is unknown, and says why', () => {
  expect(checkHistory(historyOf('0 ok read 3'))).toMatchObject({
    valid: 'unknown',
    reason: 'not-applicable',
    why: 'This is no history: event 0: an "ok" for process 0, which has no operation open.',
  });
  expect(checkHistory(historyOf('0 invoke read\n0 invoke read')).valid).toBe('unknown');
});

test('on garbage: a verdict, never an exception, and never valid without an operation', () => {
  const value = fc.oneof(
    fc.constantFrom(null, 0, 1, 2, -0, Number.NaN, 2 ** 53, 'a', '', [1], [1, 2], [[], null]),
    fc.jsonValue({ maxDepth: 3 }),
  );
  const event = fc.record(
    {
      process: fc.oneof(fc.nat(2), fc.constantFrom('nemesis', 'x')),
      type: fc.constantFrom('invoke', 'ok', 'fail', 'info'),
      f: fc.constantFrom('read', 'write', 'cas', 'add', 'getset', 'append', 'delete', 'txn', 'x'),
      key: fc.option(fc.constantFrom(1, 'a'), { nil: undefined }),
      value,
      result: value,
      observed: value,
    },
    { requiredKeys: ['process', 'type', 'f', 'value'] },
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 8 }), value, (events, initial) => {
      const history = {
        header: { hermes: 1, initial },
        events: events.map((e, index) => ({ ...e, index, time: index })),
        nemesis: [],
      } as unknown as History;
      const verdict = checkHistory(history);
      expect([true, false, 'unknown']).toContain(verdict.valid);
      if (verdict.valid === true) expect(verdict.operations).toBeGreaterThan(0);
    }),
    { numRuns: 5000 },
  );
});
