import { expect, test } from 'vitest';
import type { NodeStatus } from '../base/operation.ts';
import { MapSystem } from '../clients/map-system.case.ts';
import { awaitServing, type NotRecovered } from './await-serving.ts';

type Said = NodeStatus['state'] | 'silent';

/** A system whose nodes say what `said` says at that time, in ms. */
async function wait(said: (node: string, ms: number) => Said, withinMs = 2000) {
  const system = new MapSystem({ seed: 1, nodes: 3 });
  let looks = 0;
  const status = (node: string, done: (status: NodeStatus | undefined) => void): void => {
    looks += 1;
    const state = said(node, system.nowNs() / 1e6);
    system.at(system.nowNs() + 1e6, () => done(state === 'silent' ? undefined : statusOf(state)));
  };
  let result: readonly NotRecovered[] | undefined;
  awaitServing(
    {
      system: { nowNs: () => system.nowNs(), at: (ns, fn) => system.at(ns, fn), status },
      nodes: system.nodes,
      known: new Map([['n1', statusOf('serving')]]),
      untilNs: withinMs * 1e6,
    },
    (missing) => {
      result = missing;
      system.finish();
    },
  );
  await system.run();
  return { result, looks, endedMs: system.nowNs() / 1e6 };
}

function statusOf(state: NodeStatus['state']): NodeStatus {
  return { state } as NodeStatus;
}

test('waits for the last node, and asks those only that were missing', async () => {
  const { result, looks, endedMs } = await wait((node, ms) =>
    node === 'n3' && ms < 450 ? (ms < 200 ? 'silent' : 'joining') : 'serving',
  );
  expect(result).toEqual([]);
  expect(endedMs).toBeGreaterThan(450);
  expect(endedMs).toBeLessThan(600);
  expect(looks).toBe(3 + 5);
});

test('names those that are missing when the time is up, with what they say', async () => {
  const { result, endedMs } = await wait((node) => (node === 'n2' ? 'joining' : 'serving'));
  expect(result).toEqual([{ node: 'n2', state: 'joining' }]);
  expect(endedMs).toBeGreaterThan(2000);
});

test('lost data does not come back, once all know that it is lost', async () => {
  const { result, endedMs } = await wait((_, ms) => (ms < 50 ? 'joining' : 'lost'));
  expect(result?.map(({ state }) => state)).toEqual(['lost', 'lost', 'lost']);
  expect(endedMs).toBeLessThan(200);
});

test('a system that says nothing of itself is not waited for', () => {
  let result: readonly NotRecovered[] | undefined;
  const system = new MapSystem({ seed: 1, nodes: 2 });
  const known = new Map([['n1', undefined]]);
  awaitServing({ system, nodes: system.nodes, known, untilNs: 1e9 }, (missing) => {
    result = missing;
  });
  expect(result).toEqual([]);
});
