/**
 * What every `System` must do, whatever runs it: the conformance suite of the seam. A runtime's test
 * file calls `conforms` with a way to open a system of three nodes, and lists what it cannot do, with
 * the reason.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NodeName, NodeStatus, Op, Outcome } from '../base/operation.ts';
import { FAULT_KINDS, type Fault, type FaultReport, type Link } from '../faults/fault.ts';
import type { Session, System, SystemEvent } from './system.ts';

/** A system that was opened for the suite. */
export interface Subject {
  readonly system: System;
  /** Ends the program of a node as a crash would, behind the system's back. */
  crash(node: NodeName): Promise<void>;
  /** What of the system is still there after `stop`: processes, folders, namespaces. */
  leftovers(): Promise<readonly string[]>;
}

export interface Conformance {
  readonly name: string;
  /** Three nodes named n1 to n3 that keep registers; clients wait `CLIENT_TIMEOUT_MS`. */
  open(): Promise<Subject>;
  /** Tests that this system cannot pass, with the reason. */
  readonly skips: readonly { readonly test: TestName; readonly why: string }[];
  /** Why this machine cannot run it at all; undefined: it can. */
  readonly unavailable?: string | undefined;
}

/** The wait that `open` must ask for. Above the deadline of replicas (1 s). */
export const CLIENT_TIMEOUT_MS = 1_500;

export const TESTS = [
  'time does not run backwards, timers are not early, a cancelled one never comes',
  'a session comes up and carries operations',
  'a reply that says no is a failure with what was seen',
  'done never comes before submit returned',
  'a session carries one operation at a time',
  'a closed session refuses, and says that nothing happened',
  'a node describes itself',
  'a partition is bitten, stops writes that need the other side, and ends when undone',
  'a paused node leaves the outcome open, and its session comes back',
  'a lost connection is made again',
  'messages: lost, repeated, delayed and overtaking ones are counted',
  'links: delayed and slow ones are counted',
  'loss of packets is counted',
  'a fault that is not on cannot be undone',
  'what a system is unable to do is reported, never ignored',
  'a killed node is no crash; undone, it answers again',
  'a kill loses no acknowledged write, of before, of meanwhile, on no node',
  'a member leaves and comes back, writes go on, none is lost',
  'a brand-new member joins and leaves, writes go on, none is lost',
  'a program that ends by itself is told, with its last lines',
  'run ends after finish',
  'stop leaves nothing and may be called again',
] as const;
export type TestName = (typeof TESTS)[number];

const NODES = ['n1', 'n2', 'n3'];
const MS = 1e6;

/** Registers the suite with vitest. One long function, since all tests share the one system that is open. */
export function conforms({ name, open, skips, unavailable }: Conformance): void {
  const why = unavailable === undefined ? '' : ` (skipped: ${unavailable})`;
  describe.skipIf(unavailable !== undefined)(`${name} conforms${why}`, () => {
    let subject: Subject;
    let system: System;
    let key = 0;
    const events: SystemEvent[] = [];
    const reasons = new Map<string, string>(skips.map(({ test: skipped, why }) => [skipped, why]));
    /** A test of the list; a skipped one carries its reason in its name. */
    const check = (title: TestName, body: () => Promise<void>): void => {
      const reason = reasons.get(title);
      const said = reason === undefined ? '' : ` (skipped: ${reason})`;
      test.skipIf(reason !== undefined)(`${title}${said}`, body);
    };

    beforeAll(async () => {
      subject = await open();
      system = subject.system;
      system.onEvent((event) => events.push(event));
    });
    afterAll(() => system.stop());

    const fresh = (f: string, value: Op['value'] = null): Op => ({ f, key: ++key, value });
    const wait = (ms: number): Promise<void> =>
      new Promise((done) => void system.at(system.nowNs() + ms * MS, done));
    const up = (session: Session): Promise<void> => new Promise((done) => session.onUp(done));
    const submit = (session: Session, op: Op): Promise<Outcome> =>
      new Promise((done) => session.submit(op, done));
    const inject = (given: Partial<Fault> & Pick<Fault, 'kind'>): Promise<FaultReport> =>
      new Promise((done) => system.inject({ ...NO_FAULT, ...given }, done));
    const undo = (id: number): Promise<FaultReport> => new Promise((done) => system.undo(id, done));
    const status = (node: NodeName): Promise<NodeStatus | undefined> =>
      new Promise((done) => system.status(node, done));

    /** Runs `work` with a session of `node` that is up. */
    async function withSession<T>(node: NodeName, work: (s: Session) => Promise<T>): Promise<T> {
      const session = system.session(node);
      try {
        await up(session);
        return await work(session);
      } finally {
        session.close();
      }
    }

    /** Writes on a node until one is acknowledged: after a fault links need a moment. */
    async function serves(node: NodeName): Promise<void> {
      for (let attempt = 0; attempt < 100; attempt++) {
        const outcome = await withSession(node, (session) => submit(session, fresh('write', 1)));
        if (outcome.type === 'ok') return;
        await wait(100);
      }
      expect.fail(`${node} does not serve`);
    }

    /** Writes fresh keys on these nodes as long as `work` lasts; those that were acknowledged. */
    async function acknowledged(
      nodes: readonly NodeName[],
      work: () => Promise<void>,
    ): Promise<Op[]> {
      const kept: Op[] = [];
      let over = false;
      const writers = nodes.map((node) =>
        withSession(node, async (session) => {
          while (!over) {
            const op = fresh('write', kept.length);
            const { type } = await submit(session, op);
            if (type === 'ok') kept.push(op);
            // Each of them is read again on every node.
            if (type === 'ok') await wait(3);
            else await Promise.race([up(session), wait(100)]);
          }
        }),
      );
      await work();
      over = true;
      await Promise.all(writers);
      return kept;
    }

    /** Every node answers with what was acknowledged. */
    async function holds(writes: readonly Op[]): Promise<void> {
      expect(writes.length).toBeGreaterThan(0);
      for (const node of NODES) {
        await serves(node);
        await withSession(node, async (session) => {
          for (const { key, value } of writes) {
            const read = await submit(session, { f: 'read', key, value: null });
            expect({ node, key, ...read }).toEqual({ node, key, type: 'ok', value });
          }
        });
      }
    }

    /** A change of the members while all write; what the fault did. */
    async function memberChange(id: number, shape: string, nodes: readonly NodeName[]) {
      let during: Op[] = [];
      let first: FaultReport | undefined;
      let last: FaultReport | undefined;
      const all = await acknowledged(NODES, async () => {
        first = await inject({ id, kind: 'member', shape, nodes });
        expect(first.error).toBeUndefined();
        const others = NODES.filter((node) => !nodes.includes(node));
        during = await acknowledged(others, () => wait(300));
        last = await undo(id);
        expect(last.error).toBeUndefined();
      });
      expect(during.length).toBeGreaterThan(0);
      await holds(all);
      return { first, last };
    }

    /** Injects, keeps writing on all nodes for a while, undoes; returns the last report. */
    async function under(fault: Partial<Fault> & Pick<Fault, 'kind'>): Promise<FaultReport> {
      const first = await inject(fault);
      expect(first.error).toBeUndefined();
      const until = system.nowNs() + 400 * MS;
      await Promise.all(
        NODES.map((node) =>
          withSession(node, async (session) => {
            while (system.nowNs() < until) await submit(session, fresh('write', 1));
          }),
        ),
      );
      const last = await undo(first.id);
      expect(last.error).toBeUndefined();
      expect(last.id).toBe(first.id);
      for (const [counter, count] of Object.entries(first.counters))
        expect(last.counters[counter]).toBeGreaterThanOrEqual(count);
      return last;
    }

    check(
      'time does not run backwards, timers are not early, a cancelled one never comes',
      async () => {
        const times = Array.from({ length: 100 }, () => system.nowNs());
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        let never = true;
        const cancel = system.at(system.nowNs() + 5 * MS, () => (never = false));
        cancel();
        const due = system.nowNs() + 20 * MS;
        await new Promise<void>((done) => void system.at(due, done));
        expect(system.nowNs()).toBeGreaterThanOrEqual(due);
        await new Promise<void>((done) => void system.at(0, done));
        expect(never).toBe(true);
      },
    );

    check('a session comes up and carries operations', async () => {
      expect(system.nodes).toEqual(NODES);
      for (const node of NODES) {
        await withSession(node, async (session) => {
          const op = fresh('write', 7);
          expect(await submit(session, op)).toEqual({ type: 'ok', value: 7 });
          const read = await submit(session, { ...op, f: 'read', value: null });
          expect(read).toEqual({ type: 'ok', value: 7 });
        });
      }
    });

    check('a reply that says no is a failure with what was seen', async () => {
      await withSession('n1', async (session) => {
        const op = fresh('write', 1);
        await submit(session, op);
        const cas = await submit(session, { ...op, f: 'cas', value: [2, 3] });
        expect(cas).toEqual({ type: 'fail', error: 'mismatch', observed: 1 });
        const absent = await submit(session, fresh('cas', [4, 5]));
        expect(absent).toEqual({ type: 'fail', error: 'mismatch', observed: null });
        expect(await submit(session, { ...op, f: 'cas', value: [1, 3] })).toEqual({
          type: 'ok',
          value: [1, 3],
        });
      });
    });

    check('done never comes before submit returned', async () => {
      const closed = system.session('n1');
      closed.close();
      const open = system.session('n1');
      await up(open);
      for (const session of [closed, open]) {
        let returned = false;
        const told = new Promise<boolean>((done) =>
          session.submit(fresh('read'), () => done(returned)),
        );
        returned = true;
        expect(await told).toBe(true);
      }
      open.close();
    });

    check('a session carries one operation at a time', async () => {
      await withSession('n1', async (session) => {
        const first = submit(session, fresh('write', 1));
        expect(() => session.submit(fresh('read'), () => {})).toThrow(/one operation/);
        expect((await first).type).toBe('ok');
      });
    });

    check('a closed session refuses, and says that nothing happened', async () => {
      const session = system.session('n2');
      await up(session);
      session.close();
      expect(await submit(session, fresh('write', 1))).toEqual({
        type: 'fail',
        error: 'not connected',
      });
    });

    check('a node describes itself', async () => {
      const described = await Promise.all(NODES.map(status));
      expect(described.map((each) => each?.id)).toEqual([0, 1, 2]);
      expect(described.map((each) => each?.state)).toEqual(['serving', 'serving', 'serving']);
    });

    check(
      'a partition is bitten, stops writes that need the other side, and ends when undone',
      async () => {
        const links = both([
          ['n1', 'n2'],
          ['n1', 'n3'],
        ]);
        const first = await inject({ id: 11, kind: 'partition', shape: 'one', links });
        expect(first).toMatchObject({ id: 11, links });
        expect(first.error).toBeUndefined();
        const cut = await withSession('n1', (session) => submit(session, fresh('write', 1)));
        expect(cut.type).toBe('info');
        const last = await undo(11);
        expect(last).toMatchObject({ id: 11, bitten: true, links });
        await serves('n1');
        await serves('n2');
      },
    );

    check('a paused node leaves the outcome open, and its session comes back', async () => {
      const session = system.session('n2');
      await up(session);
      let ups = 0;
      session.onUp(() => ups++);
      expect(ups).toBe(1);
      const other = system.session('n2');
      await up(other);
      const first = await inject({ id: 12, kind: 'pause', shape: 'one', nodes: ['n2'] });
      expect(first).toMatchObject({ bitten: true, nodes: ['n2'] });
      const began = system.nowNs();
      expect(await submit(session, fresh('write', 1))).toEqual({ type: 'info', error: 'timeout' });
      expect(system.nowNs() - began).toBeGreaterThanOrEqual((CLIENT_TIMEOUT_MS - 1) * MS);
      expect(await status('n2')).toBeUndefined();
      expect(await submit(other, fresh('read'))).toEqual({ type: 'fail', error: 'timeout' });
      other.close();
      const last = await undo(12);
      expect(last.bitten).toBe(true);
      expect(last.counters['stoppedMs']).toBeGreaterThan(CLIENT_TIMEOUT_MS);
      for (let waited = 0; ups < 2 && waited < 50; waited++) await wait(100);
      expect(ups).toBeGreaterThanOrEqual(2);
      session.close();
      await serves('n2');
    });

    check('a lost connection is made again', async () => {
      const links = both([['n1', 'n2']]);
      const report = await inject({ id: 13, kind: 'disconnect', shape: 'links', links });
      expect(report).toMatchObject({ id: 13, bitten: true });
      expect(report.counters['connectionsReset']).toBeGreaterThan(0);
      await undo(13);
      await serves('n1');
    });

    check('messages: lost, repeated, delayed and overtaking ones are counted', async () => {
      const links = both(ALL_PAIRS);
      const params = { percent: 40, delayMs: 10, jitterMs: 10 };
      for (const [shape, counter] of MESSAGES) {
        const report = await under({ id: 14, kind: 'messages', shape, links, params });
        expect(report.counters[counter], shape).toBeGreaterThan(0);
        expect(report.bitten).toBe(true);
        await serves('n1');
      }
    });

    check('links: delayed and slow ones are counted', async () => {
      const links = both(ALL_PAIRS);
      for (const [shape, params] of [
        ['delay', { delayMs: 20, jitterMs: 5 }],
        ['rate', { kbit: 64 }],
      ] as const) {
        const report = await under({ id: 15, kind: 'link', shape, links, params });
        expect(report.bitten, shape).toBe(true);
        await serves('n1');
      }
    });

    check('loss of packets is counted', async () => {
      const links = both(ALL_PAIRS);
      for (const [shape, params] of [
        ['steady', { percent: 20 }],
        ['burst', { percent: 20, burst: 4 }],
      ] as const) {
        const report = await under({ id: 16, kind: 'loss', shape, links, params });
        expect(report.counters['packets'], shape).toBeGreaterThan(0);
        expect(report.bitten).toBe(true);
        await serves('n1');
      }
    });

    check('a fault that is not on cannot be undone', async () => {
      const report = await undo(999);
      expect(report).toMatchObject({ id: 999, bitten: false });
      expect(report.error).toMatch(/999/);
    });

    check('what a system is unable to do is reported, never ignored', async () => {
      const unable = Object.entries(system.capabilities).filter(([, able]) => able !== true);
      for (const [, why] of unable) expect(why).toMatch(/\w+ \w+/);
      const links = both(ALL_PAIRS);
      const kinds = FAULT_KINDS.filter((kind) => system.capabilities[kind] !== true);
      const wishes = [...kinds.map((kind) => [kind, 'one'] as const), ['member', 'dance'] as const];
      for (const [kind, shape] of wishes) {
        const report = await inject({ id: 17, kind, shape, nodes: ['n1'], links });
        expect(report, kind).toMatchObject({
          bitten: false,
          error: expect.stringMatching(/\w+ \w+/),
        });
      }
    });

    check('a killed node is no crash; undone, it answers again', async () => {
      events.length = 0;
      const report = await inject({ id: 18, kind: 'kill', shape: 'one', nodes: ['n3'] });
      expect(report).toMatchObject({ bitten: true, nodes: ['n3'] });
      expect(await status('n3')).toBeUndefined();
      const last = await undo(18);
      expect(last).toMatchObject({ bitten: true, counters: { killed: 1, restarted: 1 } });
      expect((await status('n3'))?.id).toBe(2);
      expect(events.filter(({ type }) => type === 'exit')).toEqual([]);
    });

    check('a kill loses no acknowledged write, of before, of meanwhile, on no node', async () => {
      await serves('n3');
      let during: Op[] = [];
      const all = await acknowledged(NODES, async () => {
        await wait(200);
        const report = await inject({ id: 19, kind: 'kill', shape: 'one', nodes: ['n3'] });
        expect(report).toMatchObject({ bitten: true, nodes: ['n3'] });
        during = await acknowledged(['n1', 'n2'], () => serves('n1'));
        const last = await undo(19);
        expect(last).toMatchObject({ counters: { restarted: 1 } });
        await serves('n3');
      });
      await holds([...during, ...all]);
    });

    check('a member leaves and comes back, writes go on, none is lost', async () => {
      const { first, last } = await memberChange(20, 'leave', ['n2']);
      expect(first).toMatchObject({ bitten: true, nodes: ['n2'], counters: { left: 1 } });
      expect(last).toMatchObject({ bitten: true, counters: { returned: 1 } });
      expect((await status('n2'))?.state).toBe('serving');
    });

    check('a brand-new member joins and leaves, writes go on, none is lost', async () => {
      const { first, last } = await memberChange(21, 'join', []);
      expect(first).toMatchObject({ bitten: true, nodes: ['n4'], counters: { joined: 1 } });
      const { epochBefore, epochAfter } = first?.counters ?? {};
      expect(epochAfter).toBeGreaterThan(epochBefore as number);
      expect(last).toMatchObject({ bitten: true, counters: { dismissed: 1 } });
      expect(system.nodes).toEqual(NODES);
    });

    check('a program that ends by itself is told, with its last lines', async () => {
      events.length = 0;
      await subject.crash('n2');
      for (let waited = 0; events.length === 0 && waited < 50; waited++) await wait(20);
      expect(events).toHaveLength(1);
      expect(events[0]).toMatchObject({ type: 'exit', node: 'n2', signal: 'SIGKILL' });
      const [exit] = events;
      if (exit?.type === 'exit') expect(exit.log.length).toBeGreaterThan(0);
    });

    check('run ends after finish', async () => {
      let ended = false;
      const run = system.run().then(() => (ended = true));
      await wait(5);
      expect(ended).toBe(false);
      system.finish();
      await run;
    });

    check('stop leaves nothing and may be called again', async () => {
      expect(await subject.leftovers()).not.toEqual([]);
      const [first, second] = await Promise.all([system.stop(), system.stop()]);
      expect(first).toEqual({ left: [] });
      expect(second).toEqual(first);
      expect(await system.stop()).toEqual(first);
      expect(await subject.leftovers()).toEqual([]);
    });
  });
}

const NO_FAULT: Omit<Fault, 'kind'> = {
  id: 1,
  shape: '',
  atNs: 0,
  forNs: 0,
  nodes: [],
  links: [],
  params: {},
};

const ALL_PAIRS: readonly Link[] = [
  ['n1', 'n2'],
  ['n1', 'n3'],
  ['n2', 'n3'],
];

const MESSAGES = [
  ['lose', 'messagesLost'],
  ['repeat', 'messagesRepeated'],
  ['delay', 'messagesDelayed'],
  ['reorder', 'messagesReordered'],
] as const;

/** Each pair in both directions. */
function both(pairs: readonly Link[]): Link[] {
  return pairs.flatMap(([a, b]): Link[] => [
    [a, b],
    [b, a],
  ]);
}
