import { expect, test } from 'vitest';
import { judgeLogs } from './log-patterns.ts';

const logs = [
  { node: 'n1', lines: ['started', 'panic: a', 'panic: b'] },
  { node: 'n2', lines: ['started'] },
];

test('the first match of each node is shown, all are counted', () => {
  expect(judgeLogs(logs, [/panic/g, /started/])).toMatchObject({
    valid: false,
    properties: [{ figures: { nodes: 2, lines: 4, matches: 4 } }],
    anomalies: [
      { type: 'log-pattern', detail: { node: 'n1', line: 2, matches: 2 } },
      { detail: { node: 'n1', line: 1 } },
      { detail: { node: 'n2', line: 1 } },
    ],
  });
});

test('no match is a pass; nothing to look at is none', () => {
  expect(judgeLogs(logs, [/abort/]).valid).toBe(true);
  expect(judgeLogs([], [/abort/]).valid).toBe('unknown');
  expect(judgeLogs([{ node: 'n1', lines: [] }], [/abort/]).valid).toBe('unknown');
  expect(judgeLogs(logs, []).valid).toBe('unknown');
});
