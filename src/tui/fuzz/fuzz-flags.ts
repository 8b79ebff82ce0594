/** The flags of `hermes fuzz` as a request for plans, and as options of the session. */
import { UserError } from '../../base/user-error.ts';
import { patternsOf } from '../../run/node-logs.ts';
import type { PlanRequest } from '../../run/plan-request.ts';
import type { SessionOptions } from './fuzz-session.ts';

/** What oclif parsed. */
export interface FuzzFlags {
  readonly workload?: string | undefined;
  readonly nodes?: string | undefined;
  readonly node?: readonly string[] | undefined;
  readonly concurrency?: string | undefined;
  readonly ops?: number | undefined;
  readonly 'time-limit'?: number | undefined;
  readonly rate?: string | undefined;
  readonly keys?: number | undefined;
  readonly 'ops-per-key'?: number | undefined;
  readonly mix?: string | undefined;
  readonly 'key-dist'?: string | undefined;
  readonly 'value-size'?: number | undefined;
  readonly 'max-txn-length'?: number | undefined;
  readonly nemesis?: readonly string[] | undefined;
  readonly 'nemesis-interval'?: string | undefined;
  readonly 'allow-missing-faults'?: boolean | undefined;
  readonly 'stop-on-violation'?: boolean | undefined;
  readonly seed?: number | undefined;
  readonly seeds?: string | undefined;
  readonly runs: number;
  readonly protocol?: string | undefined;
  readonly bug?: readonly string[] | undefined;
  readonly option?: readonly string[] | undefined;
  readonly runtime?: string | undefined;
  readonly 'docker-host'?: string | undefined;
  readonly cpus?: string | undefined;
  readonly memory?: string | undefined;
  readonly system?: string | undefined;
  readonly cluster?: string | undefined;
  readonly 'time-scale'?: string | undefined;
  readonly store: string;
  readonly 'check-time-limit'?: number | undefined;
  readonly 'check-memory'?: number | undefined;
  readonly 'log-pattern'?: readonly string[] | undefined;
  readonly keep?: boolean | undefined;
  readonly 'keep-on-failure'?: boolean | undefined;
  readonly junit?: string | undefined;
  readonly trace?: boolean | undefined;
}

/** Throws a `UserError` on flags that contradict each other. */
export function requestOf(flags: FuzzFlags): PlanRequest {
  if (flags.cluster !== undefined) refuseWithCluster(flags);
  return {
    protocol: flags.protocol,
    bugs: flags.bug?.flatMap((names) => names.split(',')),
    nodes: nodesOf(flags),
    runtime: flags.runtime,
    dockerHost: flags['docker-host'],
    cpus: flags.cpus,
    memory: flags.memory,
    system: flags.system,
    cluster: flags.cluster,
    workload: flags.workload,
    mix: flags.mix,
    keys: flags.keys,
    opsPerKey: flags['ops-per-key'],
    keyDistribution: flags['key-dist'],
    valueBytes: flags['value-size'],
    maxTxnLength: flags['max-txn-length'],
    concurrency: flags.concurrency,
    ops: flags.ops,
    timeLimitS: flags['time-limit'],
    rate: flags.rate,
    nemesis: flags.nemesis,
    nemesisIntervalS: numberOf('nemesis-interval', flags['nemesis-interval']),
    options: flags.option,
    timeScale: numberOf('time-scale', flags['time-scale']),
  };
}

/** The part of the session that comes from flags. Throws a `UserError` on a pattern that is none. */
export function sessionOptionsOf(flags: FuzzFlags) {
  patternsOf(flags['log-pattern']);
  const keep =
    flags.keep === true ? 'always' : flags['keep-on-failure'] === true ? 'on-failure' : 'never';
  return {
    seed: flags.seed,
    seeds: flags.seeds,
    runs: flags.runs,
    store: flags.store,
    keep,
    allowMissingFaults: flags['allow-missing-faults'] === true,
    stopOnViolation: flags['stop-on-violation'] === true,
    check: { timeLimitS: flags['check-time-limit'], memoryMb: flags['check-memory'] },
    logPatterns: flags['log-pattern'],
    junit: flags.junit,
    trace: flags.trace,
  } satisfies Partial<SessionOptions>;
}

/** What a running cluster has settled already. */
const SETTLED = [
  'nodes',
  'node',
  'bug',
  'option',
  'time-scale',
  'protocol',
  'runtime',
  'docker-host',
  'cpus',
  'memory',
  'trace',
] as const;

function refuseWithCluster(flags: FuzzFlags): void {
  const given = SETTLED.find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  throw new UserError(
    `--${given} says how a cluster is made, --cluster names one that runs.`,
    'Leave one of them out.',
  );
}

function nodesOf({ nodes, node }: FuzzFlags): PlanRequest['nodes'] {
  if (node !== undefined && node.length > 0) {
    if (nodes !== undefined)
      throw new UserError(
        '--nodes and -n both say which nodes there are.',
        'Leave one of them out.',
      );
    return node.flatMap((names) => names.split(','));
  }
  if (nodes === undefined) return undefined;
  return /^\d+$/.test(nodes) ? Number(nodes) : nodes.split(',');
}

function numberOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const x = Number(text);
  if (text.trim() !== '' && Number.isFinite(x)) return x;
  throw new UserError(`--${flag} ${text} is no number.`, `An example: --${flag} 1.5.`);
}
