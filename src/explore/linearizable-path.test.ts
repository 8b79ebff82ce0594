/** The judge of what clients were told along a path. */
import { expect, test } from 'vitest';
import type { Command } from '../base/operation.ts';
import type { Happening } from './happening.ts';
import { PATH_START, follow } from './linearizable-path.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

const REQUESTS = new Map<number, Command>([
  [1, { f: 'set', key: 'k', value: bytes('a') }],
  [2, { f: 'set', key: 'k', value: bytes('b') }],
  [3, { f: 'getset', key: 'k', value: bytes('c') }],
]);

/** `1` asks, `1.` is done, `3=a` is answered a, `1!` failed, `1?` is unknown, `>a` is read, `>` nothing. */
function history(text: string): readonly Happening[] {
  return text.split(' ').map((word): Happening => {
    const id = Number(word[0]);
    const rest = word.slice(1);
    if (word.startsWith('>'))
      return { what: 'read', key: 'k', value: rest === '' ? null : bytes(rest) };
    if (rest === '') return { what: 'invoked', id };
    if (rest === '.') return { what: 'told', id, result: { type: 'done' } };
    const code = rest === '!' ? 'ABORTED' : 'UNKNOWN';
    if (rest === '!' || rest === '?')
      return { what: 'told', id, result: { type: 'error', code, message: '' } };
    const value = rest === '=' ? null : bytes(rest.slice(1));
    return { what: 'told', id, result: { type: 'value', value } };
  });
}

test.each([
  '>',
  '1 1. >a',
  '1 > >a 1.',
  '1 2 >b >a 1. 2.',
  '1 2 1. >b 2.',
  '1 1? > >a',
  '3 3= >c',
  '1 3 3=a >c',
  '1 3 3= 1. >a',
  '1 1. 3 3! >a',
  '2 2? 1 1. >a >b',
])('%s is linearizable', (text) => {
  expect(follow(PATH_START, history(text), REQUESTS)).toBeTypeOf('object');
});

test.each([
  '>a',
  '1 1. >',
  '1 >a >',
  '1 2 >a >b >a',
  '1 1. 2 2. >a',
  '1 3 3=b',
  '1 1. 3 3= >c',
  '1 >a 1!',
  '1 1! >a',
  '3 3! >c',
  '1 3 >c >a 3=a',
])('%s is not', (text) => {
  expect(follow(PATH_START, history(text), REQUESTS)).toBeTypeOf('string');
});
