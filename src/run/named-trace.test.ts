import { describe, expect, test } from 'vitest';
import { FINDINGS } from '../protocols/hermes/findings.ts';
import { isTraceName, namedTrace, traceNames } from './named-trace.ts';

/** Trace, and the invariants that break while its rule is off; none: nothing moves any more. */
const BROKEN: readonly (readonly [string, string])[] = [
  ['G3', 'I5 I13 I6'],
  ['G4', 'I5 I13 I6'],
  ['G5', 'I7'],
  ['G8', 'I9 I10'],
  ['F4', 'I7'],
  ['F5', 'I2 I1'],
  ['F7', 'I6'],
  ['M35', ''],
  ['M3', 'I11'],
  ['M11', 'I7'],
  ['M12', 'I6'],
  ['M15', 'I2 I6'],
  ['M20', 'I1 I4'],
];

describe.each(BROKEN)('%s', (name, broken) => {
  test('with the rule off it goes wrong', async () => {
    const trace = await namedTrace(name, { rules: 'published' });
    expect(trace.broken.map(({ invariant }) => invariant).join(' ')).toBe(broken);
    const notes = trace.events.filter((event) => event.type === 'note');
    for (const { invariant, message } of trace.broken)
      expect(notes.map(({ text }) => text)).toContain(`${invariant}: ${message}`);
    expect(trace.events.map(({ at }) => at)).toEqual(
      trace.events.map(({ at }) => at).toSorted((a, b) => a - b),
    );
  });

  test('with our rules nothing is wrong', async () => {
    expect((await namedTrace(name, { rules: 'ours' })).broken).toEqual([]);
  });
});

test('a message and what becomes of it have one id', async () => {
  const { events } = await namedTrace('F7', { rules: 'published' });
  const sent = new Set(events.flatMap((event) => (event.type === 'send' ? [event.id] : [])));
  const arrived = events.flatMap((e) => (e.type === 'receive' || e.type === 'drop' ? [e.id] : []));
  expect(arrived.length).toBeGreaterThan(5);
  for (const id of arrived) expect(sent).toContain(id);
});

test('a trace goes by the numbers of its finding and of its planted bug too', async () => {
  for (const { id, trace, bugs } of FINDINGS) {
    const found = await namedTrace(trace, { rules: 'published' });
    expect(await namedTrace(id.toLowerCase(), { rules: 'published' })).toEqual(found);
    expect(bugs.length).toBeGreaterThan(0);
  }
  expect(await isTraceName('m9')).toBe(true);
  expect(await isTraceName('2026-11-21T10-00-00')).toBe(false);
});

test('a rule that has no script of its own: the same steps without the bug', async () => {
  expect((await namedTrace('M25', { rules: 'published' })).broken).not.toEqual([]);
  expect((await namedTrace('M25', { rules: 'ours' })).broken).toEqual([]);
});

test('every named script runs under both rules', { timeout: 30_000 }, async () => {
  for (const name of await traceNames())
    for (const rules of ['published', 'ours'] as const)
      expect((await namedTrace(name, { rules })).events.length).toBeGreaterThan(3);
});

test('an unknown name', async () => {
  await expect(namedTrace('G99', { rules: 'ours' })).rejects.toThrow('no trace "G99"');
});
