/**
 * Flags and a seed → a frozen plan with every default written out. Unknown names and combinations that
 * make no sense stop here, with a `UserError`.
 */
import { MAX_NODES, nodeId, nodeName } from '../base/node-name.ts';
import type { NodeName } from '../base/operation.ts';
import { random } from '../base/random.ts';
import { UserError } from '../base/user-error.ts';
import { scheduleEndNs } from '../faults/fault-schedule.ts';
import type { BugInfo, Protocol } from '../protocols/machine.ts';
import { drawConditions } from '../sim/conditions.ts';
import type { Plan } from './plan.ts';
import type { PlanContext } from './plan-context.ts';
import { planNemesis } from './plan-nemesis.ts';
import { positive, whole } from './plan-numbers.ts';
import type { PlanRequest } from './plan-request.ts';
import { checkNeeds, planDistribution, planMix, planTxnLength } from './plan-workload.ts';

const DEFAULT_NODES = 5;
const DEFAULT_CLIENTS = 5;
const DEFAULT_OPS = 2000;
const DEFAULT_KEYS = 10;
const DEFAULT_OPS_PER_KEY = 1000;
/** For what is left after the end of the schedule. */
const DEFAULT_LIMIT_MS = 60_000;
const CLIENT_TIMEOUT_MS = 1500;
const REJOIN_MS = 30_000;
const FINAL_TIMEOUT_MS = 10_000;
/** `--time-limit` without `--ops` and faults: as many as there is time for. */
const MANY_OPS = 1_000_000;

/** Throws a `UserError` on what a person can mend. */
export function makePlan(asked: PlanRequest, seed: number, context: PlanContext): Plan {
  const bugs = planBugs(asked.bugs ?? [], context.protocol);
  const request = withNeeds(asked, bugs);
  const nodes = context.nodes ?? planNodes(request.nodes);
  const scale = positive('--time-scale', request.timeScale ?? 1);
  const count = planClients(request.concurrency, nodes.length);
  const nemesis = planNemesis(request, bugs, context, nodes, count, random(seed));
  const faults = nemesis.schedule.faults;
  const pacing = planPacing(request.rate, faults.length > 0);
  const { workload } = context;
  checkNeeds(workload, context);
  return Object.freeze<Plan>({
    format: 'hermes-plan/1',
    version: context.version,
    commit: context.commit,
    seed,
    protocol: context.protocol?.name ?? '',
    bugs: bugs.map(({ name }) => name),
    system: context.system,
    runtime: context.runtime,
    nodes,
    options: planOptions(request.options ?? [], bugs, context.protocol),
    timing: { scale },
    workload: {
      name: workload.name,
      ...(context.module !== undefined && {
        module: context.module.path,
        sha256: context.module.sha256,
      }),
      keys: whole('--keys', request.keys ?? DEFAULT_KEYS, 1, 1_000_000),
      opsPerKey: whole('--ops-per-key', request.opsPerKey ?? DEFAULT_OPS_PER_KEY, 0, MANY_OPS),
      distribution: planDistribution(request.keyDistribution ?? 'uniform'),
      mix: planMix(request.mix, workload, context),
      valueBytes: whole('--value-size', request.valueBytes ?? 0, 0, 1_000_000),
      ...planTxnLength(request.maxTxnLength, workload, context),
    },
    clients: { count, timeoutMs: Math.round(CLIENT_TIMEOUT_MS * scale), pacing },
    ops: planOps(request, pacing, faults.length > 0, scheduleEndNs(faults)),
    timeLimitMs: planTimeLimit(request.timeLimitS, scheduleEndNs(faults)),
    nemesis: nemesis.words,
    faults,
    skipped: nemesis.schedule.skipped,
    ...(context.runtime === 'sim' && {
      sim: drawConditions(random(seed).split('sim'), nodes.length),
    }),
    final: {
      rejoinMs: Math.round(REJOIN_MS * scale),
      timeoutMs: Math.round(FINAL_TIMEOUT_MS * scale),
    },
  });
}

/** Bugs by name or by number in the zoo, in the order given. */
export function planBugs(
  names: readonly string[],
  protocol: Protocol | undefined,
): readonly BugInfo[] {
  return names.map((name) => {
    if (protocol === undefined)
      throw new UserError(
        '--bug plants bugs in our own replicas only.',
        'Leave it out, or leave out --system.',
      );
    const found = protocol.bugs.find(
      (bug) => bug.name === name || bug.zoo.toLowerCase() === name.toLowerCase(),
    );
    if (found !== undefined) return found;
    throw new UserError(`${protocol.name} has no bug "${name}".`, 'hermes bugs lists them.');
  });
}

/** What planted bugs need, where nothing else was asked for. */
function withNeeds(request: PlanRequest, bugs: readonly BugInfo[]): PlanRequest {
  const needs = bugs.flatMap(({ run }) => (run === undefined ? [] : [run]));
  type Need = (typeof needs)[number];
  const first = <K extends keyof Need>(name: K): Need[K] | undefined =>
    needs.find((run) => run[name] !== undefined)?.[name];
  const mix = needs.find(
    (run) => run.mix !== undefined && run.workload === needs[0]?.workload,
  )?.mix;
  return {
    ...request,
    nodes: request.nodes ?? first('nodes'),
    keys: request.keys ?? first('keys'),
    opsPerKey: request.opsPerKey ?? first('opsPerKey'),
    concurrency: request.concurrency ?? first('concurrency'),
    ops: request.ops ?? first('ops'),
    timeLimitS: request.timeLimitS ?? first('timeLimitS'),
    timeScale: request.timeScale ?? first('timeScale'),
    mix: request.mix ?? (request.workload === undefined ? mix : undefined),
  };
}

function planNodes(wanted: PlanRequest['nodes']): readonly NodeName[] {
  if (wanted === undefined || typeof wanted === 'number') {
    const count = whole('--nodes', wanted ?? DEFAULT_NODES, 1, MAX_NODES);
    return Array.from({ length: count }, (_, id) => nodeName(id));
  }
  const ids = wanted.map((name) => nodeId(name));
  if (new Set(wanted).size !== wanted.length || ids.some((id, i) => id !== i)) {
    throw new UserError(
      `--nodes ${wanted.join(',')}: nodes are n1, n2, … without gaps.`,
      'Give a number: --nodes 5.',
    );
  }
  return wanted;
}

function planClients(wanted: string | undefined, nodes: number): number {
  const text = wanted ?? String(DEFAULT_CLIENTS);
  const [, number, perNode] = /^(\d+)(n?)$/.exec(text) ?? [];
  if (number === undefined)
    throw new UserError(
      `--concurrency ${text} is no number of clients.`,
      'Examples: 5, or 2n for twice the number of nodes.',
    );
  return whole('--concurrency', Number(number) * (perNode === 'n' ? nodes : 1), 1, 10_000);
}

function planPacing(rate: string | undefined, faults: boolean): Plan['clients']['pacing'] {
  if (rate === undefined) return faults ? 'bursts' : 'max';
  if (rate === 'max') return 'max';
  const opsPerSecond = Number(rate);
  if (Number.isFinite(opsPerSecond) && opsPerSecond > 0) return { opsPerSecond };
  throw new UserError(
    `--rate ${rate} is no rate.`,
    'Operations per second, as --rate 200, or --rate max.',
  );
}

function planOps(
  request: PlanRequest,
  pacing: Plan['clients']['pacing'],
  faults: boolean,
  endNs: number,
): number {
  if (request.ops !== undefined) return whole('--ops', request.ops, 1, 90_000_000);
  if (typeof pacing === 'object') {
    const seconds = request.timeLimitS ?? Math.max(10, endNs / 1e9);
    return Math.max(1, Math.ceil(pacing.opsPerSecond * seconds));
  }
  return request.timeLimitS !== undefined && !faults ? MANY_OPS : DEFAULT_OPS;
}

function planTimeLimit(seconds: number | undefined, endNs: number): number {
  if (seconds === undefined)
    return Math.ceil(endNs / 1e6) + (endNs > 0 ? DEFAULT_LIMIT_MS : 5 * DEFAULT_LIMIT_MS);
  return Math.round(positive('--time-limit', seconds) * 1000);
}

export function planOptions(
  texts: readonly string[],
  bugs: readonly BugInfo[],
  protocol: Protocol | undefined,
): Plan['options'] {
  const chosen: Record<string, boolean | number> = Object.assign(
    {},
    ...bugs.map(({ options }) => options ?? {}),
  );
  for (const part of texts.flatMap((text) => text.split(','))) {
    const [, name = '', value = 'true'] = /^\s*([\w-]+)(?:=(true|false|\d+))?\s*$/.exec(part) ?? [];
    if (protocol?.options[name] === undefined) {
      throw new UserError(
        `--option ${part.trim()}: there is no such option.`,
        `Options: ${Object.keys(protocol?.options ?? {}).join(', ') || 'none for this system'}.`,
      );
    }
    chosen[name] = value === 'true' || value === 'false' ? value === 'true' : Number(value);
  }
  return chosen;
}
