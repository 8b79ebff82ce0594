import { expect, test } from 'vitest';
import { checkHistory } from '../checkers/check.ts';
import { historyOf } from '../checkers/history.case.ts';
import { figureTexts } from './property-text.ts';
import { verdictLine, verdictText } from './verdict-text.ts';

const ADDED = `
  0 invoke append 1
  0 ok append 1 result=1
  1 invoke read`;
const GOOD = historyOf(`${ADDED}\n1 ok read [1]`);
const LOST = historyOf(`${ADDED}\n1 ok read []`);

test('properties alone: a pass claims them, and no linearizability', () => {
  const verdict = checkHistory(GOOD, { checkers: ['set', 'set-full'] });
  expect(verdictLine(verdict)).toBe(
    '✔ valid   2 operations on 1 key have the properties set, set-full',
  );
  const text = verdictText({ verdict, history: GOOD });
  expect(text).toContain('property     ✔ set: elements 1, acknowledged 1, lost 0');
  expect(text).not.toContain('linearizable');
  expect(text).not.toContain('linearization');
});

test('beside linearizability both are said', () => {
  const verdict = checkHistory(GOOD, { checkers: ['linearizable', 'stats'] });
  const text = verdictText({ verdict, history: GOOD });
  expect(text).toContain('2 operations on 1 key are linearizable');
  expect(text).toContain('property     ✔ stats: append ok 1 fail 0 info 0, read ok 1');
});

test('an anomaly is shown with its operations, and the numbers', () => {
  const verdict = checkHistory(LOST, { checkers: ['set'] });
  const text = verdictText({ verdict, history: LOST });
  expect(text).toContain('✘ invalid   key 1: lost');
  expect(text).toMatch(/append 1 \(event 0\)\s+was\s+acknowledged/);
  expect(text).toContain('property     ✘ set: elements 1, acknowledged 1, lost 1');
});

test('numbers have their units', () => {
  const figures = {
    okPercent: 66.6,
    stableMsP50: 2,
    stableMsMax: 1250,
    'read p99Ms': 0.5,
    neverRead: 1200,
  };
  expect(figureTexts(figures)).toEqual([
    'ok 66.6 %',
    'stable p50 2 ms max 1.25 s',
    'read p99 0.5 ms',
    'never read 1,200',
  ]);
});

test('one that says nothing says why', () => {
  const verdict = checkHistory(GOOD, { checkers: ['total-queue'] });
  expect(verdictText({ verdict, history: GOOD })).toContain('property     ? total-queue');
});
