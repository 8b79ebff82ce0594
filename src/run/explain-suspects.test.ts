/** What is wrong is explained from the keys that are wrong alone, in the words of a check that looks at everything. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { random } from '../base/random.ts';
import { randomEvents, registerFamily } from '../checkers/random-history.case.ts';
import type { HistoryEvent } from '../history/event.ts';
import { writtenHistory } from '../history/formats/write-history.ts';
import { checkEvents } from './check-events.ts';
import { checkJob } from './check-job.ts';

const dir = mkdtempSync(join(tmpdir(), 'hermes-explain-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Keys side by side in time. */
function eventsOf(seed: string, keys: number): HistoryEvent[] {
  const r = random(seed);
  const waiting = Array.from({ length: keys }, (_, key) =>
    randomEvents(r, registerFamily(key % 2 === 0 ? 0 : 3)).map((event) => ({
      ...event,
      key,
      process: (event.process as number) + 100 * key,
    })),
  );
  const events: HistoryEvent[] = [];
  for (;;) {
    const some = waiting.filter((each) => each.length > 0);
    if (some.length === 0) return events;
    const event = r.pick(some).shift() as HistoryEvent;
    events.push({ ...event, index: events.length, time: 1000 * events.length });
  }
}

test.each(['jsonl', 'edn'] as const)('%s', async (format) => {
  const seen = { invalid: 0, several: 0, packed: 0 };
  for (let i = 0; i < 150; i++) {
    const header = { hermes: 1 as const, initial: null, model: 'cas-register' };
    const history = { header, events: eventsOf(`explain/${i}`, 1 + (i % 4)), nemesis: [] };
    const path = join(dir, `history.${format}`);
    writeFileSync(path, [...writtenHistory(history, format)].join(''));
    const job = { path, request: {} };
    // eslint-disable-next-line no-await-in-loop
    const [fast, slow] = [await checkJob(job), await checkEvents(job, () => {})];
    if (slow.verdict.valid !== false || fast.verdict.valid !== false) {
      expect(fast.verdict.valid).toBe(slow.verdict.valid);
      continue;
    }
    seen.invalid++;
    if (fast.verdict.workers !== undefined) seen.packed++;
    if (slow.verdict.anomalies.length > 1) seen.several++;
    expect(fast.verdict.anomalies).toEqual(slow.verdict.anomalies);
    expect(fast.shown.events).toEqual(slow.shown.events);
    expect(fast.verdict).toMatchObject({
      operations: slow.verdict.operations,
      keys: slow.verdict.keys,
      checker: slow.verdict.checker,
    });
  }
  expect(seen.invalid).toBeGreaterThan(50);
  expect(seen.packed).toBeGreaterThan(20);
  expect(seen.several).toBeGreaterThan(10);
});
