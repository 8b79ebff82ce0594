import { expect, test, vi } from 'vitest';
import { plainView, progressLine } from './plain-view.ts';
import { PLAN, progress } from './progress.case.ts';

test('a line of progress: time, operations, outcomes, the faults that are on', () => {
  expect(progressLine(PLAN, progress())).toBe(
    '  1.5 s  600 of 2,000  ok 540  mismatch 0  fail 60  info 0  partition one {n1 n2 | n3}',
  );
  expect(progressLine(PLAN, { ...progress(), phase: 'reading' })).toMatch(
    /reading every key on every node$/,
  );
});

test('how far the check is that goes along', () => {
  const followed = { judged: 1200, waiting: 0, keys: 10, left: 0 };
  expect(progressLine(PLAN, { ...progress(), followed })).toContain('  checked 1,200 events  ');
  expect(
    progressLine(PLAN, { ...progress(), followed: { ...followed, waiting: 7, left: 2 } }),
  ).toContain('  checked 1,200 events, 7 wait, 2 keys at the end  ');
});

test('the seed comes first; steps with their times; a line every few seconds until the check', () => {
  vi.useFakeTimers();
  const lines: string[] = [];
  const view = plainView((line) => lines.push(line));
  view.onPlan?.(PLAN, undefined as never);
  view.onPhase?.('network');
  view.onPhase?.('3 replicas serving');
  view.onRunning?.(progress);
  vi.advanceTimersByTime(7000);
  view.onChecking?.();
  vi.advanceTimersByTime(60_000);
  view.close();
  vi.useRealTimers();
  expect(lines[0]).toBe(
    'hermes fuzz · seed 7 · hermes, 3 nodes, process · rmw on 10 keys · 5 clients, 2,000 operations',
  );
  expect(lines[1]).toBe('  skipped loss: TCP has no packets here');
  expect(lines[2]).toMatch(/^ {2}✔ network +\S+ ms$/);
  expect(lines[3]).toMatch(/^ {2}✔ 3 replicas serving +\S+ ms$/);
  expect(lines.slice(4)).toEqual([progressLine(PLAN, progress()), progressLine(PLAN, progress())]);
});
