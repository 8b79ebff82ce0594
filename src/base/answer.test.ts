import { expect, test } from 'vitest';
import { outcomeOfAnswer, outcomeOfThrown } from './answer.ts';
import { Definite, type Op } from './operation.ts';

const op = (f: string, value: Op['value'] = null): Op => ({ f, key: 1, value });

test('a bare value is the value of a read and the result of what answers with one', () => {
  expect(outcomeOfAnswer(op('read'), 5)).toEqual({ type: 'ok', value: 5 });
  expect(outcomeOfAnswer(op('read'), undefined)).toEqual({ type: 'ok', value: null });
  expect(outcomeOfAnswer(op('add', 1), 8)).toEqual({ type: 'ok', value: 1, result: 8 });
  expect(outcomeOfAnswer(op('getset', 4), null)).toEqual({ type: 'ok', value: 4, result: null });
});

test('what a write answers is not its result', () => {
  expect(outcomeOfAnswer(op('write', 3), 'OK')).toEqual({ type: 'ok', value: 3 });
  expect(outcomeOfAnswer(op('cas', [1, 2]), 2)).toEqual({ type: 'ok', value: [1, 2] });
  expect(outcomeOfAnswer(op('append', 'x'), undefined)).toEqual({ type: 'ok', value: 'x' });
});

test('an outcome is taken as it stands, bytes are a value', () => {
  const fail = { type: 'fail', error: 'no' } as const;
  expect(outcomeOfAnswer(op('write', 1), fail)).toBe(fail);
  expect(outcomeOfAnswer(op('read'), { b64: 'AA==' })).toEqual({
    type: 'ok',
    value: { b64: 'AA==' },
  });
});

test('only Definite says that nothing happened; a read never does anything', () => {
  expect(outcomeOfThrown(op('cas', [1, 2]), new Definite('mismatch', null))).toEqual({
    type: 'fail',
    error: 'mismatch',
    observed: null,
  });
  expect(outcomeOfThrown(op('write', 1), new Definite('refused'))).toEqual({
    type: 'fail',
    error: 'refused',
  });
  expect(outcomeOfThrown(op('write', 1), new Error('reset'))).toEqual({
    type: 'info',
    error: 'reset',
  });
  expect(outcomeOfThrown(op('read'), 'odd')).toEqual({ type: 'fail', error: 'odd' });
});

test('a Definite of another copy of the module is one', () => {
  const other = Object.assign(new Error('refused'), { name: 'Definite', observed: 3 });
  expect(outcomeOfThrown(op('write', 1), other)).toEqual({
    type: 'fail',
    error: 'refused',
    observed: 3,
  });
  expect(new Error('refused') instanceof Definite).toBe(false);
});
