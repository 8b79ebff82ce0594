import { expect, test } from 'vitest';
import { Definite, type Op } from '../base/operation.ts';
import { record } from './record.ts';

const read: Op = { f: 'read', key: 1, value: null };
const write = (value: number): Op => ({ f: 'write', key: 1, value });

test('an operation is invoked before its function runs and completed after it', async () => {
  const recording = record();
  const seen: number[] = [];
  const answer = await recording.run(0, read, async () => {
    seen.push(recording.history.events.length);
    return 7;
  });
  expect(answer).toBe(7);
  expect(seen).toEqual([1]);
  expect(recording.history.events).toMatchObject([
    { index: 0, process: 0, type: 'invoke', f: 'read', key: 1, value: null },
    { index: 1, process: 0, type: 'ok', f: 'read', key: 1, value: 7 },
  ]);
  const [invoked, done] = recording.history.events;
  expect(done?.time).toBeGreaterThanOrEqual(invoked?.time as number);
});

test('operations of several clients overlap as they did', async () => {
  const { run, history } = record();
  let release: () => void = () => {};
  const open = run(0, write(1), () => new Promise<void>((resolve) => (release = resolve)));
  await run(1, read, async () => null);
  release();
  await open;
  expect(history.events.map(({ process, type }) => `${String(process)} ${type}`)).toEqual([
    '0 invoke',
    '1 invoke',
    '1 ok',
    '0 ok',
  ]);
});

test('after an unknown outcome a client goes on under a number that nobody has used', async () => {
  const { run, history } = record();
  await run(1, read, async () => 0);
  await expect(run(0, write(1), () => Promise.reject(new Error('reset')))).rejects.toThrow('reset');
  await run(0, read, async () => 1);
  await run(2, read, async () => 1);
  await run(0, read, async () => 1);
  const processes = history.events.filter(({ type }) => type === 'invoke').map((e) => e.process);
  expect(processes).toEqual([1, 0, 2, 3, 2]);
});

test('what definitely did not happen keeps the client its number', async () => {
  const { run, history } = record();
  const cas: Op = { f: 'cas', key: 1, value: [1, 2] };
  const refuse = (): Promise<number> => Promise.reject(new Definite('mismatch', 5));
  await expect(run(0, cas, refuse)).rejects.toThrow(Definite);
  await run(0, read, async () => 5);
  expect(history.events[1]).toMatchObject({ type: 'fail', error: 'mismatch', observed: 5 });
  expect(history.events[2]).toMatchObject({ type: 'invoke', process: 0 });
});

test('a client has one operation open at a time', async () => {
  const { run, history } = record();
  const first = run(0, write(1), async () => {});
  await expect(run(0, write(2), async () => {})).rejects.toThrow('client 0 has an operation open');
  await first;
  expect(history.events).toHaveLength(2);
});
