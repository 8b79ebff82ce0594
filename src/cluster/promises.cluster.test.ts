/**
 * What the protocol promises (spec rule §7.5), and what happens when a promise's condition is broken on
 * purpose: an answer is then refused or LOST, never stale and never empty.
 */
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { NodeName, NodeStatus, Op, Outcome, Value } from '../base/operation.ts';
import type { Fault } from '../faults/fault.ts';
import type { System } from '../system/system.ts';
import { resetCluster, resetNode } from './hand/reset-by-hand.ts';
import type { Watch } from './hand/members-by-hand.ts';
import { holderOf } from './holder/holder-client.ts';
import { ownStateFolder } from './lab.case.ts';
import { attachCluster } from './open-cluster.ts';
import { RUNTIMES } from './runtimes.ts';
import { hermesTarget } from './targets/hermes.ts';

const ALL = ['n1', 'n2', 'n3'];
const state = ownStateFolder();
let lab: Lab | undefined;
afterEach(async () => {
  await lab?.stop();
  lab = undefined;
});
afterAll(() => state.remove());

/** A cluster of three, and what a client sees of it. */
class Lab {
  readonly name: string;
  readonly system: System;
  /** What clients use: a cluster that was reset is another one, and they begin anew with it. */
  #front: System;
  #id = 0;

  private constructor(name: string, system: System) {
    this.name = name;
    this.system = system;
    this.#front = system;
  }

  static async open(name: string): Promise<Lab> {
    const options = { basePort: undefined, links: 'proxy', logDir: undefined } as const;
    const system = await RUNTIMES.process.open(
      hermesTarget({ protocol: 'hermes' }),
      { name, nodes: ALL, detached: false, ...options },
      () => {},
      new AbortController().signal,
    );
    return (lab = new Lab(name, system));
  }

  async submit(node: NodeName, op: Op): Promise<Outcome> {
    const session = this.#front.session(node);
    try {
      await new Promise<void>((up) => session.onUp(up));
      return await new Promise((done) => session.submit(op, done));
    } finally {
      session.close();
    }
  }

  write(node: NodeName, key: number, value: Value): Promise<Outcome> {
    return this.submit(node, { f: 'write', key, value });
  }

  read(node: NodeName, key: number): Promise<Outcome> {
    return this.submit(node, { f: 'read', key, value: null });
  }

  status(node: NodeName): Promise<NodeStatus | undefined> {
    return new Promise((done) => this.#front.status(node, done));
  }

  async states(): Promise<(string | undefined)[]> {
    return (await Promise.all(ALL.map((node) => this.status(node)))).map((said) => said?.state);
  }

  /** Kills nodes at once; returns how to start them again. */
  async kill(nodes: readonly NodeName[]): Promise<() => Promise<void>> {
    const id = ++this.#id;
    const fault: Fault = { id, ...KILL, nodes };
    const report = await new Promise((done) => this.system.inject(fault, done));
    expect(report).toMatchObject({ bitten: true, counters: { killed: nodes.length } });
    return async () => {
      const undone = await new Promise((done) => this.system.undo(id, done));
      expect(undone).toMatchObject({ counters: { restarted: nodes.length } });
    };
  }

  /** Starts the whole cluster anew. Resolves with what a person is told of it. */
  async reset(): Promise<readonly string[]> {
    const { lines } = await resetCluster(this.name, WATCH);
    // Clients of the old one find nobody of theirs any more.
    expect(await this.status('n1')).toBeUndefined();
    this.#front = await attachCluster(this.name, hermesTarget({ protocol: 'hermes' }));
    return lines;
  }

  async stop(): Promise<void> {
    if (this.#front !== this.system) await this.#front.stop();
    await this.system.stop();
  }

  /** Starts nodes again on empty disks. */
  async wipe(nodes: readonly NodeName[]): Promise<void> {
    const holder = await holderOf(this.name);
    await Promise.all(nodes.map((node) => holder.call('wipe', { node })));
    holder.close();
  }
}

const KILL = { kind: 'kill', shape: '', atNs: 0, forNs: 0, links: [], params: {} } as const;

const WATCH: Watch = {
  onPhase: () => {},
  onState: () => {},
  signal: new AbortController().signal,
};

/** Looks again until it holds; fails with what was seen last. */
async function eventually<T>(look: () => Promise<T>, holds: (seen: T) => boolean): Promise<T> {
  let seen = await look();
  for (let i = 0; i < 400 && !holds(seen); i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    seen = await look();
  }
  expect(holds(seen), `at last: ${JSON.stringify(seen)}`).toBe(true);
  return seen;
}

const ok = ({ type }: Outcome): boolean => type === 'ok';
const isAll = (wanted: string) => (states: readonly unknown[]) =>
  states.every((each) => each === wanted);

/** Reads a key on some nodes as long as `work` lasts; what was answered. */
async function readingDuring(
  { read }: { read: (node: NodeName) => Promise<Outcome> },
  nodes: readonly NodeName[],
  work: () => Promise<unknown>,
): Promise<Outcome[]> {
  const seen: Outcome[] = [];
  let over = false;
  const readers = nodes.map(async (node) => {
    while (!over) seen.push(await read(node));
  });
  await work();
  over = true;
  await Promise.race([Promise.all(readers), new Promise((resolve) => setTimeout(resolve, 2_000))]);
  return seen;
}

describe('promises', () => {
  test('the memory of all is lost: LOST, neither a stale nor an empty answer; reset starts anew', async () => {
    const it = await Lab.open('all-memory');
    expect(ok(await it.write('n1', 1, 7))).toBe(true);
    const restart = await it.kill(ALL);
    const seen = await readingDuring({ read: (node) => it.read(node, 1) }, ALL, async () => {
      await restart();
      await eventually(() => it.states(), isAll('lost'));
    });
    // From the first moment on nobody says that there is nothing.
    expect(seen.filter(ok)).toEqual([]);
    for (const node of ALL) {
      expect(await it.read(node, 1)).toMatchObject({
        type: 'fail',
        error: expect.stringContaining('LOST'),
      });
      expect(await it.write(node, 1, 8)).toMatchObject({
        type: 'fail',
        error: expect.stringContaining('LOST'),
      });
    }
    const lines = await it.reset();
    expect(lines[0]).toContain('EMPTY');
    expect(await it.states()).toEqual(['serving', 'serving', 'serving']);
    expect(await it.read('n2', 1)).toEqual({ type: 'ok', value: null });
    expect(ok(await it.write('n3', 1, 9))).toBe(true);
    expect(await it.read('n1', 1)).toEqual({ type: 'ok', value: 9 });
  });

  test('a majority is killed: the rest stops serving, and goes on when it is back', async () => {
    const it = await Lab.open('majority');
    expect(ok(await it.write('n2', 1, 7))).toBe(true);
    const restart = await it.kill(['n2', 'n3']);
    const seen = await readingDuring({ read: (node) => it.read(node, 1) }, ['n1'], () =>
      eventually(
        () => it.read('n1', 1),
        (read) => read.type === 'fail',
      ),
    );
    // While its lease lasts what it holds is the truth; afterwards it says nothing.
    for (const read of seen)
      if (ok(read)) expect(read).toEqual({ type: 'ok', value: 7 });
      else
        expect(read).toMatchObject({ type: 'fail', error: expect.stringContaining('NOTSERVING') });
    for (let i = 0; i < 5; i++)
      expect(await it.read('n1', 1)).toMatchObject({
        type: 'fail',
        error: expect.stringContaining('NOTSERVING'),
      });
    expect(await it.write('n1', 1, 8)).toMatchObject({
      type: 'fail',
      error: expect.stringContaining('NOTSERVING'),
    });
    expect(await it.status('n1')).toMatchObject({ state: 'no-lease' });
    await restart();
    await eventually(() => it.states(), isAll('serving'));
    for (const node of ALL) expect(await it.read(node, 1)).toEqual({ type: 'ok', value: 7 });
    expect(ok(await it.write('n3', 1, 9))).toBe(true);
    expect(await it.read('n1', 1)).toEqual({ type: 'ok', value: 9 });
  });

  test('one acceptor loses its disk: it holds data, has no vote, and gets it back by reset', async () => {
    const it = await Lab.open('one-disk');
    expect(ok(await it.write('n1', 1, 7))).toBe(true);
    await it.wipe(['n2']);
    await eventually(() => it.states(), isAll('serving'));
    expect(await it.read('n2', 1)).toEqual({ type: 'ok', value: 7 });
    expect((await it.status('n2'))?.vote).toBe('lost');
    // Without its vote the other two are needed: one of them alone decides nothing.
    const restart = await it.kill(['n3']);
    await eventually(
      () => it.read('n1', 1),
      (read) => read.type === 'fail',
    );
    await restart();
    await eventually(() => it.states(), isAll('serving'));
    const { lines } = await resetNode(it.name, 'n2', WATCH);
    expect(lines[0]).toContain('n2 takes part in decisions again');
    expect((await it.status('n2'))?.vote).toBe('yes');
    await expect(resetNode(it.name, 'n2', WATCH)).rejects.toThrow('nothing is to be mended');
    const again = await it.kill(['n3']);
    await eventually(() => it.write('n1', 1, 8), ok);
    expect(await it.read('n2', 1)).toEqual({ type: 'ok', value: 8 });
    await again();
    await eventually(() => it.states(), isAll('serving'));
    expect(await it.read('n3', 1)).toEqual({ type: 'ok', value: 8 });
  });

  test('a majority of acceptors lose their disks at once: all refuse, only reset helps', async () => {
    const it = await Lab.open('two-disks');
    expect(ok(await it.write('n1', 1, 7))).toBe(true);
    const seen = await readingDuring({ read: (node) => it.read(node, 1) }, ALL, async () => {
      await it.wipe(['n2', 'n3']);
      await eventually(
        () => it.states(),
        (states) => !states.includes('serving'),
      );
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    });
    for (const read of seen.filter(ok)) expect(read).toEqual({ type: 'ok', value: 7 });
    for (const node of ALL) {
      expect((await it.read(node, 1)).type).toBe('fail');
      expect((await it.write(node, 1, 8)).type).toBe('fail');
    }
    for (const node of ['n2', 'n3']) {
      expect((await it.status(node))?.vote).toBe('lost');
      await expect(resetNode(it.name, node, WATCH)).rejects.toThrow(/cannot take part.*take it in/);
    }
    await it.reset();
    for (const node of ALL) expect(await it.read(node, 1)).toEqual({ type: 'ok', value: null });
    expect(ok(await it.write('n2', 1, 9))).toBe(true);
  });
});
