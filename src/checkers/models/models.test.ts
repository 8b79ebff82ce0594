import { expect, test } from 'vitest';
import type { Outcome, Value } from '../../base/operation.ts';
import { eventsOf } from '../history.case.ts';
import { appendListModel } from './append-list.ts';
import { inferModel } from './infer.ts';
import { registerModel } from './register.ts';

const ok = (value: Value, result?: Value): Outcome =>
  result === undefined ? { type: 'ok', value } : { type: 'ok', value, result };
const lost: Outcome = { type: 'info', error: 'timeout' };
const found = (observed: Value): Outcome => ({ type: 'fail', error: 'mismatch', observed });

test.each<[Value, string, Value, Outcome, Value | undefined]>([
  [1, 'read', null, ok(1), 1],
  [1, 'read', null, ok(2), undefined],
  [1, 'read', null, ok('1'), undefined],
  [1, 'read', null, lost, 1],
  [1, 'write', 2, ok(2), 2],
  [1, 'cas', [1, 2], ok([1, 2]), 2],
  [3, 'cas', [1, 2], ok([1, 2]), undefined],
  [3, 'cas', [1, 2], found(3), 3],
  [3, 'cas', [1, 2], found(4), undefined],
  [3, 'getset', 4, ok(4, 3), 4],
  [3, 'getset', 4, ok(4, 2), undefined],
  [3, 'getset', 4, lost, 4],
  [3, 'add', 2, ok(2, 5), 5],
  [3, 'add', 2, ok(2, 6), undefined],
  [null, 'add', 2, ok(2, 2), 2],
  ['x', 'add', 2, lost, undefined],
  [3, 'delete', null, ok(null, 1), null],
  [null, 'delete', null, ok(null, 1), undefined],
  [3, 'delete', null, ok(null, 0), undefined],
  [null, 'delete', null, ok(null, 0), null],
  [{ b64: '/w==' }, 'read', null, ok({ b64: '/w==' }), { b64: '/w==' }],
])('a register of %j: %s %j gives %j, then holds %j', (state, f, value, outcome, after) => {
  const model = registerModel({ initial: null, nullIsZero: false });
  expect(model.step(state, { f, key: 1, value }, outcome)).toEqual(after);
});

test('where adds are seen, absent and 0 are one value', () => {
  const model = registerModel({ initial: null, nullIsZero: true });
  expect(model.init).toBe(0);
  expect(model.step(0, { f: 'read', key: 1, value: null }, ok(null))).toBe(0);
  expect(model.step(0, { f: 'delete', key: 1, value: null }, ok(null, 0))).toBe(0);
  expect(model.step(0, { f: 'delete', key: 1, value: null }, ok(null, 1))).toBe(0);
});

test('a list grows, and is seen as a whole', () => {
  const model = appendListModel(null);
  const append = { f: 'append', key: 1, value: 'a' };
  const read = { f: 'read', key: 1, value: null };
  expect(model.init).toEqual([]);
  expect(appendListModel(7).init).toEqual([]);
  expect(model.step([], append, ok('a', 1))).toEqual(['a']);
  expect(model.step([], append, ok('a', 2))).toBeUndefined();
  expect(model.step([], append, lost)).toEqual(['a']);
  expect(model.step(['a'], read, ok(['a']))).toEqual(['a']);
  expect(model.step([], read, ok(null))).toEqual([]);
  expect(model.step(['a'], read, ok('a'))).toBeUndefined();
  expect(model.step(['a'], read, found(['a']))).toEqual(['a']);
  expect(model.step(['a'], read, lost)).toEqual(['a']);
});

test('states of different values have different keys', () => {
  const { key } = registerModel({ initial: null, nullIsZero: false });
  const values: Value[] = [null, 0, 1, '0', 'null', '', [], [0], { b64: '' }];
  expect(new Set(values.map((v) => key(v))).size).toBe(values.length);
});

test('an operation that a model does not know is said', () => {
  const push = { f: 'push', key: 1, value: 1 };
  expect(() => registerModel({ initial: null, nullIsZero: false }).step(1, push, lost)).toThrow(
    'push',
  );
  expect(() => appendListModel(null).step([], push, lost)).toThrow('push');
});

test.each([
  ['0 invoke read', undefined, { model: 'register', how: 'by its operations' }],
  ['0 invoke write 1', undefined, { model: 'register' }],
  ['0 invoke write 1\n1 invoke cas [1,2]', undefined, { model: 'cas-register' }],
  ['0 invoke add 1\n1 invoke read', undefined, { model: 'counter' }],
  ['0 invoke append 1', undefined, { model: 'append-list' }],
  ['0 invoke append 1', 'register', { model: 'register', how: 'named' }],
  [
    '0 invoke append 1\n1 invoke write 1',
    undefined,
    { candidates: ['append-list', 'cas-register'] },
  ],
  ['0 invoke txn []', undefined, { candidates: ['list-append', 'rw-register', 'multi-register'] }],
  ['0 invoke shove 1', undefined, { why: 'no built-in model knows the operation "shove"' }],
  ['0 invoke read', 'heap', { why: 'there is no built-in model "heap"' }],
  ['0 invoke acquire\n1 invoke release', undefined, { model: 'mutex' }],
  ['0 invoke get\n1 invoke append "x"', undefined, { model: 'append-kv' }],
  ['0 invoke enqueue 1', undefined, { candidates: ['queue', 'unordered-queue'] }],
  ['0 invoke push 1\n1 invoke pop', undefined, { model: 'stack', how: 'by its operations' }],
  ['0 invoke add 1\n0 ok add 1\n0 invoke read\n0 ok read [1]', undefined, { model: 'set' }],
  ['0 invoke add 1\n1 invoke remove 1', undefined, { model: 'set' }],
])('the model of %j, named %s, is %j', (text, named, expected) => {
  expect(inferModel(eventsOf(text), named)).toMatchObject(expected);
});
