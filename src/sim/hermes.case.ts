/** What the property tests over the Hermes machine share: the swarm, the judge, how a failure is told. */
import type { Protocol } from '../protocols/machine.ts';
import { scriptedHermes } from '../protocols/hermes/protocol.ts';
import { loadProtocol } from '../protocols/protocols.ts';
import { notLinearizable } from './linearizable.case.ts';
import { drawScenario, type Scenario, type ScenarioLimits } from './scenario.ts';
import { spreadLatestView, withScript } from './scripted-views.ts';
import { showRun } from './show.ts';
import { type FailingRun, shrink, type Shrunk } from './shrink.ts';
import { type Run, type RunOptions, simulate } from './simulate.ts';

/** Options of the machine that every seed draws anew. */
export const DRAWN = ['o1', 'o2', 'o3', 'x1', 'x3', 'x4', 'coalesce', 'retry'] as const;

export const OPTIONS: RunOptions = { judge: notLinearizable };

export function hermes(): Protocol {
  const protocol = loadProtocol('hermes');
  if (!protocol) throw new Error('there is no protocol hermes');
  return protocol;
}

/** Hermes whose views are steps, and what its runs are judged by. */
export const SCRIPTED: Protocol = withScript(scriptedHermes);
export const SCRIPTED_OPTIONS: RunOptions = { ...OPTIONS, heal: spreadLatestView };

/** The swarm: 3 or 5 nodes, all options drawn, fixed membership. */
export function swarm(seed: number, limits: ScenarioLimits = {}): Scenario {
  return drawScenario(seed, { drawnOptions: DRAWN, ...limits });
}

/** Runs a scenario once more, keeps its steps, and makes them few. */
export function shrunk(
  protocol: Protocol,
  scenario: Scenario,
  options: RunOptions & { readonly soundWithoutBugs?: boolean } = OPTIONS,
): Shrunk {
  const { world, failure } = simulate(protocol, scenario, { ...options, record: true });
  if (!failure) throw new Error(`seed ${scenario.seed} did not fail again`);
  const run: FailingRun = { config: world.config, steps: world.steps, failure };
  return shrink(protocol, run, options);
}

/** Runs a scenario that must stand; if it does not, throws its shrunk steps. */
export function mustStand(
  protocol: Protocol,
  scenario: Scenario,
  options: RunOptions = OPTIONS,
): Run {
  const run = simulate(protocol, scenario, options);
  if (!run.failure) return run;
  const small = shrunk(protocol, scenario, options);
  const text = showRun(protocol, small.config, small.steps, options);
  throw new Error(`seed ${scenario.seed}: ${run.failure.message}\n${text}`);
}
