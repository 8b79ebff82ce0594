import { existsSync } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BatchWriter } from './batch-writer.ts';
import { readHistory } from './read.ts';
import { openRecorder } from './recorder.ts';

async function folder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'hermes-recorder-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A clock that ticks by ten at every look. */
function ticking(): () => number {
  let now = 0;
  return () => (now += 10);
}

test('what is recorded is what is read back, in order, with every field', async () => {
  await using dir = await folder();
  const path = join(dir.path, 'history.jsonl');
  const recorder = await openRecorder({
    path,
    header: { workload: 'rmw', initial: null },
    nowNs: ticking(),
  });
  const write = recorder.invoke(0, { f: 'write', key: 1, value: 7 }, 'n1');
  const cas = recorder.invoke(1, { f: 'cas', key: 1, value: [3, 4] }, 'n2');
  recorder.nemesis('start partition', { id: 1, nodes: ['n1'], links: [['n1', 'n2']] });
  recorder.complete(cas, { type: 'fail', error: 'mismatch', observed: null });
  recorder.complete(write, { type: 'ok', value: 7 });
  const add = recorder.invoke(1, { f: 'add', key: 2, value: 1 }, 'n2');
  recorder.complete(add, { type: 'ok', value: 1, result: 1 });
  const lost = recorder.invoke(1, { f: 'write', key: 1, value: 8 }, 'n2');
  recorder.complete(lost, { type: 'info', error: 'timeout' });
  recorder.final({ type: 'ok', key: 1, node: 'n1', value: 7, ts: '3.1', state: 'V' });
  await recorder.close();
  const { history, notes } = await readHistory(path);
  expect(notes).toEqual([]);
  expect(history).toEqual(recorder.history);
  expect(history.events.map((e) => [e.index, e.type])).toEqual([
    [0, 'invoke'],
    [1, 'invoke'],
    [3, 'fail'],
    [4, 'ok'],
    [5, 'invoke'],
    [6, 'ok'],
    [7, 'invoke'],
    [8, 'info'],
  ]);
  expect(history.events[2]).toMatchObject({
    f: 'cas',
    value: [3, 4],
    error: 'mismatch',
    observed: null,
  });
  expect(history.nemesis[0]).toMatchObject({ index: 2, time: 30 });
});

test('the header is on disk at once, events soon after, without a flush', async () => {
  await using dir = await folder();
  const path = join(dir.path, 'history.jsonl');
  const recorder = await openRecorder({ path, nowNs: ticking() });
  expect(await readFile(path, 'utf8')).toBe('{"hermes":1}\n');
  recorder.invoke(0, { f: 'read', key: 1, value: null });
  await expect.poll(() => readFile(path, 'utf8')).toContain('"invoke"');
  await recorder.close();
});

test('many events in one turn arrive whole and in order', async () => {
  await using dir = await folder();
  const path = join(dir.path, 'history.jsonl');
  const recorder = await openRecorder({ path, nowNs: ticking() });
  for (let i = 0; i < 10_000; i++) {
    const op = { f: 'write', key: i % 7, value: i };
    recorder.complete(recorder.invoke(i % 5, op, 'n1'), { type: 'ok', value: i });
  }
  await recorder.flush();
  const { history } = await readHistory(path);
  expect(history.events).toHaveLength(20_000);
  expect(history.events).toEqual(recorder.history.events);
  await recorder.close();
  await recorder.close();
});

test('a clock that steps back does not make times go back', async () => {
  const times = [50, 20, 60];
  const recorder = await openRecorder({ nowNs: () => times.shift() ?? 0 });
  const op = recorder.invoke(0, { f: 'read', key: 1, value: null });
  recorder.complete(op, { type: 'ok', value: null });
  recorder.invoke(0, { f: 'read', key: 1, value: null });
  expect(recorder.history.events.map((e) => e.time)).toEqual([50, 50, 60]);
});

test('a history is never written over', async () => {
  await using dir = await folder();
  const path = join(dir.path, 'history.jsonl');
  await (await openRecorder({ path, nowNs: ticking() })).close();
  await expect(openRecorder({ path, nowNs: ticking() })).rejects.toThrow('exists already');
  await expect(openRecorder({ path: join(dir.path, 'no', 'x'), nowNs: ticking() })).rejects.toThrow(
    'cannot be written',
  );
});

test.runIf(existsSync('/dev/full'))(
  'a full disk is said once and clearly, and nothing hangs',
  async () => {
    const told: string[] = [];
    const writer = new BatchWriter(await open('/dev/full', 'a'), 'history.jsonl', (error) =>
      told.push(error.message),
    );
    writer.push({ index: 0 });
    await expect(writer.flush()).rejects.toThrow('the disk is full: history.jsonl');
    writer.push({ index: 1 });
    await expect(writer.close()).rejects.toThrow('the disk is full');
    expect(told).toHaveLength(1);
  },
);
