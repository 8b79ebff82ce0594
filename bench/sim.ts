/**
 * How fast the simulator is on one core: messages handed to machines, operations, seeds and virtual
 * seconds per second of processor time, with 3 and 5 nodes. `node bench/sim.ts [seconds per row]`
 *
 * The first rows drive machines alone; the others are whole runs, with clients, faults, recorder and
 * checkers, as `hermes fuzz --runtime sim` makes them. Processor time, since a busy machine says nothing
 * about the simulator; wall-clock time is printed beside it.
 */
import { fixedHermes } from '../src/protocols/hermes/protocol.ts';
import { makePlan } from '../src/run/make-plan.ts';
import type { PlanRequest } from '../src/run/plan-request.ts';
import { simulatePlan } from '../src/run/simulate-plan.ts';
import { prepareWorld } from '../src/run/world.ts';
import { CALM } from '../src/sim/network.ts';
import { drawScenario, type Scenario } from '../src/sim/scenario.ts';
import { simulate } from '../src/sim/simulate.ts';
import { NO_DEADLINE } from '../src/sim/step.ts';

/** What one seed came to. */
interface Work {
  readonly messages: number;
  readonly operations: number;
  readonly simulatedS: number;
}

interface Row {
  readonly name: string;
  readonly work: (seed: number) => Work | Promise<Work>;
}

/** A long run of machines and 16 clients on 8 registers; without faults on a calm network. */
function scenario(seed: number, nodes: number, faults: boolean): Scenario {
  const drawn = drawScenario(seed, {
    nodes: [nodes],
    keys: [8, 8],
    kinds: ['register'],
    clients: [16, 16],
    requests: faults ? [200, 200] : [5000, 5000],
  });
  const mix = { read: 5, write: 5, cas: 1, setnx: 0, getset: 2, delete: 0 };
  const calm = { links: drawn.links.map(() => CALM), disturbances: [], thinkUs: 0 };
  return { ...drawn, mix, deadlineUs: NO_DEADLINE, patienceUs: 0, ...(faults ? {} : calm) };
}

function machines(nodes: number, faults: boolean, checkEvery: number): Row {
  const invariants = checkEvery === 0 ? 'no invariants' : 'all invariants';
  return {
    name: `machines, ${nodes} nodes, ${faults ? 'faults' : 'calm'}, ${invariants}`,
    work(seed) {
      const drawn = scenario(seed, nodes, faults);
      const { delivered, world } = simulate(fixedHermes, drawn, { checkEvery, settle: false });
      if (world.failure) throw new Error(`seed ${seed}: ${world.failure.message}`);
      return {
        messages: delivered,
        operations: world.ledger.events.length / 2,
        simulatedS: world.atUs / 1e6,
      };
    },
  };
}

async function runs(nodes: number, more: PlanRequest, invariants: number): Promise<Row> {
  const request: PlanRequest = { runtime: 'sim', nodes, ...more };
  const { context } = await prepareWorld(request);
  const said = invariants === 0 ? 'no invariants' : 'all invariants';
  return {
    name: `runs, ${nodes} nodes, ${request.nemesis?.join() ?? ''}, ${request.ops} ops, ${said}`,
    async work(seed) {
      const plan = makePlan(request, seed, context);
      const { figures, verdict } = await simulatePlan(plan, { invariants });
      if (verdict.valid === false) throw new Error(`seed ${seed}: ${verdict.anomalies[0]?.why}`);
      const { messages, operations, simulatedNs } = figures;
      return { messages, operations, simulatedS: simulatedNs / 1e9 };
    },
  };
}

async function measure({ name, work }: Row, seconds: number): Promise<string> {
  for (let seed = 1; seed <= 8; seed++) await work(seed);
  const sum = { seeds: 0, messages: 0, operations: 0, simulatedS: 0 };
  const wall = performance.now();
  const before = process.cpuUsage();
  for (let seed = 9; performance.now() - wall < seconds * 1000; seed++) {
    const { messages, operations, simulatedS } = await work(seed);
    sum.seeds++;
    sum.messages += messages;
    sum.operations += operations;
    sum.simulatedS += simulatedS;
  }
  const used = process.cpuUsage(before);
  const cpu = (used.user + used.system) / 1e6;
  const real = ((performance.now() - wall) / 1000).toFixed(1);
  const rate = (n: number, width: number): string =>
    (n / cpu < 100 ? (n / cpu).toFixed(1) : Math.round(n / cpu).toLocaleString('en')).padStart(
      width,
    );
  return [
    name.padEnd(52),
    `${rate(sum.messages, 9)} messages/s`,
    `${rate(sum.operations, 8)} operations/s`,
    `${rate(sum.seeds, 6)} seeds/s`,
    `${rate(sum.simulatedS, 6)} s/s`,
    `(cpu ${cpu.toFixed(1)} s, wall ${real} s)`,
  ].join('  ');
}

const SWARM: PlanRequest = { nemesis: ['swarm'], ops: 2000 };
const SHORT: PlanRequest = { nemesis: ['swarm'], ops: 200, timeLimitS: 3 };
const WRITES: PlanRequest = {
  nemesis: ['none'],
  ops: 20_000,
  workload: 'register',
  mix: 'write=100,read=0',
  concurrency: '4n',
};

const seconds = Number(process.argv[2] ?? 3);
for (const nodes of [3, 5]) {
  const rows = [
    machines(nodes, false, 0),
    machines(nodes, true, 0),
    machines(nodes, true, 1),
    await runs(nodes, WRITES, 0),
    await runs(nodes, SWARM, 0),
    await runs(nodes, SWARM, 1),
    await runs(nodes, SHORT, 1),
  ];
  for (const row of rows) console.log(await measure(row, seconds));
}
