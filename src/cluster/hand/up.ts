/**
 * `hermes cluster up`: opens a cluster that stays, with its steps on the terminal.
 */
import { delimiter, join } from 'node:path';
import { accessSync, constants } from 'node:fs';
import { nodeName } from '../../base/node-name.ts';
import type { RuntimeOptions, System, Target } from '../../system/system.ts';
import type { DockerSettings } from '../docker/docker-settings.ts';
import { runtimeOf } from '../runtimes.ts';
import { findHolder } from '../holder/holder-client.ts';
import { clusterReport, type ClusterReport } from './cluster-status.ts';
import { nameFlag } from './status-text.ts';

/** What a line of the terminal holds at least. */
const COLUMNS = 80;

export interface UpRequest {
  readonly name: string;
  readonly nodes: number;
  readonly runtime: string;
  readonly basePort: number | undefined;
  readonly links: 'proxy' | 'direct';
  readonly target: Target;
  readonly docker?: DockerSettings;
}

export interface UpResult extends ClusterReport {
  /** Why this runtime. */
  readonly why: string;
  readonly ms: number;
}

/** Starts it. `onPhase` hears each step as it begins. Throws a `UserError` that names node and step. */
export async function upCluster(
  request: UpRequest,
  onPhase: (phase: string) => void,
  signal: AbortSignal,
): Promise<UpResult> {
  const began = performance.now();
  const { runtime, why } = await runtimeOf(request.runtime, request.docker);
  const system = await runtime.open(request.target, optionsOf(request), onPhase, signal);
  const ms = Math.round(performance.now() - began);
  return { ...(await described(system, request.name)), why, ms };
}

/** Where replicas run, by runtime. */
const PLACES: Readonly<Record<string, string>> = {
  process: 'on loopback',
  netns: 'in network namespaces',
  docker: 'in containers',
};

function optionsOf({ name, nodes, basePort, links }: UpRequest): RuntimeOptions {
  return {
    name,
    nodes: Array.from({ length: nodes }, (_, id) => nodeName(id)),
    basePort,
    links,
    logDir: undefined,
    detached: true,
  };
}

async function described(system: System, name: string): Promise<ClusterReport> {
  const holder = await findHolder(name);
  if (holder === undefined) throw new Error(`cluster ${name} ended as soon as it was up`);
  try {
    return await clusterReport(holder);
  } finally {
    holder.close();
    await system.stop();
  }
}

/** The cluster's addresses, and lines to try next. */
export function upText({ name, nodes, runtime, system, why, ms }: UpResult): string {
  const count = `${nodes.length} ${nodes.length === 1 ? 'replica' : 'replicas'}`;
  const place = PLACES[runtime] ?? runtime;
  const reason = why === 'as asked' ? '' : `, ${why}`;
  const lines = [
    `✔ cluster ${name}: ${count} ${place} (${runtime}${reason})   ${(ms / 1000).toFixed(1)} s`,
    ...addressLines(nodes),
  ];
  const flag = nameFlag(name);
  const [first, last] = [nodes[0], nodes.at(-1)];
  if (first === undefined || last === undefined) return lines.join('\n');
  if (system === 'hermes' && hasRedisCli()) {
    const cli = (node: typeof first): string => `redis-cli -p ${node.address.split(':').at(-1)}`;
    lines.push(`  try   ${cli(first)} set greeting hello && ${cli(last)} get greeting`);
  } else if (system === 'hermes') lines.push(`  try   hermes repl ${first.name}${flag}`);
  const then = ['hermes cluster status --watch', 'hermes cluster down'].map((line) => line + flag);
  if (nodes.length > 2) then.unshift(`hermes cluster partition n1 / n2 n3${flag}`);
  const line = `  then  ${then.join(' · ')}`;
  lines.push(line.length <= COLUMNS ? line : `  then  ${then.join('\n        ')}`);
  return lines.join('\n');
}

/** As many to a line as 80 columns hold. */
function addressLines(nodes: ClusterReport['nodes']): string[] {
  const words = nodes.map(({ name, address }) => `${name}  ${address}`);
  const lines: string[] = [];
  for (let at = 0; at < words.length; at += 3)
    lines.push(`  ${words.slice(at, at + 3).join('     ')}`);
  return lines;
}

function hasRedisCli(): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, 'redis-cli'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
