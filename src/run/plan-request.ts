/**
 * What a person asked for: flags as they were given, undefined where nothing was said. Together with
 * a seed it is also the line that repeats a run.
 */
import { shellWord } from '../base/shell-word.ts';
import type { NodeName } from '../base/operation.ts';

export interface PlanRequest {
  readonly protocol?: string | undefined;
  readonly bugs?: readonly string[] | undefined;
  /** How many, or which (`n1`, `n2`, …). */
  readonly nodes?: number | readonly NodeName[] | undefined;
  readonly runtime?: string | undefined;
  /** Containers: URL of the engine, cores and memory of each node. */
  readonly dockerHost?: string | undefined;
  readonly cpus?: string | undefined;
  readonly memory?: string | undefined;
  /** `hermes`, or the path of a user's target. */
  readonly system?: string | undefined;
  /** Name of a running cluster to work on. */
  readonly cluster?: string | undefined;
  /** A built-in name, or the path of a user's file. */
  readonly workload?: string | undefined;
  /** `read=50,write=30,cas=20`. */
  readonly mix?: string | undefined;
  readonly keys?: number | undefined;
  readonly opsPerKey?: number | undefined;
  /** `uniform` or `zipf:0.99`. */
  readonly keyDistribution?: string | undefined;
  readonly valueBytes?: number | undefined;
  /** Micro-operations that a transaction has at most. */
  readonly maxTxnLength?: number | undefined;
  /** `5`, or `2n`: twice the number of nodes. */
  readonly concurrency?: string | undefined;
  readonly ops?: number | undefined;
  readonly timeLimitS?: number | undefined;
  /** Operations per second, or `max`. */
  readonly rate?: string | undefined;
  /** In the grammar of `--nemesis`, or paths of users' modules. */
  readonly nemesis?: readonly string[] | undefined;
  readonly nemesisIntervalS?: number | undefined;
  /** `o3=true,mlt=3`. */
  readonly options?: readonly string[] | undefined;
  readonly timeScale?: number | undefined;
}

/** What a person said about a run that is no part of its plan. */
export interface RunManner {
  readonly allowMissingFaults?: boolean | undefined;
  readonly stopOnViolation?: boolean | undefined;
  /** Regular expressions that no line of the nodes' logs may match. */
  readonly logPatterns?: readonly string[] | undefined;
  readonly check?: {
    readonly timeLimitS: number | undefined;
    readonly memoryMb: number | undefined;
  };
}

/** The line that repeats a run. Paths are kept as they were given. */
export function againLine(
  request: PlanRequest,
  seed: number,
  { allowMissingFaults, stopOnViolation, logPatterns = [], check }: RunManner = {},
): string {
  const words: string[] = ['hermes', 'fuzz'];
  const add = (flag: string, value: string | number | undefined): void => {
    if (value !== undefined) words.push(flag, shellWord(String(value)));
  };
  add('--cluster', request.cluster);
  add('--system', request.system);
  add('--protocol', request.protocol);
  add('--bug', request.bugs?.join(','));
  add('--runtime', request.runtime);
  add('--docker-host', request.dockerHost);
  add('--cpus', request.cpus);
  add('--memory', request.memory);
  add('--nodes', typeof request.nodes === 'object' ? request.nodes.join(',') : request.nodes);
  add('--workload', request.workload);
  add('--mix', request.mix);
  add('--keys', request.keys);
  add('--ops-per-key', request.opsPerKey);
  add('--key-dist', request.keyDistribution);
  add('--value-size', request.valueBytes);
  add('--max-txn-length', request.maxTxnLength);
  add('--concurrency', request.concurrency);
  add('--ops', request.ops);
  add('--time-limit', request.timeLimitS);
  add('--rate', request.rate);
  add('--nemesis', request.nemesis?.join(','));
  add('--nemesis-interval', request.nemesisIntervalS);
  add('--option', request.options?.join(','));
  add('--time-scale', request.timeScale);
  add('--check-time-limit', check?.timeLimitS);
  add('--check-memory', check?.memoryMb);
  if (allowMissingFaults === true) words.push('--allow-missing-faults');
  for (const pattern of logPatterns) add('--log-pattern', pattern);
  if (stopOnViolation === true) words.push('--stop-on-violation');
  add('--seed', seed);
  return words.join(' ');
}
