/** Fault points of real replicas: what a crash of the disk leaves, and that nobody has them by default. */
import { expect, test } from 'vitest';
import { Connection, serving, startReplicas, type TestReplica } from './replicas.case.ts';

type Three = [TestReplica, TestReplica, TestReplica];

test('without --fault-points there are none', async () => {
  await using trio = await startReplicas(1);
  await using client = await Connection.open((trio.nodes[0] as TestReplica).port);
  expect(await client.say('HERMES FAULT DISK FULL')).toMatch(
    /start the replica with --fault-points/,
  );
});

test.each([
  ['DISK LOSE NOW', /SIGKILL/],
  ['DISK TORN NOW', /SIGKILL/],
  ['DISK EIO SYNC NOW', /254|255/],
  ['DISK FULL NOW', /254/],
])('%s ends a replica; it comes back on that disk, and nothing is lost', async (words, end) => {
  await using trio = await startReplicas(3, ['--fault-points']);
  const [n1, n2] = trio.nodes as Three;
  await using writer = await Connection.open(n2.port);
  expect(await writer.say('SET kept 1')).toBe('OK');
  {
    await using broken = await Connection.open(n1.port);
    expect(await broken.say(`HERMES FAULT ${words}`)).toMatch(/"syncsFailed"/);
    expect(String(await n1.exited())).toMatch(end);
  }
  await n1.restart();
  await serving(n1);
  await using reader = await Connection.open(n1.port);
  expect(await reader.say('GET kept')).toBe('1');
});
