import { expect, test } from 'vitest';
import { doctorText } from './doctor-text.ts';
import { fails, works } from './finding.ts';

const process = works('clusters', 'process', 'started', true);

test('names the best runtime that works', () => {
  const text = (runtimes: string[]): string =>
    doctorText({ ready: true, runtimes, findings: [process] });
  expect(text(['process', 'netns'])).toMatch(/Ready: hermes fuzz --runtime netns$/);
  expect(text(['process'])).toMatch(/Ready: hermes fuzz --runtime process$/);
});

test('tells what is needed from what is only missed, and says how to mend either', () => {
  const findings = [
    fails('machine', 'sockets', 'no', 'Do this.', true),
    fails('programs', 'redis-cli', 'not installed', 'Do that.'),
  ];
  const text = doctorText({ ready: false, runtimes: [], findings });
  expect(text).toContain('✘ sockets         no\n                    → Do this.');
  expect(text).toContain('– redis-cli       not installed\n                    → Do that.');
  expect(text).toMatch(/until what is marked ✘ is mended\.$/);
});

test('groups without findings have no heading, and no line is longer than a terminal', () => {
  const long = 'several words that go on and on, '.repeat(12);
  const text = doctorText({
    ready: true,
    runtimes: ['process'],
    findings: [fails('faults', 'loss', long, long)],
  });
  expect(text).not.toContain('This machine');
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});
