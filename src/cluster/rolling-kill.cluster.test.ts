/**
 * Every node of a cluster is killed, one after the other, under load: nothing that was acknowledged is
 * lost, and the others keep serving reads. How long clients of live nodes waited is printed; it is
 * bounded by suspicion plus lease, but on a loaded machine that bound proves nothing.
 */
import { afterAll, expect, test } from 'vitest';
import { duration } from '../base/figures.ts';
import type { NodeName, NodeStatus, Op, Outcome } from '../base/operation.ts';
import type { Fault, FaultReport } from '../faults/fault.ts';
import { HOST_TIMING } from '../protocols/machine.ts';
import type { System } from '../system/system.ts';
import { ownStateFolder } from './lab.case.ts';
import { RUNTIMES } from './runtimes.ts';
import { hermesTarget } from './targets/hermes.ts';

const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];
/** Keys that are written before and then only read. */
const QUIET_KEYS = 20;
const DOWN_MS = 2_000;

const state = ownStateFolder();
afterAll(() => state.remove());

interface Client {
  readonly node: NodeName;
  /** Time of each operation that ended well, ns. */
  readonly okNs: number[];
  readonly ended: Promise<void>;
}

/** Submits operations on a node, one after the other, until `over`. */
function client(
  system: System,
  node: NodeName,
  next: () => Op,
  note: (op: Op, outcome: Outcome) => void,
  over: () => boolean,
): Client {
  const session = system.session(node);
  const okNs: number[] = [];
  const ended = (async () => {
    while (!over()) {
      const op = next();
      const outcome = await new Promise<Outcome>((done) => session.submit(op, done));
      if (outcome.type === 'ok') okNs.push(system.nowNs());
      note(op, outcome);
      await new Promise((resolve) => setTimeout(resolve, outcome.type === 'ok' ? 6 : 20));
    }
    session.close();
  })();
  return { node, okNs, ended };
}

/** The longest wait for an operation that ends well, within a span of time, ms. */
function gapMs(okNs: readonly number[], fromNs: number, toNs: number): number {
  const inside = okNs.filter((ns) => ns > fromNs && ns < toNs);
  const marks = [fromNs, ...inside, toNs];
  return Math.max(...marks.map((ns, i) => (i === 0 ? 0 : ns - (marks[i - 1] as number)))) / 1e6;
}

test(
  'all nodes killed in turn under load: nothing is lost, the rest serves',
  { timeout: 180_000 },
  async () => {
    const system = await RUNTIMES.process.open(
      hermesTarget({ protocol: 'hermes' }),
      {
        name: 'rolling',
        nodes: NODES,
        basePort: undefined,
        links: 'proxy',
        logDir: undefined,
        detached: false,
      },
      () => {},
      new AbortController().signal,
    );
    const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    const status = (node: NodeName): Promise<NodeStatus | undefined> =>
      new Promise((done) => system.status(node, done));
    const submit = async (node: NodeName, op: Op): Promise<Outcome> => {
      const session = system.session(node);
      await new Promise<void>((up) => session.onUp(up));
      const outcome = await new Promise<Outcome>((done) => session.submit(op, done));
      session.close();
      return outcome;
    };

    for (let key = 1; key <= QUIET_KEYS; key++)
      expect(await submit('n1', { f: 'write', key, value: key })).toMatchObject({ type: 'ok' });
    let over = false;
    let key = QUIET_KEYS;
    let turn = 0;
    const kept: Op[] = [];
    const wrong: unknown[] = [];
    const readers = NODES.map((node) =>
      client(
        system,
        node,
        () => ({ f: 'read', key: (turn++ % QUIET_KEYS) + 1, value: null }),
        (op, outcome) => {
          if (outcome.type === 'ok' && outcome.value !== op.key) wrong.push({ op, outcome });
        },
        () => over,
      ),
    );
    const writers = NODES.map((node) =>
      client(
        system,
        node,
        () => ({ f: 'write', key: ++key, value: key }),
        (op, outcome) => {
          if (outcome.type === 'ok') kept.push(op);
        },
        () => over,
      ),
    );
    await wait(500);

    const spans: { node: NodeName; fromNs: number; toNs: number }[] = [];
    for (const [i, node] of NODES.entries()) {
      const fault: Fault = {
        ...{ id: i + 1, kind: 'kill', shape: 'one', atNs: 0, forNs: 0 },
        ...{ nodes: [node], links: [], params: {} },
      };
      const fromNs = system.nowNs();
      const killed = await new Promise<FaultReport>((done) => system.inject(fault, done));
      expect(killed).toMatchObject({ bitten: true });
      await wait(DOWN_MS);
      spans.push({ node, fromNs, toNs: system.nowNs() });
      const back = await new Promise<FaultReport>((done) => system.undo(fault.id, done));
      expect(back).toMatchObject({ counters: { restarted: 1 } });
      for (let looks = 0; (await status(node))?.state !== 'serving'; looks++) {
        expect(looks, `${node} does not serve again`).toBeLessThan(400);
        await wait(50);
      }
    }
    over = true;
    await Promise.all([...readers, ...writers].map(({ ended }) => ended));

    const { suspectUs, leaseUs } = HOST_TIMING;
    const said = spans.map(({ node, fromNs, toNs }) => {
      const of = (clients: readonly Client[]): number[] =>
        clients.filter((each) => each.node !== node).map(({ okNs }) => gapMs(okNs, fromNs, toNs));
      // Each of the others answered reads while it was down.
      for (const reader of readers.filter((each) => each.node !== node))
        expect(
          reader.okNs.some((ns) => ns > fromNs && ns < toNs),
          `${reader.node} without ${node}`,
        ).toBe(true);
      const reads = duration(Math.max(...of(readers)));
      return `${node}: reads ${reads}, writes ${duration(Math.max(...of(writers)))}`;
    });
    console.log(
      `longest wait of clients of live nodes while a node is down (suspicion + lease: ${duration((suspectUs + leaseUs) / 1000)})\n  ${said.join('\n  ')}\n  ${kept.length} acknowledged writes, all there`,
    );
    expect(wrong).toEqual([]);
    expect(kept.length).toBeGreaterThan(100);
    for (const node of NODES) {
      const session = system.session(node);
      await new Promise<void>((up) => session.onUp(up));
      for (const op of kept) {
        const read = await new Promise<Outcome>((done) =>
          session.submit({ f: 'read', key: op.key, value: null }, done),
        );
        expect({ node, key: op.key, ...read }).toMatchObject({ type: 'ok', value: op.value });
      }
      session.close();
    }
    expect(await system.stop()).toEqual({ left: [] });
  },
);
