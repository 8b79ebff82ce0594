/**
 * Members that die, come back, join and leave, as real processes: what was acknowledged stays, what
 * must not be answered is not.
 */
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  Connection,
  eventually,
  pause,
  serving,
  startReplicas,
  status,
  type TestReplica,
} from './replicas.case.ts';

type Three = [TestReplica, TestReplica, TestReplica];

async function kill(node: TestReplica): Promise<void> {
  node.kill('SIGKILL');
  await node.exited();
}

/** Writes through one node until told to stop; goes to the next one when it is gone. */
class Load {
  readonly written = new Map<string, string>();
  readonly #nodes: readonly TestReplica[];
  #running = true;
  #done: Promise<void>;
  ok = 0;
  unknown = 0;
  refused = 0;
  /** Longest time without an answer at a node that is up, ms. */
  gapMs = 0;

  constructor(nodes: readonly TestReplica[], name: string) {
    this.#nodes = nodes;
    this.#done = this.#run(name);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#done;
  }

  async #run(name: string): Promise<void> {
    for (let i = 0; this.#running;) {
      const node = this.#nodes[i++ % this.#nodes.length] as TestReplica;
      try {
        // eslint-disable-next-line no-await-in-loop
        await using client = await Connection.open(node.port);
        // eslint-disable-next-line no-await-in-loop
        await this.#write(client, name);
      } catch {
        // eslint-disable-next-line no-await-in-loop
        await pause(5);
      }
    }
  }

  /** Until the node refuses or is gone. */
  async #write(client: Connection, name: string): Promise<void> {
    while (this.#running) {
      const value = String(this.ok + this.unknown + this.refused);
      const key = `${name}:${value}`;
      const began = performance.now();
      // eslint-disable-next-line no-await-in-loop
      const [set, added] = await Promise.all([
        client.say(`SET ${key} ${value}`),
        client.say(`INCR ${name}`),
      ]);
      if (set === 'OK') this.written.set(key, value);
      if (added.startsWith(':')) this.ok++;
      else if (added.startsWith('-UNKNOWN')) this.unknown++;
      else this.refused++;
      if (!added.startsWith(':')) return;
      this.gapMs = Math.max(this.gapMs, performance.now() - began);
    }
  }
}

test('each node in turn is killed under load and comes back: nothing acknowledged is lost', async () => {
  await using trio = await startReplicas(3);
  const loads = ['a', 'b'].map((name) => new Load(trio.nodes, name));
  for (const node of trio.nodes) {
    // eslint-disable-next-line no-await-in-loop
    await pause(300);
    // eslint-disable-next-line no-await-in-loop
    await kill(node);
    // eslint-disable-next-line no-await-in-loop
    await node.restart();
    // eslint-disable-next-line no-await-in-loop
    await serving(node);
  }
  await Promise.all(loads.map((load) => load.stop()));
  for (const node of trio.nodes) {
    // eslint-disable-next-line no-await-in-loop
    await using client = await Connection.open(node.port);
    for (const [i, name] of ['a', 'b'].entries()) {
      const { written, ok, unknown } = loads[i] as Load;
      expect(ok).toBeGreaterThan(50);
      // eslint-disable-next-line no-await-in-loop
      const sum = Number(await client.say(`GET ${name}`));
      expect(sum).toBeGreaterThanOrEqual(ok);
      // A connection that was lost told nothing of the request it carried.
      expect(sum).toBeLessThanOrEqual(ok + unknown + trio.nodes.length);
      const keys = [...written.keys()];
      // eslint-disable-next-line no-await-in-loop
      const values = await Promise.all(keys.map((key) => client.say(`GET ${key}`)));
      expect(values).toEqual([...written.values()]);
    }
  }
  const gaps = loads.map(({ gapMs }) => Math.round(gapMs));
  console.log(`longest wait for an update at a live node: ${Math.max(...gaps)} ms`);
}, 120_000);

test('a brand-new node joins, serves, leaves, and joins again; the acceptors stay those of the start', async () => {
  await using trio = await startReplicas(3);
  const [n1] = trio.nodes as Three;
  await using old = await Connection.open(n1.port);
  expect(await old.say('SET k v')).toBe('OK');
  const n4 = await trio.add();
  await using admin = await Connection.open(n4.port);
  await using client = await Connection.open(n4.port);
  expect(await admin.say('HERMES JOIN')).toBe('OK');
  expect(await client.say('GET k')).toBe('v');
  expect(await client.say('SET k w')).toBe('OK');
  expect(await old.say('GET k')).toBe('w');
  expect(await status(n4)).toMatchObject({ vote: 'none', acceptors: [0, 1, 2] });
  expect(await admin.say('HERMES LEAVE')).toBe('OK');
  expect((await status(n4)).state).toBe('left');
  expect(await client.say('GET k')).toMatch(/^-NOTMEMBER /);
  expect((await status(n1)).members.map(({ id }) => id)).toEqual([0, 1, 2]);
  // It stays out, also when it is started again.
  await kill(n4);
  await n4.restart();
  await pause(1500);
  expect((await status(n4)).state).toBe('left');
  await using again = await Connection.open(n4.port);
  expect(await again.say('HERMES JOIN')).toBe('OK');
  expect(await again.say('GET k')).toBe('w');
}, 60_000);

test('where a majority is gone the rest refuses, and goes on with all data when it is back', async () => {
  await using trio = await startReplicas(3);
  const [n1, n2, n3] = trio.nodes as Three;
  await using client = await Connection.open(n1.port);
  expect(await client.say('SET k v')).toBe('OK');
  await Promise.all([n2, n3].map(kill));
  await eventually(async () => (await status(n1)).state === 'no-lease');
  expect(await client.say('GET k')).toMatch(/^-NOTSERVING /);
  expect(await client.say('SET k w')).toMatch(/^-NOTSERVING /);
  await Promise.all([n2, n3].map((node) => node.restart()));
  await Promise.all(trio.nodes.map(serving));
  await using other = await Connection.open(n3.port);
  expect(await other.say('GET k')).toBe('v');
  expect(await client.say('GET k')).toBe('v');
}, 60_000);

test('where the memory of all members is gone, every operation is told LOST', async () => {
  await using trio = await startReplicas(3);
  await Promise.all(trio.nodes.map(kill));
  await Promise.all(trio.nodes.map((node) => node.restart()));
  for (const node of trio.nodes) {
    // eslint-disable-next-line no-await-in-loop
    await eventually(async () => (await status(node)).state === 'lost');
    // eslint-disable-next-line no-await-in-loop
    await using client = await Connection.open(node.port);
    for (const line of ['GET k', 'SET k v', 'INCR k', 'DEL k', 'MGET a b', 'HERMES JOIN']) {
      // eslint-disable-next-line no-await-in-loop
      expect(await client.say(line), line).toMatch(/^-LOST .* hermes cluster reset /);
    }
    expect(node.log().some(({ event }) => event?.startsWith('LOST: '))).toBe(true);
  }
}, 60_000);

test('an acceptor whose disk is lost takes part and does not vote, until it is mended', async () => {
  await using trio = await startReplicas(3);
  const [n1, n2, n3] = trio.nodes as Three;
  await using client = await Connection.open(n1.port);
  expect(await client.say('SET k v')).toBe('OK');
  await kill(n3);
  rmSync(n3.data, { recursive: true });
  await n3.restart();
  await serving(n3);
  expect((await status(n3)).vote).toBe('lost');
  // n1 and n3 are two of three, but only one of them votes.
  await kill(n2);
  await eventually(async () => (await status(n1)).state === 'no-lease');
  await n2.restart();
  await Promise.all(trio.nodes.map(serving));
  await using admin = await Connection.open(n3.port);
  expect(await admin.say('HERMES MEND')).toBe('OK');
  expect((await status(n3)).vote).toBe('yes');
  await kill(n2);
  await eventually(async () => (await status(n1)).members.length === 2);
  expect(await client.say('GET k')).toBe('v');
  expect(await client.say('SET k w')).toBe('OK');
}, 60_000);
