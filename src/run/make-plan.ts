/**
 * Flags and a seed → a frozen plan with every default written out. Unknown names and combinations that
 * make no sense stop here, with a `UserError`.
 */
import { MAX_NODES, nodeId, nodeName } from '../base/node-name.ts';
import type { NodeName, OpName } from '../base/operation.ts';
import { random, type Random } from '../base/random.ts';
import { UserError } from '../base/user-error.ts';
import type { Workload } from '../clients/workload.ts';
import type { Nemesis, Schedule } from '../faults/fault.ts';
import { customSchedule, makeSchedule, scheduleEndNs } from '../faults/fault-schedule.ts';
import { type FaultChoice, nemesisText, parseNemesis } from '../faults/nemesis.ts';
import type { BugInfo, Protocol } from '../protocols/machine.ts';
import type { Capabilities } from '../system/system.ts';
import type { Plan } from './plan.ts';
import type { PlanRequest } from './plan-request.ts';

/** What was found out before a plan can be made. */
export interface PlanContext {
  readonly version: string;
  readonly commit: string;
  readonly runtime: string;
  /** The system under test: `hermes`, or a user's target. */
  readonly system: string;
  readonly operations: readonly OpName[];
  /** Of our own replicas; undefined for a foreign system. */
  readonly protocol: Protocol | undefined;
  readonly able: Capabilities;
  readonly workload: Workload;
  /** Where a user's workload came from. */
  readonly module?: { readonly path: string; readonly sha256: string };
  /** Users' nemeses, by the word of `--nemesis` that named them. */
  readonly nemeses: ReadonlyMap<string, Nemesis>;
  /** Nodes of a running cluster; undefined: one is made. */
  readonly nodes?: readonly NodeName[];
}

const DEFAULT_NODES = 5;
const DEFAULT_CLIENTS = 5;
const DEFAULT_OPS = 2000;
const DEFAULT_KEYS = 10;
const DEFAULT_OPS_PER_KEY = 1000;
/** The faults of a run that asks for none in particular: those of these kinds that can be done. */
export const DEFAULT_NEMESIS = ['partition', 'pause', 'disconnect', 'messages'] as const;
/** For what is left after the end of the schedule. */
const DEFAULT_LIMIT_MS = 60_000;
const CLIENT_TIMEOUT_MS = 1500;
const FINAL_TIMEOUT_MS = 10_000;
/** `--time-limit` without `--ops` and faults: as many as there is time for. */
const MANY_OPS = 1_000_000;

/** Throws a `UserError` on what a person can mend. */
export function makePlan(asked: PlanRequest, seed: number, context: PlanContext): Plan {
  const bugs = planBugs(asked.bugs ?? [], context.protocol);
  const request = withNeeds(asked, bugs);
  const nodes = context.nodes ?? planNodes(request.nodes);
  const scale = positive('--time-scale', request.timeScale ?? 1);
  const nemesis = planNemesis(request, bugs, context, nodes, random(seed));
  const faults = nemesis.schedule.faults;
  const pacing = planPacing(request.rate, faults.length > 0);
  const count = planClients(request.concurrency, nodes.length);
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
    },
    clients: { count, timeoutMs: Math.round(CLIENT_TIMEOUT_MS * scale), pacing },
    ops: planOps(request, pacing, faults.length > 0, scheduleEndNs(faults)),
    timeLimitMs: planTimeLimit(request.timeLimitS, scheduleEndNs(faults)),
    nemesis: nemesis.words,
    faults,
    skipped: nemesis.schedule.skipped,
    final: { timeoutMs: Math.round(FINAL_TIMEOUT_MS * scale) },
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
  const needs = bugs.flatMap(({ run }) => run ?? []);
  const mix = needs.find(
    (run) => run.mix !== undefined && run.workload === needs[0]?.workload,
  )?.mix;
  return {
    ...request,
    nodes: request.nodes ?? needs.find((run) => run.nodes !== undefined)?.nodes,
    concurrency:
      request.concurrency ?? needs.find((run) => run.concurrency !== undefined)?.concurrency,
    ops: request.ops ?? needs.find((run) => run.ops !== undefined)?.ops,
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

function planDistribution(text: string): Plan['workload']['distribution'] {
  if (text === 'uniform') return text;
  const exponent = /^zipf:(\d+(?:\.\d+)?)$/.exec(text)?.[1];
  if (exponent !== undefined && Number(exponent) > 0) return { zipf: Number(exponent) };
  throw new UserError(
    `--key-dist ${text} is not known.`,
    'Choose uniform, or zipf with an exponent: zipf:0.99.',
  );
}

/** Weights as asked for; by default the workload's own, without operations the system does not have. */
function planMix(
  text: string | undefined,
  workload: Workload,
  { operations, system }: PlanContext,
): Readonly<Record<string, number>> {
  const mix = text === undefined ? ownMix(workload, operations) : askedMix(text, workload);
  // A workload without weights has a mind of its own: then what it says it needs counts.
  const weighted = Object.keys(workload.mix).length > 0;
  const used = weighted ? Object.keys(mix).filter((f) => mix[f] !== 0) : workload.needs;
  const missing = used.filter((f) => !operations.includes(f));
  if (used.length > 0 && missing.length === 0) return mix;
  throw new UserError(
    missing.length > 0
      ? `${weighted ? '--mix asks for' : `the workload ${workload.name} needs`} ${missing.join(', ')}, which ${system} does not have.`
      : `the workload ${workload.name} does nothing that ${system} has.`,
    `${system} has: ${operations.join(', ')}. Choose another workload with --workload.`,
  );
}

function ownMix({ mix }: Workload, operations: readonly OpName[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(mix).map(([f, weight]) => [f, operations.includes(f) ? weight : 0]),
  );
}

function askedMix(text: string, workload: Workload): Record<string, number> {
  const known = Object.keys(workload.mix);
  const mix: Record<string, number> = Object.fromEntries(known.map((f) => [f, 0]));
  for (const part of text.split(',')) {
    const [, f = '', weight] = /^\s*([\w-]+)=(\d+)\s*$/.exec(part) ?? [];
    if (weight === undefined || !known.includes(f)) {
      throw new UserError(
        `--mix ${part.trim()}: the workload ${workload.name} has no such weight.`,
        `Its operations with their defaults: ${mixText(workload.mix)}.`,
      );
    }
    mix[f] = Number(weight);
  }
  if (Object.values(mix).every((weight) => weight === 0))
    throw new UserError(
      '--mix leaves no operation to do.',
      `Give one of them a weight: ${mixText(workload.mix)}.`,
    );
  return mix;
}

function mixText(mix: Readonly<Record<string, number>>): string {
  return Object.entries(mix)
    .map(([f, weight]) => `${f}=${weight}`)
    .join(',');
}

function planOptions(
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

/** The schedule, and the words that ask for it again. */
function planNemesis(
  request: PlanRequest,
  bugs: readonly BugInfo[],
  context: PlanContext,
  nodes: readonly NodeName[],
  source: Random,
) {
  const words = request.nemesis?.flatMap((text) =>
    context.nemeses.has(text) ? [text] : text.split(/,(?![^[]*\])/),
  );
  const own = (words ?? []).filter((word) => context.nemeses.has(word));
  const plain = words?.filter((word) => !context.nemeses.has(word));
  const mix =
    plain === undefined
      ? defaultMix(bugs, context)
      : own.length > 0 && plain.length === 0
        ? []
        : parseNemesis(plain);
  const durationNs = request.timeLimitS === undefined ? undefined : request.timeLimitS * 1e9;
  const intervalNs =
    request.nemesisIntervalS === undefined
      ? undefined
      : positive('--nemesis-interval', request.nemesisIntervalS) * 1e9;
  const built = makeSchedule(source.split('faults'), mix, nodes, context.able, {
    durationNs,
    intervalNs,
  });
  const custom = own.flatMap((word) =>
    customSchedule(context.nemeses.get(word) as Nemesis, source.split('faults'), nodes, {
      durationNs: durationNs ?? 12e9,
      intervalNs,
    }),
  );
  const schedule: Schedule = {
    faults: inOrder([...built.faults, ...custom]),
    skipped: built.skipped,
  };
  return {
    words:
      mix.length > 0 || own.length === 0
        ? [...nemesisText(mix).split(/,(?![^[]*\])/), ...own]
        : own,
    schedule,
  };
}

function inOrder(faults: Schedule['faults']): Schedule['faults'] {
  return [...faults].sort((a, b) => a.atNs - b.atNs).map((fault, i) => ({ ...fault, id: i + 1 }));
}

/** What the planted bugs need, or the usual kinds; those that cannot be done here are left out. */
function defaultMix(bugs: readonly BugInfo[], { able }: PlanContext): FaultChoice[] {
  const needed = bugs.flatMap(({ run }) => (run?.nemesis === undefined ? [] : [run.nemesis]));
  if (needed.length > 0) {
    const wanted = needed.filter((text) => text !== 'none');
    return parseNemesis(wanted.length === 0 ? ['none'] : wanted);
  }
  const kinds = DEFAULT_NEMESIS.filter((kind) => able[kind] === true);
  return parseNemesis(kinds.length === 0 ? ['none'] : kinds);
}

function checkNeeds(workload: Workload, { operations, system }: PlanContext): void {
  // What has a weight can be left out of the mix.
  const missing = workload.needs.filter((f) => !(f in workload.mix) && !operations.includes(f));
  if (missing.length === 0) return;
  throw new UserError(
    `the workload ${workload.name} needs ${missing.join(', ')}, which ${system} does not have.`,
    `${system} has: ${operations.join(', ')}. Choose another workload with --workload.`,
  );
}

function whole(flag: string, x: number, low: number, high: number): number {
  if (Number.isInteger(x) && x >= low && x <= high) return x;
  throw new UserError(
    `${flag} ${x} is out of range.`,
    `A whole number from ${low} to ${high.toLocaleString('en-US')}.`,
  );
}

function positive(flag: string, x: number): number {
  if (Number.isFinite(x) && x > 0) return x;
  throw new UserError(`${flag} ${x} is out of range.`, 'A number above 0.');
}
