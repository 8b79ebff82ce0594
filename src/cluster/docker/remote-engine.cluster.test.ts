import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownStateFolder, processesOf } from '../lab.case.ts';
import { freshName, inject, once, openContainers, serves, undo } from './lab.case.ts';
import { findClusters } from './remains.ts';
import { noSecondEngine, startSecondEngine, type SecondEngine } from './second-engine.case.ts';

const state = ownStateFolder();
const trouble = noSecondEngine();
const why = trouble === undefined ? '' : ` (skipped: ${trouble})`;

describe.skipIf(trouble !== undefined)(`an engine on another host${why}`, () => {
  let second: SecondEngine;
  beforeAll(async () => {
    second = await startSecondEngine();
  });
  afterAll(async () => {
    await second?.stop();
    state.remove();
  });

  test('carries a cluster: image, clients, faults, end, all over TCP', async () => {
    const name = freshName();
    const system = await openContainers(name, { dockerHost: second.url });
    try {
      const published = await second.engine.call(['port', `hermes-${name}-n1`]);
      expect(published).toMatch(/-> 0\.0\.0\.0:\d+/);
      expect(await once(system, 'n1', 'write', 5)).toMatchObject({ type: 'ok' });
      expect(await once(system, 'n3', 'read', null)).toEqual({ type: 'ok', value: 5 });
      const links = [
        ['n1', 'n2'],
        ['n2', 'n1'],
      ] as const;
      const delay = {
        id: 1,
        kind: 'messages',
        shape: 'delay',
        links,
        params: { delayMs: 5, percent: 100 },
      } as const;
      expect(
        (await inject(system, { ...delay, links: links.map(([a, b]) => [a, b]) })).error,
      ).toBeUndefined();
      await once(system, 'n1', 'write', 6);
      expect((await undo(system, 1)).counters['messagesDelayed']).toBeGreaterThan(0);
      expect((await inject(system, { id: 2, kind: 'kill', nodes: ['n2'] })).bitten).toBe(true);
      expect((await undo(system, 2)).counters['restarted']).toBe(1);
      expect(await serves(system, 'n2')).toBe(true);
    } finally {
      expect(await system.stop()).toEqual({ left: [] });
    }
    expect(await findClusters(second.engine)).toEqual([]);
    expect(processesOf(state.root).filter((pid) => pid !== process.pid)).toEqual([]);
  });
});
