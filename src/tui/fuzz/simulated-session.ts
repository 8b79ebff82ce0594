/**
 * Many seeds of a simulated run: how they go on, what they come to, and the first that is not valid once
 * more, in a folder of its own.
 */
import { count, duration, plural } from '../../base/figures.ts';
import { makePlan } from '../../run/make-plan.ts';
import { type SimulatedBatch, simulatedBatch } from '../../run/simulated-batch.ts';
import type { SimulatedTotals } from '../../run/simulated-sums.ts';
import type { World } from '../../run/world.ts';
import { headline } from './headline.ts';
import type { Signals } from './signals.ts';

export interface SimulatedSessionOptions {
  readonly quiet: boolean;
  readonly allowMissingFaults: boolean;
  readonly logPatterns?: readonly string[] | undefined;
  print(line: string): void;
  note(line: string): void;
}

const EVERY_MS = 2000;
/** Seeds without a verdict that are named. */
const MOST_UNKNOWN = 5;

/** Runs the seeds, and prints what they came to. */
export async function simulateSeeds(
  world: World,
  seeds: readonly number[],
  options: SimulatedSessionOptions,
  signals: Signals,
): Promise<SimulatedBatch> {
  const { quiet, allowMissingFaults, logPatterns } = options;
  const say = quiet ? (): void => {} : options.note;
  const [first = 0] = seeds;
  const range = `seeds ${first}..${seeds.at(-1)}`;
  say(headline(makePlan(world.request, first, world.context), range));
  let saidMs = performance.now();
  const batch = await simulatedBatch(seeds, {
    request: world.request,
    allowMissingFaults,
    logPatterns,
    interrupt: signals.interrupt,
    abort: signals.abort,
    onSeed: (sofar) => {
      if (performance.now() - saidMs < EVERY_MS) return;
      saidMs = performance.now();
      say(`  ${progressOf(sofar)}`);
    },
  });
  if (!quiet) for (const line of summaryOf(batch)) options.print(line);
  return batch;
}

/** `132 of 500 seeds  61 seeds/s  84,000 operations/s  410,000 messages/s  2,310 s simulated`. */
export function progressOf(sofar: SimulatedTotals): string {
  const { seeds, of, unknown } = sofar;
  return [
    `${count(seeds)} of ${plural(of, 'seed')}`,
    ...rates(sofar),
    ...(unknown > 0 ? [`${count(unknown)} unknown`] : []),
  ].join('  ');
}

function rates({ seeds, operations, messages, simulatedNs, wallMs }: SimulatedTotals): string[] {
  const rate = (n: number): string => {
    const perSecond = (n * 1000) / Math.max(1, wallMs);
    return perSecond < 10 ? perSecond.toFixed(1) : count(Math.round(perSecond));
  };
  return [
    `${rate(seeds)} seeds/s`,
    `${rate(operations)} operations/s`,
    `${rate(messages)} messages/s`,
    `${count(Math.round(simulatedNs / 1e9))} s simulated`,
  ];
}

function summaryOf(batch: SimulatedBatch): string[] {
  const { seeds, totals, valid, interrupted, bitten, toothless } = batch;
  const faults = Object.entries(bitten).map(([kind, times]) => `${kind} ${count(times)}`);
  const good = totals.seeds - totals.unknown - (valid === false ? 1 : 0);
  const mark = valid === true ? '✔' : valid === false ? '✘' : '?';
  return [
    `${mark} ${count(good)} of ${plural(totals.seeds, 'seed')} valid${interrupted ? ', ended on request' : ''}, ${plural(totals.operations, 'operation')}, ${plural(totals.messages, 'message')}, ${duration(totals.simulatedNs / 1e6)} simulated in ${duration(totals.wallMs)} on ${plural(totals.workers, 'core')}`,
    `  faults       ${faults.join(', ') || 'none'}`,
    ...seeds
      .filter((seed) => seed.valid === 'unknown')
      .slice(0, MOST_UNKNOWN)
      .map(({ reason, again }) => `  unknown      ${reason}: ${again}`),
    ...(toothless.length > 0
      ? [`  missing      ${toothless.join(', ')} never had an effect (--allow-missing-faults)`]
      : []),
    `  rate         ${rates(totals).slice(0, 3).join(', ')}`,
  ];
}
