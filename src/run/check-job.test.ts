import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { random } from '../base/random.ts';
import { UserError } from '../base/user-error.ts';
import { checkJob } from './check-job.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hermes-check-job-'));
});
afterAll(() => rm(dir, { recursive: true }));

/** The verdict on a file of these bytes, or what is wrong with it. */
async function checked(bytes: Buffer | string, request = {}) {
  const path = join(dir, 'history');
  await writeFile(path, bytes);
  return checkJob({ path, request }).catch((error: unknown) => {
    if (error instanceof UserError) return error;
    throw error;
  });
}

describe('bytes that are no history', () => {
  const BEGINNINGS = [
    '',
    '{"hermes":1}\n',
    '{"process":0,"type":"invoke","f":"read"}\n',
    '[{:process 0, :type :invoke, :f :txn, :value [[:r 1 nil]]}\n',
    '[{"process":0,',
    'client,op,event\n',
    'INFO  jepsen.util - 3\t:invoke\t:read\tnil\n',
    '\u001f\u008b\u0008',
  ];
  test('are refused with file and line, or nothing is said of them: never valid', async () => {
    let refused = 0;
    for (let i = 0; i < 400; i++) {
      const r = random(`garbage/${i}`);
      const noise = Buffer.from(Array.from({ length: r.below(200) }, () => r.below(256)));
      const bytes = Buffer.concat([Buffer.from(r.pick(BEGINNINGS), 'latin1'), noise]);
      const answer = await checked(r.chance(1, 8) ? gzipSync(bytes) : bytes);
      if (answer instanceof UserError) {
        refused++;
        expect(answer.message).toMatch(
          /^history, line \d+: |is no text|cannot be read|transactions|model/,
        );
      } else expect(answer.verdict.valid).not.toBe(true);
    }
    expect(refused).toBeGreaterThan(200);
  });
});

describe('a history of more operations than are read as a whole', () => {
  const OPERATIONS = 110_000;
  /** One client writes and reads in turns; the last read goes wrong where that is asked for. */
  const text = (stale: boolean): string => {
    const lines = ['{"hermes":1,"model":"register"}'];
    for (let i = 0; i < OPERATIONS; i++) {
      const last = i === OPERATIONS - 1;
      const write = i % 2 === 0;
      const value = write ? i : stale && last ? i - 41 : i - 1;
      const [f, key] = [write ? 'write' : 'read', 7];
      lines.push(
        JSON.stringify({ process: 0, type: 'invoke', f, key, value: write ? value : null }),
      );
      lines.push(JSON.stringify({ process: 0, type: 'ok', f, key, value }));
    }
    return `${lines.join('\n')}\n`;
  };

  test('is explained from the few that matter, read again', async () => {
    const answer = await checked(text(true));
    if (answer instanceof UserError || answer.verdict.valid !== false)
      throw new Error('not invalid');
    const { verdict, shown } = answer;
    expect(verdict.operations).toBe(OPERATIONS);
    const [anomaly] = verdict.anomalies;
    expect(anomaly).toMatchObject({ type: 'nonlinearizable', key: 7 });
    expect(anomaly?.detail).toMatchObject({ confirmed: true, of: OPERATIONS });
    expect(shown.events.length).toBeLessThan(10);
    expect(shown.events.at(-1)).toMatchObject({ f: 'read', type: 'ok', value: OPERATIONS - 42 });
  });

  test('passes without being read again', async () => {
    const answer = await checked(text(false));
    expect(answer).toMatchObject({ verdict: { valid: true, operations: OPERATIONS, keys: 1 } });
  });
});

test('transactions are judged from columns, and what is wrong is shown with its events', async () => {
  const lines = [
    { process: 0, type: 'invoke', f: 'txn', value: [['append', 1, 1]] },
    { process: 1, type: 'invoke', f: 'txn', value: [['r', 1, null]] },
    { process: 0, type: 'fail', f: 'txn', value: [['append', 1, 1]] },
    { process: 1, type: 'ok', f: 'txn', value: [['r', 1, [1]]] },
  ];
  const answer = await checked(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  if (answer instanceof UserError || answer.verdict.valid !== false) throw new Error('not invalid');
  expect(answer.verdict.anomalies.map(({ type }) => type)).toContain('G1a');
  expect(answer.shown.events).toHaveLength(4);
  expect(answer.notes).toContain('model: list-append (by its operations)');
});
