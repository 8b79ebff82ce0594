/** Several threads say what one says; one that is lost costs no more than the key it was at. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Shape, writeHistory } from '../../bench/check-histories.ts';
import { type Random, random } from '../base/random.ts';
import { callsByKey } from '../checkers/calls.ts';
import { checkPacked, packedCheck } from '../checkers/check-packed.ts';
import { isUnfit, registerColumns } from '../checkers/columns.ts';
import { randomEvents, registerFamily } from '../checkers/random-history.case.ts';
import type { HistoryEvent } from '../history/event.ts';
import { packText } from '../history/packed/pack-text.ts';
import type { PackedHistory } from '../history/packed/packed-history.ts';
import { checkFile } from './check-in-worker.ts';
import { KeyHelpers } from './key-helpers.ts';
import { judgeShared } from './judge-shared.ts';
import { type KeyShare, leaveWord, placeOf, progressOf, takeBatch } from './key-share.ts';
import { type Helpers, type TeamNews, judgeKeys } from './key-team.ts';

/** Keys one after the other in time; of unsound ones the last may be invalid. */
function packed(seed: string, keys: number, sound = true): PackedHistory {
  const r = random(seed);
  const events: HistoryEvent[] = [];
  for (let key = 0; key < keys; key++)
    for (const event of keyEvents(r, sound || key < keys - 1))
      events.push({
        ...event,
        key,
        process: (event.process as number) + 100 * key,
        index: events.length,
        time: events.length,
      });
  const lines = [{ hermes: 1, initial: null }, ...events].map((line) => JSON.stringify(line));
  const history = packText(`${lines.join('\n')}\n`);
  if (history === undefined) throw new Error('not packed');
  return history;
}

/** Operations that columns have room for. */
function keyEvents(r: Random, sound: boolean): HistoryEvent[] {
  for (;;) {
    const events = randomEvents(r, registerFamily(3), { operationsMax: 12, sound });
    const [key] = callsByKey(events);
    if (key !== undefined && !isUnfit(registerColumns(key.calls, null))) return events;
  }
}

/** Helpers in this thread: each batch is taken by the next of them, in turns with whoever asked. */
function helpersHere(
  count: number,
  spoil?: (share: KeyShare, thread: number) => TeamNews,
): Helpers {
  return {
    count,
    start(share, threads, onNews) {
      for (let thread = 1; thread <= threads; thread++)
        setImmediate(() => {
          const spoiled = spoil?.(share, thread);
          const tasks = spoiled === undefined ? takeBatch(share) : [];
          const outcomes = tasks.map((task) => ({
            task,
            outcome: judgeShared(share, task, thread),
          }));
          onNews({ type: 'outcomes', outcomes });
          onNews(spoiled ?? { type: 'idle', thread });
        });
    },
  };
}

test('several threads say what one says, in the same words', async () => {
  const seen = { valid: 0, invalid: 0, shared: 0 };
  for (let i = 0; i < 300; i++) {
    const history = packed(`team/${i}`, 2 + (i % 7), i % 2 === 0);
    const alone = checkPacked(history, {});
    const check = packedCheck(history, {});
    if (check === undefined) throw new Error('not for columns');
    // Not one at a time: the searches of one history are shared before the next begins.
    // eslint-disable-next-line no-await-in-loop
    const threads = await judgeKeys(check, helpersHere(3), 0);
    expect(check.verdict()).toEqual(alone);
    if (threads > 1) seen.shared++;
    if (alone?.valid === true) seen.valid++;
    if (alone?.valid === false) seen.invalid++;
  }
  expect(seen.shared).toBeGreaterThan(150);
  expect(seen.valid).toBeGreaterThan(20);
  expect(seen.invalid).toBeGreaterThan(20);
});

describe('a thread that is lost', () => {
  const lost = (thread: number): TeamNews => ({
    type: 'lost',
    thread,
    reason: 'memory',
    why: 'the search ran out of memory.',
  });

  test('before it began costs nothing', async () => {
    for (let i = 0; i < 40; i++) {
      const history = packed(`lost/${i}`, 6);
      const check = packedCheck(history, {});
      const helpers = helpersHere(2, (_, thread) => lost(thread));
      // eslint-disable-next-line no-await-in-loop
      if (check !== undefined) await judgeKeys(check, helpers, 0);
      expect(check?.verdict()).toEqual(checkPacked(history, {}));
    }
  });

  test('in the midst of a key leaves that key unknown, with where it was', async () => {
    let unknown = 0;
    for (let i = 0; i < 200; i++) {
      const history = packed(`midst/${i}`, 6);
      const check = packedCheck(history, {});
      if (check === undefined) continue;
      const names: unknown[] = [];
      const helpers = helpersHere(1, (share, thread) => {
        const [task] = takeBatch(share);
        if (task === undefined) return { type: 'idle', thread };
        const row = share.row[task === 0 ? 0 : (share.ends[task - 1] as number)] as number;
        leaveWord(share, thread, task, { at: row, width: 7 });
        expect(placeOf(share, thread)).toEqual({ task, reached: { at: row, width: 7 } });
        expect(progressOf(share)).toMatchObject({ key: share.keys[task], width: 7 });
        names.push(share.keys[task], history.event[row]);
        return lost(thread);
      });
      // eslint-disable-next-line no-await-in-loop
      await judgeKeys(check, helpers, 0);
      const verdict = check.verdict();
      if (verdict?.valid !== 'unknown') continue;
      unknown++;
      const [key, event] = names;
      expect(verdict).toMatchObject({
        reason: 'memory',
        why: `Key ${key}: the search ran out of memory.`,
        detail: { key, event, width: 7, decided: verdict.keys - 1 },
      });
    }
    expect(unknown).toBeGreaterThan(0);
  });
});

describe('threads of their own', () => {
  const dir = mkdtempSync(join(tmpdir(), 'hermes-team-'));
  const file = (name: string): string => join(dir, `${name}.jsonl`);
  const shape: Shape = { operations: 18_000, clients: 160, values: 5, lostPermille: 0, keys: 8 };

  beforeAll(() => {
    writeHistory(file('valid'), shape);
    const text = readFileSync(file('valid'), 'utf8');
    // The last answer to a read becomes a value that nobody wrote.
    const at = text.lastIndexOf('"type":"ok","f":"read"');
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end).replace(/"value":\d+/, '"value":77');
    writeFileSync(file('invalid'), text.slice(0, at) + line + text.slice(end));
    writeHistory(file('wide'), { ...shape, operations: 8000, clients: 400, values: 40, keys: 4 });
  }, 90_000);
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const checked = (name: string, workers: number, more = {}) =>
    checkFile(
      { path: file(name), request: { limits: { steps: 3_000_000 }, ...more } },
      { timeLimitS: 25, memoryMb: 1024, workers },
    );

  test.each(['valid', 'invalid'])(
    'judge a history that is %s as one does',
    async (name) => {
      const [one, three] = [await checked(name, 1), await checked(name, 3)];
      expect(one.verdict).toMatchObject({ valid: name === 'valid', keys: 8, workers: 1 });
      expect(three.verdict.workers).toBe(3);
      const plain = { workers: 0, checkMs: 0 };
      expect({ ...three, verdict: { ...three.verdict, ...plain } }).toEqual({
        ...one,
        verdict: { ...one.verdict, ...plain },
      });
    },
    90_000,
  );

  test('are ended with the check, which tells how far they had come', async () => {
    const limits = { steps: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };
    const { verdict } = await checkFile(
      { path: file('wide'), request: { limits } },
      { timeLimitS: 4, memoryMb: undefined, workers: 2 },
    );
    expect(verdict).toMatchObject({
      valid: 'unknown',
      reason: 'time',
      workers: 2,
      detail: { key: expect.any(Number), event: expect.any(Number), width: expect.any(Number) },
    });
  });

  test('that are ended leave what was found: invalid, and how far they had come', async () => {
    // The keys that nothing comes to an end on, and one more that is wrong beyond doubt.
    const wrong = ['invoke', 'ok'].map((type, i) =>
      JSON.stringify({ process: 9999, type, f: 'read', key: 'x', value: i === 0 ? null : 77 }),
    );
    const text = readFileSync(file('wide'), 'utf8').replaceAll(/"(index|time)":\d+,?/g, '');
    const [header, ...events] = text.replaceAll(/,}/g, '}').split('\n');
    writeFileSync(file('both'), [header, ...wrong, ...events].join('\n'));
    const limits = { steps: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };
    const { verdict, notes } = await checkFile(
      { path: file('both'), request: { limits } },
      { timeLimitS: 4, memoryMb: undefined, workers: 2 },
    );
    expect(verdict).toMatchObject({ valid: false, anomalies: [{ key: 'x', operations: [0] }] });
    expect(notes.join('\n')).toMatch(/limit of 4 s\. At key \d/);
  });

  test('that break are lost with the key they were at, and the others do the rest', async () => {
    const history = packed('breaks', 6);
    const check = packedCheck(history, { algorithm: 'frontier' });
    if (check === undefined) throw new Error('not for columns');
    const news: TeamNews[] = [];
    let helpers: KeyHelpers | undefined;
    const start: Helpers['start'] = (share, count, onNews) => {
      // What it is given makes no sense to it.
      const broken = { ...share, f: null } as unknown as KeyShare;
      const hear = (each: TeamNews): void => {
        news.push(each);
        onNews(each);
      };
      helpers = new KeyHelpers({ share: broken, count }, undefined, hear);
      // The one that asks is slow, so that there is something left to take.
      for (let i = 0; i < 1000 && share.places[3] === 0; i++) Atomics.wait(share.places, 3, 0, 10);
    };
    await judgeKeys(check, { count: 1, start }, 0);
    await helpers?.end();
    expect(news).toEqual([
      { type: 'lost', thread: 1, reason: 'crashed-check', why: expect.any(String) },
    ]);
    expect(check.verdict()).toMatchObject({
      valid: 'unknown',
      reason: 'crashed-check',
      why: expect.stringMatching(/^Key \d: the thread that searched it broke: /),
      detail: { decided: 5 },
    });
  });
});
