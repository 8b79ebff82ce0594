/** `hermes cluster up`: starts a cluster and leaves it running. */
import type { Target } from '../../src/system/system.ts';
import { HermesCommand } from '../../src/tui/hermes-command.ts';
import { Flags } from '../../src/tui/oclif.ts';

export default class ClusterUpCommand extends HermesCommand {
  static override summary = 'start a cluster and leave it running';
  static override description =
    'Starts real replicas on this machine, each reachable by redis-cli and every Redis client. The cluster stays until "hermes cluster down".';
  static override examples = [
    '<%= config.bin %> cluster up',
    '<%= config.bin %> cluster up --nodes 5 --name big',
    '<%= config.bin %> cluster up --runtime netns --json',
    '<%= config.bin %> cluster up --runtime docker --cpus 0.5 --memory 256m',
  ];
  static override flags = {
    name: Flags.string({ summary: 'name of the cluster', default: 'default' }),
    nodes: Flags.integer({ summary: 'number of replicas', default: 3, min: 1, max: 64 }),
    protocol: Flags.string({ summary: 'protocol that the replicas run', default: 'hermes' }),
    runtime: Flags.string({
      summary: 'where the replicas run: process, netns, docker, or auto for the best one here',
      default: 'process',
      env: 'HERMES_RUNTIME',
    }),
    'base-port': Flags.integer({
      summary: 'node n listens on this port + n; without it 7100, or the next free block of 20',
      min: 1,
      max: 65_000,
    }),
    links: Flags.option({
      summary: 'links between replicas: through the link proxy, which faults need, or direct',
      options: ['proxy', 'direct'] as const,
      default: 'proxy' as const,
    })(),
    'docker-host': Flags.string({
      summary: 'Docker engine: a URL; without it DOCKER_HOST, then the current context',
    }),
    cpus: Flags.string({ summary: 'containers: cores of each node' }),
    memory: Flags.string({ summary: 'containers: memory of each node, as 256m' }),
    'time-scale': Flags.string({ summary: "scale of all the replicas' timers", default: '1' }),
    bug: Flags.string({ summary: 'planted bugs, by name or number, with commas' }),
    system: Flags.string({ summary: "another system: the path of a target's file" }),
    trace: Flags.boolean({ summary: 'replicas write what they do (hermes diagram --cluster)' }),
    verbose: Flags.boolean({ char: 'v', summary: 'replicas log every change of state' }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(ClusterUpCommand);
    const { cancelOnSignals, endBySignal } = await import('../../src/cluster/hand/cancel.ts');
    const { upCluster, upText } = await import('../../src/cluster/hand/up.ts');
    const { showSteps } = await import('../../src/cluster/hand/steps.ts');
    const { name, nodes, runtime, links } = flags;
    const target = await chosenTarget(flags);
    const request = {
      name,
      nodes,
      runtime,
      basePort: flags['base-port'],
      links,
      target,
      docker: { dockerHost: flags['docker-host'], cpus: flags.cpus, memory: flags.memory },
    };
    const cancel = cancelOnSignals();
    try {
      const up = (onPhase: (phase: string) => void): ReturnType<typeof upCluster> =>
        upCluster(request, onPhase, cancel.signal);
      const result = await (this.jsonEnabled() ? up(() => {}) : showSteps(`cluster ${name}`, up));
      this.log(upText(result));
      return result;
    } catch (error) {
      return await endBySignal(cancel, error);
    } finally {
      cancel.release();
    }
  }
}

/** Our replica with the protocol and bugs that were named, or the target of a user's file. */
async function chosenTarget(flags: {
  readonly protocol: string;
  readonly system: string | undefined;
  readonly bug: string | undefined;
  readonly 'time-scale': string;
  readonly verbose: boolean;
  readonly trace: boolean;
  readonly name: string;
}): Promise<Target> {
  const { UserError } = await import('../../src/base/user-error.ts');
  const { hermesTarget } = await import('../../src/cluster/targets/hermes.ts');
  if (flags.system !== undefined) {
    const { loadTarget } = await import('../../src/run/user-modules.ts');
    return (await loadTarget(flags.system)).value;
  }
  const { loadProtocol, PROTOCOL_NAMES } = await import('../../src/protocols/protocols.ts');
  const { planBugs } = await import('../../src/run/make-plan.ts');
  const { clusterDir, FILES } = await import('../../src/cluster/state/state-folder.ts');
  const protocol = loadProtocol(flags.protocol);
  if (protocol === undefined) {
    throw new UserError(
      `there is no protocol "${flags.protocol}".`,
      `Choose: ${PROTOCOL_NAMES.join(', ')}.`,
    );
  }
  const timeScale = Number(flags['time-scale']);
  if (!(timeScale > 0) || !Number.isFinite(timeScale))
    throw new UserError(`--time-scale ${flags['time-scale']} is no positive number.`);
  const bugs = planBugs(flags.bug?.split(',') ?? [], protocol);
  return hermesTarget({
    protocol: protocol.name,
    bugs: bugs.map(({ name }) => name),
    options: Object.assign({}, ...bugs.map(({ options }) => options ?? {})),
    timeScale,
    verbose: flags.verbose ? 1 : 0,
    ...(flags.trace && { traceDir: FILES.logs(clusterDir(flags.name)) }),
  });
}
