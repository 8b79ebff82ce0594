import { expect, test } from 'vitest';
import { partitionLinks } from './partition-groups.ts';

const NODES = ['n1', 'n2', 'n3', 'n4'];
const text = (words: string, nodes = NODES): string =>
  partitionLinks(words.split(' '), nodes)
    .map(([a, b]) => `${a}${b}`)
    .sort()
    .join(' ');

test('groups are cut from each other, in both directions', () => {
  expect(text('n1 n2 / n3')).toBe('n1n3 n2n3 n3n1 n3n2');
  expect(text('n1/n2/n3')).toBe('n1n2 n1n3 n2n1 n2n3 n3n1 n3n2');
  expect(text('n1,n2 / n3')).toBe(text('n1 n2 / n3'));
});

test('one group alone is cut from all others', () => {
  expect(text('n1')).toBe('n1n2 n1n3 n1n4 n2n1 n3n1 n4n1');
  expect(text('n1 n2 n3')).toBe('n1n4 n2n4 n3n4 n4n1 n4n2 n4n3');
});

test.each([
  ['n1 / n9', 'there is no node n9'],
  ['n1 / n1', 'n1 stands in more than one place'],
  ['n1 n1 / n2', 'n1 stands in more than one place'],
  ['n1 /', 'a group without nodes'],
  ['/', 'a group without nodes'],
  ['', 'a group without nodes'],
  ['n1 n2 n3 n4', 'cuts no link'],
])('"%s" is refused: %s', (words, message) => {
  expect(() => text(words)).toThrow(message);
});
