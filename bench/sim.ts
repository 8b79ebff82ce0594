/**
 * How fast the simulator is: messages handed to machines per second on one core, by how often the
 * invariants are checked. `node bench/sim.ts [seconds per row]`
 *
 * The rate is counted per second of processor time of this process, since a busy machine says
 * nothing about the simulator; wall-clock time is printed beside it.
 */
import { fixedHermes } from '../src/protocols/hermes/protocol.ts';
import type { Protocol } from '../src/protocols/machine.ts';
import { CALM } from '../src/sim/network.ts';
import { drawScenario, type Scenario } from '../src/sim/scenario.ts';
import { simulate } from '../src/sim/simulate.ts';
import { NO_DEADLINE } from '../src/sim/step.ts';

interface Row {
  readonly name: string;
  readonly checkEvery: number;
  readonly faults: boolean;
}

const ROWS: readonly Row[] = [
  { name: 'calm network, no invariants', checkEvery: 0, faults: false },
  { name: 'faults, no invariants', checkEvery: 0, faults: true },
  { name: 'faults, invariants every 100 steps', checkEvery: 100, faults: true },
  { name: 'faults, invariants every step', checkEvery: 1, faults: true },
];

/** A long run of 3 nodes and 16 clients on 8 registers; without faults on a calm network. */
function scenario(seed: number, faults: boolean): Scenario {
  const drawn = drawScenario(seed, {
    nodes: [3],
    keys: [8, 8],
    kinds: ['register'],
    clients: [16, 16],
    requests: faults ? [200, 200] : [5000, 5000],
  });
  const mix = { read: 5, write: 5, cas: 1, setnx: 0, getset: 2, delete: 0 };
  const calm = { links: drawn.links.map(() => CALM), disturbances: [], thinkUs: 0 };
  return { ...drawn, mix, deadlineUs: NO_DEADLINE, patienceUs: 0, ...(faults ? {} : calm) };
}

function measure(protocol: Protocol, row: Row, seconds: number): string {
  let messages = 0;
  let requests = 0;
  const work = (seed: number): void => {
    const { delivered, world } = simulate(protocol, scenario(seed, row.faults), {
      checkEvery: row.checkEvery,
      settle: false,
    });
    if (world.failure) throw new Error(`seed ${seed}: ${world.failure.message}`);
    messages += delivered;
    requests += world.ledger.events.length / 2;
  };
  for (let seed = 1; seed <= 5; seed++) work(seed);
  messages = requests = 0;
  const wall = performance.now();
  const before = process.cpuUsage();
  for (let seed = 6; performance.now() - wall < seconds * 1000; seed++) work(seed);
  const used = process.cpuUsage(before);
  const cpu = (used.user + used.system) / 1e6;
  const rate = Math.round(messages / cpu).toLocaleString('en');
  const asked = Math.round(requests / cpu).toLocaleString('en');
  const real = ((performance.now() - wall) / 1000).toFixed(1);
  return `${row.name.padEnd(36)} ${rate.padStart(10)} messages/s ${asked.padStart(9)} operations/s  (cpu ${cpu.toFixed(1)} s, wall ${real} s)`;
}

const seconds = Number(process.argv[2] ?? 3);
for (const row of ROWS) console.log(measure(fixedHermes, row, seconds));
