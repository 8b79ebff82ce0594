/** What the property tests over the Hermes machine share: the swarm, the judge, how a failure is told. */
import type { Protocol } from '../protocols/machine.ts';
import { checkHistory } from '../checkers/check.ts';
import type { History } from '../history/event.ts';
import { fixedHermes, scriptedHermes } from '../protocols/hermes/protocol.ts';
import { notLinearizable } from './linearizable.case.ts';
import { drawScenario, type Scenario, type ScenarioLimits } from './scenario.ts';
import { spreadLatestView, withScript } from './scripted-views.ts';
import { showRun } from './show.ts';
import { type FailingRun, shrink, type ShrinkOptions, type Shrunk } from './shrink.ts';
import { type Run, type RunOptions, simulate } from './simulate.ts';
import type { World } from './world.ts';
import type { KeyKind } from './world-config.ts';

/** Options of the machine that every seed draws anew. */
export const DRAWN = ['o1', 'o2', 'o3', 'x1', 'x3', 'x4', 'coalesce', 'retry'] as const;

/** Two opinions: that of the checkers, and that of the search written for tests. They must agree. */
function judge(history: History, world: World): string | undefined {
  const second = notLinearizable(history);
  const first = objection(history, world.config.keys);
  if (first === UNDECIDED) return undefined;
  if (first !== undefined && second === undefined)
    return `the search for tests is content, yet ${first}`;
  if (second !== undefined && first === undefined) return `the checkers are content, yet ${second}`;
  return first;
}

/** Too many open operations to search through: neither good nor bad, but it may not happen often. */
const UNDECIDED = 'undecided';
export const undecided = { histories: 0 };
/** Configurations that a search may visit: a few milliseconds. */
const LIMITS = { steps: 20_000 };

/** What the checkers have against it; keys of one kind at a time, since each has its model. */
function objection(history: History, kinds: readonly KeyKind[]): string | undefined {
  for (const model of ['register', 'append-list'] as const) {
    const ofModel = (key: unknown): boolean =>
      (kinds[key as number] === 'list') === (model === 'append-list');
    const events = history.events.filter((event) => ofModel(event.key));
    const verdict = checkHistory(
      { ...history, events },
      { checkers: ['linearizable'], model, limits: LIMITS },
    );
    if (verdict.valid === false) return verdict.anomalies[0]?.why;
    if (verdict.valid !== 'unknown' || verdict.reason === 'nothing-to-check') continue;
    if (verdict.reason !== 'budget') return `the checkers do not know: ${verdict.why}`;
    undecided.histories++;
    return UNDECIDED;
  }
  return undefined;
}

export const OPTIONS: RunOptions = { judge };

/** Hermes in one view for ever: the data path alone. */
export const FIXED: Protocol = fixedHermes;

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
  options: ShrinkOptions = OPTIONS,
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
