import { describe, expect, test } from 'vitest';
import { checkLinearizable } from './check-linearizable.ts';
import type { Checker, Model } from './checker.ts';
import { historyOf } from './history.case.ts';
import { judgeByOwn } from './own-code.ts';

const history = historyOf('0 invoke write 1\n0 ok write 1\n1 invoke read\n1 ok read 1');

describe('a checker of the user’s', () => {
  const judge = (check: () => unknown) =>
    judgeByOwn({ name: 'mine', check } as unknown as Checker, history);

  test('says one of three things; what it leaves out is filled in', () => {
    expect(judge(() => ({ valid: true }))).toMatchObject({
      valid: true,
      checker: 'mine',
      operations: 2,
      keys: 1,
      onlyProperties: true,
      properties: [{ name: 'mine', valid: true }],
    });
    const anomaly = { type: 'odd', why: 'it is', operations: [2], key: 1, detail: { a: 1 } };
    expect(judge(() => ({ valid: false, anomalies: [anomaly] }))).toMatchObject({
      valid: false,
      anomalies: [anomaly],
    });
    expect(judge(() => ({ valid: 'unknown', why: 'too short.' }))).toMatchObject({
      reason: 'not-applicable',
      why: 'mine: too short.',
    });
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('oh');
      },
      'failed: oh',
    ],
    ['is async', async () => ({ valid: true }), 'must not be async'],
    [
      'rejects',
      async () => {
        throw new Error('oh');
      },
      'must not be async',
    ],
    ['answers with nothing', () => undefined, 'answered with undefined'],
    ['answers with a word', () => 'valid', 'answered with valid'],
    ['answers with yes', () => ({ valid: 'yes' }), 'valid: "yes"'],
    ['answers with 1', () => ({ valid: 1 }), 'valid: 1'],
    ['forgets the answer', () => ({ anomalies: [] }), 'valid: undefined'],
  ])('that %s decides nothing', (_, check, why) => {
    const verdict = judge(check);
    expect(verdict).toMatchObject({ valid: 'unknown', reason: 'crashed-check' });
    expect(verdict.valid === 'unknown' && verdict.why).toContain(why);
  });

  test('that says invalid is believed, however badly it says why', () => {
    const anomaly = { type: 'mine', why: 'The checker mine gives no reason.', operations: [] };
    for (const anomalies of [undefined, [], 'all', [null]])
      expect(judge(() => ({ valid: false, anomalies }))).toMatchObject({
        valid: false,
        anomalies: [anomaly],
      });
    expect(judge(() => ({ valid: false, anomalies: [{ operations: ['x', 2] }] }))).toMatchObject({
      anomalies: [{ operations: [2] }],
    });
  });
});

describe('a model of the user’s', () => {
  const model: Model<number | null> = {
    name: 'mine',
    init: null,
    step: (s, { f, value }, result) =>
      f === 'write'
        ? (value as number)
        : result.type === 'ok' && result.value !== s
          ? undefined
          : s,
    key: String,
  };
  const judge = (more: object) => checkLinearizable(history, { ...model, ...more } as Model);

  test('judges; one with methods of a class too', () => {
    expect(judge({}).valid).toBe(true);
    class Register implements Model<number | null> {
      readonly name = 'class';
      readonly init = null;
      readonly empty = 'none';
      step(...asked: Parameters<typeof model.step>) {
        return model.step(...asked);
      }
      key(s: number | null) {
        return s ?? this.empty;
      }
    }
    expect(checkLinearizable(history, new Register()).valid).toBe(true);
  });

  test.each([
    [
      'throws',
      {
        step: () => {
          throw new Error('oh');
        },
      },
      'oh',
    ],
    ['has no step()', { step: undefined }, 'no function step()'],
    ['has no key()', { key: undefined }, 'no function key()'],
    ['is async', { step: async () => 1 }, 'must not be async'],
    [
      'tells no states apart',
      { key: () => undefined },
      'key() of the model mine answered with undefined',
    ],
    ['has objects as keys', { key: () => ({}) }, 'by a string or a number'],
    ['has no number as a key', { key: () => Number.NaN }, 'answered with NaN'],
  ])('that %s decides nothing', (_, more, why) => {
    const verdict = judge(more);
    expect(verdict).toMatchObject({ valid: 'unknown', reason: 'crashed-check' });
    expect(verdict.valid === 'unknown' && verdict.why).toContain(why);
  });
});
