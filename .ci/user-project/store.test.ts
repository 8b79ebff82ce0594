// What a test in somebody else's project looks like: it imports the package by its name and nothing else.
import {
  checkLinearizable,
  explain,
  record,
  type History,
  type Verdict,
  type Workload,
} from 'hermes';
import { expect, test } from 'vitest';

async function twoClients(
  write: (value: number) => Promise<void>,
  read: () => Promise<number>,
): Promise<History> {
  const { run, history } = record();
  await run(0, { f: 'write', key: 1, value: 1 }, () => write(1));
  await Promise.all([
    run(0, { f: 'write', key: 1, value: 2 }, () => write(2)),
    run(1, { f: 'read', key: 1, value: null }, read),
  ]);
  await run(1, { f: 'read', key: 1, value: null }, read);
  return history;
}

test('a store that works is found linearizable', async () => {
  let value = 0;
  const history = await twoClients(
    async (v) => void (value = v),
    async () => value,
  );
  const verdict: Verdict = checkLinearizable(history, 'register');
  expect(verdict.valid, explain(verdict)).toBe(true);
});

test('a store that forgets is found out', async () => {
  const history = await twoClients(
    async () => undefined,
    async () => 1,
  );
  const verdict = checkLinearizable(history, 'register');
  expect(verdict.valid).toBe(false);
  expect(explain(verdict)).toContain('1');
});

test('a workload of one’s own has a type', () => {
  const workload: Workload<null> = {
    name: 'reads',
    needs: ['read'],
    checks: ['linearizable'],
    mix: { read: 1 },
    init: () => null,
    next: (_state, { key }) => ({ f: 'read', key, value: null }),
  };
  expect(
    workload.next(null, {
      process: 0,
      node: 'n1',
      key: 1,
      random: undefined as never,
      seen: undefined,
    }),
  ).toEqual({ f: 'read', key: 1, value: null });
});
