/** A plan and a look at a run, for tests of what is drawn. */
import type { NodeStatus } from '../../base/operation.ts';
import type { FaultRecord } from '../../run/nemesis-run.ts';
import type { Progress } from '../../run/drive.ts';
import type { Plan } from '../../run/plan.ts';
import { Tally } from '../../run/tally.ts';

export const PLAN = {
  format: 'hermes-plan/1',
  seed: 7,
  system: 'hermes',
  bugs: [],
  runtime: 'process',
  nodes: ['n1', 'n2', 'n3'],
  workload: { name: 'rmw', keys: 10 },
  clients: { count: 5 },
  ops: 2000,
  faults: [],
  skipped: [{ kind: 'loss', reason: 'TCP has no packets here' }],
} as unknown as Plan;

const PARTITION: FaultRecord = {
  fault: {
    id: 1,
    kind: 'partition',
    shape: 'one',
    atNs: 1e9,
    forNs: 2e9,
    nodes: ['n3'],
    links: [],
    params: {},
  },
  nodes: ['n3'],
  links: [
    ['n1', 'n3'],
    ['n3', 'n1'],
    ['n2', 'n3'],
    ['n3', 'n2'],
  ],
  startNs: 1e9,
  endNs: undefined,
  stopNs: undefined,
  counters: {},
  bitten: false,
  error: undefined,
};

const SERVING = { state: 'serving', epoch: 3, leaseLeftUs: 340_000 } as unknown as NodeStatus;

/** 1.5 s into a run of which a third is done, while n3 is cut off. */
export function progress(): Progress {
  const tally = new Tally();
  for (let i = 0; i < 600; i++) {
    const invocation = {
      index: 0,
      process: 0,
      type: 'invoke',
      f: 'read',
      key: 1,
      value: null,
      node: 'n1',
      time: 0,
    } as const;
    tally.take(invocation, undefined);
    tally.take(
      {
        ...invocation,
        type: i % 10 === 0 ? 'fail' : 'ok',
        ...(i % 10 === 0 && { error: 'EXPIRED' }),
        time: 210_000,
      },
      invocation,
    );
  }
  const done = {
    ...PARTITION,
    fault: { ...PARTITION.fault, id: 2 },
    startNs: 0,
    endNs: 0.5e9,
    stopNs: 0.5e9,
  };
  return {
    phase: 'working',
    timeNs: 1.5e9,
    tally,
    faults: [done, PARTITION],
    status: new Map([
      ['n1', SERVING],
      ['n2', SERVING],
      ['n3', undefined],
    ]),
  };
}
