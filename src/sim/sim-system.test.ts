/**
 * The simulated cluster is a system like any other: it passes the suites that real ones pass. It lets
 * one thing happen at a time, so that the promises of the suite have their turn in between.
 */
import { describe, expect, test } from 'vitest';
import { random } from '../base/random.ts';
import { reliableHermes } from '../protocols/hermes/reliable.ts';
import { linksConform } from '../system/link-faults.case.ts';
import { CLIENT_TIMEOUT_MS, conforms } from '../system/system.case.ts';
import { drawConditions } from './conditions.ts';
import { SimSystem } from './sim-system.ts';

/** One thing happens at a time. */
function openSystem(seed: number, invariants: number): SimSystem {
  const system = new SimSystem({
    protocol: reliableHermes,
    nodes: ['n1', 'n2', 'n3'],
    seed,
    // Clients are far away, so that the suite has not too much to read again.
    conditions: { ...drawConditions(random(seed), 3), clientUs: [2000, 1000] },
    options: {},
    bugs: [],
    timeScale: 1,
    clientTimeoutMs: CLIENT_TIMEOUT_MS,
    wire: { elementBytes: 0, valueBytes: 0 },
    invariants,
    record: false,
    stretch: 1,
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
  });
  expect(system.ready()).toBe(true);
  void system.run();
  return system;
}

conforms({
  name: 'the simulator',
  async open() {
    const system = openSystem(1, 100);
    return {
      system,
      crash: async (node) => system.crash(node),
      leftovers: async () => system.running,
    };
  },
  skips: [],
});

linksConform({ name: 'the simulator', open: async () => openSystem(2, 100) });

describe('a machine that fails', () => {
  test('is told, with the name of what broke', async () => {
    const system = openSystem(3, 1);
    const told = new Promise((done) => system.onEvent(done));
    const { hosts } = system.world;
    // Two replicas that hold different values of a key under one timestamp.
    const session = system.session('n1');
    await new Promise<void>((done) => session.onUp(done));
    const write = { f: 'write', key: 1, value: 1 };
    await new Promise((done) => session.submit(write, done));
    const state = hosts[1]?.state as { core: { keys: Map<string, { value: Uint8Array }> } };
    const rec = state.core.keys.get('k1');
    if (rec !== undefined) rec.value = Buffer.from('7');
    session.submit({ ...write, value: 2 }, () => {});
    expect(await told).toMatchObject({
      type: 'broken',
      kind: 'invariant',
      name: expect.any(String),
    });
    system.finish();
  });
});
