import { expect, test } from 'vitest';
import { judgeModels } from '../checkers/elle/models.ts';
import { modelLines } from './transaction-text.ts';

const lines = (
  anomalies: readonly string[],
  asked: readonly string[],
  refuted: readonly string[],
) =>
  modelLines({
    asked,
    refuted,
    ...judgeModels(anomalies),
    incomplete: [],
    found: Object.fromEntries(anomalies.map((name) => [name, 1])),
  });

test('of the models asked for: which are refuted, how far down, what falls with them, what is left', () => {
  const told = lines(['lost-update'], ['serializable', 'read-committed'], ['serializable']);
  const names = Object.fromEntries(told);
  expect(told.map(([label]) => label)).toEqual([
    'refuted',
    'not refuted',
    'down to',
    'with them',
    'not refuted',
  ]);
  expect(names['down to']).toBe('cursor-stability, update-atomic');
  expect(names['with them']).toContain('snapshot-isolation');
  expect(names['with them']).not.toMatch(/(^|, )serializable/);
  expect(names['not refuted']).not.toMatch(/strong-|cursor/);
});

test('what nobody looked at is not said to hold; real time is looked at where it was asked for', () => {
  const strict = Object.fromEntries(
    lines(['G-single-item-realtime'], ['strict-serializable'], ['strict-serializable']),
  );
  expect(strict['with them']).toBeUndefined();
  expect(strict['not refuted']).toContain('strong-session-serializable');
  expect(Object.fromEntries(lines([], ['serializable'], []))).toEqual({});
});
