import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Op, Result, Value } from './operation.ts';
import { commandOf, decodeValue, encodeValue, keyOf, outcomeOf, type Wire } from './translate.ts';

const plain: Wire = { keyPrefix: 'k7:', elementBytes: 0, valueBytes: 0 };
const lists: Wire = { ...plain, elementBytes: 3 };
const filled: Wire = { ...plain, valueBytes: 32 };
const b = (text: string) => Buffer.from(text);
const value = (text: string | null): Result => ({
  type: 'value',
  value: text === null ? null : b(text),
});
const op = (f: string, v: Value = null): Op => ({ f, key: 3, value: v });

describe('values on the wire', () => {
  test.each([0, 1, -1, 42, 2 ** 53, -(2 ** 53), 'a', 'käse', '', { b64: '/w==' }])('%j', (v) => {
    expect(decodeValue(encodeValue(v, 0), plain)).toEqual(v);
  });

  test('only the shortest decimal of an integer is an integer', () => {
    for (const text of ['01', '+1', '-0', '1.0', '1e3', '9007199254740993', ' 1', '--1'])
      expect(decodeValue(b(text), plain)).toBe(text);
  });

  test('filler is added up to the length asked for, checked, and cut', () => {
    const bytes = encodeValue(12345, 32);
    expect(bytes.length).toBe(32);
    expect(decodeValue(bytes, filled)).toBe(12345);
    expect(decodeValue(b('12345.xxx'), filled)).toBe('12345.xxx');
  });

  test('integers survive any length of filler', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.nat(64), (n, valueBytes) => {
        expect(decodeValue(encodeValue(n, valueBytes), { ...plain, valueBytes })).toBe(n);
      }),
    );
  });

  test('an append key reads as the list of its elements', () => {
    expect(decodeValue(b('001002'), lists)).toEqual(['001', '002']);
    expect(decodeValue(null, lists)).toEqual([]);
    expect(decodeValue(b('0010'), lists)).toBe('0010');
  });

  test('a list is no value that a replica can hold', () => {
    expect(() => encodeValue([1], 0)).toThrow(TypeError);
  });
});

describe('operations', () => {
  test('each becomes its command', () => {
    expect(keyOf(3, plain)).toBe('k7:3');
    expect(commandOf(op('read'), plain)).toEqual({ f: 'get', key: 'k7:3' });
    expect(commandOf(op('write', 5), plain)).toEqual({ f: 'set', key: 'k7:3', value: b('5') });
    expect(commandOf(op('write', null), plain)).toEqual({ f: 'delete', key: 'k7:3' });
    expect(commandOf(op('cas', [1, 2]), plain)).toEqual({
      f: 'cas',
      key: 'k7:3',
      expected: b('1'),
      value: b('2'),
    });
    expect(commandOf(op('cas', [null, 2]), plain)).toMatchObject({ expected: null });
    expect(commandOf(op('add', -4), plain)).toEqual({ f: 'add', key: 'k7:3', delta: -4n });
    expect(commandOf(op('getset', 9), plain)).toEqual({ f: 'getset', key: 'k7:3', value: b('9') });
    expect(commandOf(op('append', 'abc'), lists)).toMatchObject({ f: 'append', value: b('abc') });
    expect(commandOf(op('delete'), plain)).toEqual({ f: 'delete', key: 'k7:3' });
    expect(() => commandOf(op('acquire'), plain)).toThrow('acquire');
    expect(() => commandOf(op('cas', 1), plain)).toThrow('[old, new]');
  });

  test('each answer becomes its outcome', () => {
    expect(outcomeOf(op('read'), value('5'), plain)).toEqual({ type: 'ok', value: 5 });
    expect(outcomeOf(op('read'), value(null), plain)).toEqual({ type: 'ok', value: null });
    expect(outcomeOf(op('read'), value('001'), lists)).toEqual({ type: 'ok', value: ['001'] });
    expect(outcomeOf(op('write', 5), { type: 'done' }, plain)).toEqual({ type: 'ok', value: 5 });
    expect(outcomeOf(op('cas', [1, 2]), value('1'), plain)).toEqual({ type: 'ok', value: [1, 2] });
    expect(outcomeOf(op('cas', [1, 2]), { type: 'mismatch', observed: b('7') }, plain)).toEqual({
      type: 'fail',
      error: 'mismatch',
      observed: 7,
    });
    expect(outcomeOf(op('cas', [1, 2]), { type: 'mismatch', observed: null }, plain)).toMatchObject(
      {
        observed: null,
      },
    );
    expect(outcomeOf(op('getset', 9), value('8'), plain)).toEqual({
      type: 'ok',
      value: 9,
      result: 8,
    });
    expect(outcomeOf(op('add', 1), { type: 'integer', value: 6n }, plain)).toEqual({
      type: 'ok',
      value: 1,
      result: 6,
    });
    expect(outcomeOf(op('append', 'abc'), { type: 'integer', value: 6n }, lists)).toEqual({
      type: 'ok',
      value: 'abc',
      result: 2,
    });
    expect(outcomeOf(op('delete'), { type: 'integer', value: 1n }, plain)).toMatchObject({
      result: 1,
    });
  });
});
