/**
 * What does not change between the runs of a batch: runtime, protocol, workload, what this machine can
 * do. Names are looked up and users' files loaded here, once.
 */
import { resolve } from 'node:path';
import type { NodeName } from '../base/operation.ts';
import type { Wire } from '../base/translate.ts';
import { UserError } from '../base/user-error.ts';
import { attachCluster } from '../cluster/open-cluster.ts';
import { refuseSettings } from '../cluster/docker/docker-settings.ts';
import { runtimeOf } from '../cluster/runtimes.ts';
import { engineOf, isHere } from '../cluster/docker/engine.ts';
import { hermesTarget } from '../cluster/targets/hermes.ts';
import type { Workload } from '../clients/workload.ts';
import type { Nemesis } from '../faults/fault.ts';
import type { Protocol } from '../protocols/machine.ts';
import { loadProtocol, PROTOCOL_NAMES } from '../protocols/protocols.ts';
import type { Capabilities, Runtime, System, Target } from '../system/system.ts';
import { SIM_CAPABILITIES } from '../sim/sim-system.ts';
import { type BuildInfo, buildInfo } from './build-info.ts';
import { planBugs } from './make-plan.ts';
import type { PlanContext } from './plan-context.ts';
import type { Plan } from './plan.ts';
import type { PlanRequest } from './plan-request.ts';
import { openSimulated } from './simulated-place.ts';
import { isPath, type Loaded, loadNemesis, loadTarget, loadWorkload } from './user-modules.ts';

export interface World {
  readonly request: PlanRequest;
  readonly context: PlanContext;
  /** The system under test of one run. */
  target(plan: Plan, run: string, traceDir?: string): Target;
  /** Opens it: a cluster of its own, or the running one that was named. */
  open(plan: Plan, options: OpenOptions): Promise<System>;
}

export interface OpenOptions {
  /** Unique among the clusters of this user; also the prefix of the run's keys. */
  readonly run: string;
  readonly logDir: string;
  /** The replicas write what they do, each to a file in `logDir`. */
  readonly trace: boolean;
  readonly onPhase: (phase: string) => void;
  readonly signal: AbortSignal;
}

const DEFAULT_WORKLOAD = 'rmw';

/** Throws a `UserError` on names that nothing has. */
export async function prepareWorld(request: PlanRequest): Promise<World> {
  const build = await buildInfo();
  const foreign = await foreignTarget(request.system);
  const protocol = foreign === undefined ? protocolOf(request.protocol ?? 'hermes') : undefined;
  const workload = await loadWorkload(request.workload ?? bugWorkload(request, protocol));
  const target = (plan: Plan, run: string, traceDir?: string): Target =>
    foreign?.value ?? ownTarget(plan, run, workload.value, traceDir);
  const probeTarget = foreign?.value ?? hermesTarget({ protocol: protocol?.name ?? '' });
  const place =
    request.cluster === undefined
      ? isSimulated(request)
        ? simulatedCluster(request, workload.value)
        : await ownCluster(request, probeTarget)
      : await runningCluster(request.cluster, probeTarget);
  const context = await contextOf(request, { build, workload, protocol, foreign, place });
  return {
    request,
    context,
    target,
    open: async (plan, options) => {
      if (options.trace) await refuseTrace(plan, request);
      const traceDir = options.trace ? resolve(options.logDir) : undefined;
      return place.open(plan, target(plan, options.run, traceDir), options);
    },
  };
}

/** Where the nodes are, and what can be done to them. */
interface Place {
  readonly runtime: string;
  readonly able: Capabilities;
  readonly nodes: readonly NodeName[] | undefined;
  open(plan: Plan, target: Target, options: OpenOptions): Promise<System>;
}

/** The runtime that was asked for, by flag or by the environment. */
function askedRuntime(request: PlanRequest): string {
  return request.runtime ?? process.env['HERMES_RUNTIME'] ?? 'auto';
}

/** True: nothing real is started. */
export function isSimulated(request: PlanRequest): boolean {
  return request.cluster === undefined && askedRuntime(request) === 'sim';
}

function simulatedCluster(request: PlanRequest, workload: Workload): Place {
  if (request.system !== undefined && request.system !== 'hermes')
    throw new UserError(
      `--runtime sim cannot run ${request.system}: it runs machines, not programs.`,
      'Leave out --system for our own replicas, or choose process, netns or docker.',
    );
  refuseSettings(request, 'sim');
  return {
    runtime: 'sim',
    able: SIM_CAPABILITIES,
    nodes: undefined,
    open: (plan, _target, options) => openSimulated(plan, workload, options),
  };
}

async function ownCluster(request: PlanRequest, target: Target): Promise<Place> {
  const { runtime } = await runtimeOf(askedRuntime(request), request);
  return {
    runtime: runtime.name,
    able: await runtime.probe(target),
    nodes: undefined,
    open: (plan, own, options) => openOwn(runtime, plan, own, options),
  };
}

function openOwn(
  runtime: Runtime,
  plan: Plan,
  target: Target,
  options: OpenOptions,
): Promise<System> {
  const settings = {
    name: options.run,
    nodes: plan.nodes,
    basePort: undefined,
    links: 'proxy',
    logDir: options.logDir,
    detached: false,
    clientTimeoutMs: plan.clients.timeoutMs,
  } as const;
  return runtime.open(target, settings, options.onPhase, options.signal);
}

async function runningCluster(name: string, target: Target): Promise<Place> {
  const look = await attachCluster(name, target);
  const { nodes, capabilities } = look;
  await look.stop();
  return {
    runtime: `cluster ${name}`,
    able: capabilities,
    nodes,
    open: (plan, own) => attachCluster(name, own, plan.clients.timeoutMs),
  };
}

interface Found {
  readonly build: BuildInfo;
  readonly workload: Loaded<Workload>;
  readonly protocol: Protocol | undefined;
  readonly foreign: Loaded<Target> | undefined;
  readonly place: Place;
}

async function contextOf(request: PlanRequest, found: Found): Promise<PlanContext> {
  const { build, workload, protocol, foreign, place } = found;
  const nemeses = await loadNemeses(request.nemesis ?? []);
  return {
    ...build,
    runtime: place.runtime,
    system: foreign?.value.name ?? 'hermes',
    operations: foreign?.value.operations ?? hermesTarget({ protocol: 'hermes' }).operations,
    protocol,
    able: place.able,
    workload: workload.value,
    ...(workload.module !== undefined && { module: workload.module }),
    nemeses,
    ...(place.nodes !== undefined && { nodes: place.nodes }),
  };
}

async function foreignTarget(system: string | undefined): Promise<Loaded<Target> | undefined> {
  if (system === undefined || system === 'hermes') return undefined;
  if (isPath(system)) return loadTarget(system);
  throw new UserError(
    `--system ${system} is not known.`,
    'Leave it out for our own replicas, or give the path of a target: --system ./my-target.ts.',
  );
}

function protocolOf(name: string): Protocol {
  const protocol = loadProtocol(name);
  if (protocol !== undefined) return protocol;
  throw new UserError(`there is no protocol "${name}".`, `Choose: ${PROTOCOL_NAMES.join(', ')}.`);
}

/** The workload that the planted bugs need, or the usual one. */
function bugWorkload(request: PlanRequest, protocol: Protocol | undefined): string {
  const needs = planBugs(request.bugs ?? [], protocol).flatMap(({ run }) => run?.workload ?? []);
  return needs[0] ?? DEFAULT_WORKLOAD;
}

async function loadNemeses(texts: readonly string[]): Promise<ReadonlyMap<string, Nemesis>> {
  const paths = texts.flatMap((text) => text.split(',')).filter(isPath);
  const loaded = await Promise.all(
    paths.map(async (path) => [path, (await loadNemesis(path)).value] as const),
  );
  return new Map(loaded);
}

/** The times of traces are those of this machine's clock. */
async function refuseTrace(
  { runtime, protocol }: Plan,
  { dockerHost }: PlanRequest,
): Promise<void> {
  const far = runtime === 'docker' && !isHere((await engineOf(dockerHost)).address);
  if (!far && protocol !== '') return;
  const why = far ? 'the engine has another clock' : 'a foreign system writes none';
  throw new UserError(`--trace: ${why}.`, 'Leave it out, or run our own replicas on this machine.');
}

/** Put before the number of a key: every run has its own, so that a used cluster gives no phantoms. */
export function keyPrefixOf(run: string): string {
  return `k${run}:`;
}

function ownTarget(plan: Plan, run: string, workload: Workload, traceDir?: string): Target {
  const wire: Wire = {
    keyPrefix: keyPrefixOf(run),
    elementBytes: workload.elementBytes ?? 0,
    valueBytes: plan.workload.valueBytes,
  };
  const { protocol, bugs, options, timing } = plan;
  return hermesTarget({
    protocol,
    bugs,
    options,
    timeScale: timing.scale,
    wire,
    ...(traceDir !== undefined && { traceDir }),
  });
}
