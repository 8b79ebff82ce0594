import { expect, test } from 'vitest';
import { outcomeOfError, outcomeOfSilence } from './outcomes.ts';

const write = { f: 'write', key: 1, value: 2 } as const;
const read = { f: 'read', key: 1, value: null } as const;

test('a listed prefix is definite, any other is unknown', () => {
  for (const code of [
    'ERR',
    'WRONGTYPE',
    'NOAUTH',
    'NOTSERVING',
    'NOTMEMBER',
    'OVERLOAD',
    'ABORTED',
    'LOST',
    'EXPIRED',
  ])
    expect(outcomeOfError(write, code, 'why')).toEqual({ type: 'fail', error: `${code} why` });
  for (const code of ['UNKNOWN', 'TRYAGAIN', ''])
    expect(outcomeOfError(write, code, 'why').type).toBe('info');
});

test('a read has no effect: it fails where a write is unknown', () => {
  expect(outcomeOfError(read, 'UNKNOWN', '')).toEqual({ type: 'fail', error: 'UNKNOWN' });
  expect(outcomeOfSilence(read, 'timeout').type).toBe('fail');
  expect(outcomeOfSilence(write, 'connection lost')).toEqual({
    type: 'info',
    error: 'connection lost',
  });
});
