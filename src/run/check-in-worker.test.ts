/** What ends a check from outside leaves a verdict behind: unknown, with the place that was too wide. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeHistory } from '../../bench/check-histories.ts';
import { random } from '../base/random.ts';
import { FileChecker, checkFile } from './check-in-worker.ts';

const dir = mkdtempSync(join(tmpdir(), 'hermes-limits-'));
/** A hundred clients that are never idle, few values: no search comes to its end. */
const wide = join(dir, 'wide.jsonl');
const small = join(dir, 'small.jsonl');

beforeAll(() => {
  const shape = { operations: 4000, clients: 100, values: 40, lostPermille: 20, keys: 1 };
  writeHistory(wide, shape);
  writeHistory(small, { ...shape, operations: 3000, clients: 5, values: 0 });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A queue of few different elements, and thirty clients: which of them each took nobody can tell. */
function queueLines(events: number): string {
  const r = random('queue');
  const open = new Map<number, { readonly f: string; readonly value: number | null }>();
  const held: number[] = [];
  const lines = ['{"hermes":1,"model":"queue"}'];
  for (let index = 0; index < events; index++) {
    const process = r.below(30);
    const op = open.get(process);
    const began = r.chance(1, 2)
      ? { f: 'enqueue', value: r.below(3) }
      : { f: 'dequeue', value: null };
    const event = { index, process, time: index };
    if (op === undefined) {
      open.set(process, began);
      lines.push(JSON.stringify({ ...event, type: 'invoke', ...began }));
      continue;
    }
    open.delete(process);
    if (op.value !== null) held.push(op.value);
    const value = op.value ?? held.shift();
    const end = value === undefined ? { type: 'fail', value: null } : { type: 'ok', value };
    lines.push(JSON.stringify({ ...event, f: op.f, ...end }));
  }
  return `${lines.join('\n')}\n`;
}

const endless = { limits: { steps: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER } };

describe('a check that is too wide', () => {
  test('is ended after its time, and names the operation that it did not pass', async () => {
    const began = performance.now();
    const limits = { timeLimitS: 8, memoryMb: undefined };
    const { verdict } = await checkFile({ path: wide, request: endless }, limits);
    expect(verdict).toMatchObject({
      valid: 'unknown',
      reason: 'time',
      why: expect.stringMatching(/limit of 8 s\. At key 0 .* event \d+, where \d+ were open/),
      detail: { key: 0, event: expect.any(Number), width: expect.any(Number) },
    });
    // Ended, not waited for.
    expect(performance.now() - began).toBeLessThan(60_000);
  });

  test('of a history without keys is ended too', async () => {
    const path = join(dir, 'queue.jsonl');
    writeFileSync(path, queueLines(20_000));
    const limits = { timeLimitS: 4, memoryMb: undefined };
    const { verdict } = await checkFile({ path, request: endless }, limits);
    expect(verdict).toMatchObject({ valid: 'unknown', reason: 'time' });
    if (verdict.valid !== 'unknown') return;
    expect(verdict.why).toMatch(
      / The search had not passed the operation of event \d+, where \d+ /,
    );
  });

  test('gives up at its number of steps, or of bytes, and names the operation', async () => {
    for (const [reason, limits] of [
      ['budget', { steps: 50_000 }],
      ['memory', { ...endless.limits, bytes: 1 << 18 }],
    ] as const) {
      const { verdict } = await checkFile(
        { path: wide, request: { limits, algorithm: 'frontier' } },
        { timeLimitS: 60, memoryMb: undefined },
      );
      expect(verdict).toMatchObject({
        valid: 'unknown',
        reason,
        detail: { key: 0, event: expect.any(Number), width: expect.any(Number) },
      });
    }
  });

  test('that takes all of its heap is ended by itself; the next one is judged', async () => {
    const checker = new FileChecker({ timeLimitS: 60, memoryMb: 24 });
    const request = { ...endless, algorithm: 'wgl' as const };
    const { verdict } = await checker.check({ path: wide, request });
    expect(verdict).toMatchObject({ valid: 'unknown', reason: 'memory' });
    expect((await checker.check({ path: small, request: {} })).verdict.valid).toBe(true);
    await checker.close();
  });
});
