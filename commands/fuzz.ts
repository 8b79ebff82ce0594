/** `hermes fuzz`: run a workload while things break, record what clients saw, judge it. */
import { HermesCommand } from '../src/tui/hermes-command.ts';
import { Flags } from '../src/tui/oclif.ts';

export default class FuzzCommand extends HermesCommand {
  static override aliases = ['test'];
  static override summary = 'run clients while things break, record what they saw, judge it';
  static override description =
    'Starts a cluster of its own and removes it again, unless --cluster names a running one. The default faults are partitions, pauses, kills, lost connections and faults of single messages.';
  static override examples = [
    '<%= config.bin %> fuzz',
    '<%= config.bin %> fuzz --bug read-while-invalid',
    '<%= config.bin %> fuzz --runtime sim --nemesis swarm --seeds 1..500',
    '<%= config.bin %> fuzz --nodes 3 --nemesis none --ops 2000',
    '<%= config.bin %> fuzz --nemesis kill:one --rate 1500 --time-limit 10 --nemesis-interval 3',
    '<%= config.bin %> fuzz --nemesis all --nodes 5 --concurrency 10 --ops 20000',
    '<%= config.bin %> fuzz --workload append --nemesis partition:[one-way,bridge],pause --seeds 1..10',
  ];

  static override flags = {
    workload: Flags.string({
      char: 'w',
      description:
        'rmw, register, append, list-append, rw-register, set, counter, unique-ids, mutex, session (docs/checkers.md), or a file: ./mine.ts',
    }),
    nodes: Flags.string({ description: 'how many nodes, or n1,n2,… (default 5)' }),
    node: Flags.string({
      char: 'n',
      multiple: true,
      description: 'a node; may be repeated, as in Jepsen',
    }),
    concurrency: Flags.string({ description: 'clients: 5, or 2n for twice the number of nodes' }),
    ops: Flags.integer({ description: 'operations in all (default 2000)' }),
    'time-limit': Flags.integer({ description: 'seconds for which clients and faults go on' }),
    rate: Flags.string({
      char: 'r',
      description: 'operations per second, flat; or max: back to back',
    }),
    keys: Flags.integer({ description: 'keys in use at one time (default 10)' }),
    'ops-per-key': Flags.integer({
      description: 'operations after which a key is replaced; 0: never',
    }),
    mix: Flags.string({ description: 'weights of operations: read=50,write=30,cas=20' }),
    'key-dist': Flags.string({ description: 'uniform, or zipf:0.99' }),
    'value-size': Flags.integer({ description: 'bytes to which values are filled up' }),
    'max-txn-length': Flags.integer({
      min: 1,
      description:
        'micro-operations of a transaction, at most (list-append, rw-register; default 4 on systems with transactions; ours has none over several keys)',
    }),
    nemesis: Flags.string({
      multiple: true,
      description: 'faults: kind[:shape],…; none; all; swarm; or a file: ./faults.ts',
    }),
    'nemesis-interval': Flags.string({ description: 'mean seconds between faults' }),
    'allow-missing-faults': Flags.boolean({
      description: 'a fault that never bit does not matter',
    }),
    'stop-on-violation': Flags.boolean({
      description: 'no further operation once the history so far is invalid',
    }),
    seed: Flags.integer({ description: 'everything random comes from it; printed first' }),
    seeds: Flags.string({
      description: 'several runs: a..b, up to the first that is not valid',
      exclusive: ['seed', 'runs'],
    }),
    runs: Flags.integer({
      aliases: ['test-count'],
      default: 1,
      min: 1,
      description: 'runs with the seeds S, S+1, …',
    }),
    protocol: Flags.string({ description: 'protocol of our own replicas (default hermes)' }),
    bug: Flags.string({
      multiple: true,
      description: 'plant bugs, by name or number (hermes bugs)',
    }),
    option: Flags.string({ multiple: true, description: 'options of the protocol: name=value,…' }),
    runtime: Flags.string({ description: 'auto, process, netns, docker or sim' }),
    'docker-host': Flags.string({
      description: 'Docker engine: a URL (default: DOCKER_HOST, then the context)',
    }),
    cpus: Flags.string({ description: 'containers: cores of each node' }),
    memory: Flags.string({ description: 'containers: memory of each node, as 256m' }),
    system: Flags.string({ description: 'another system under test: ./target.ts' }),
    cluster: Flags.string({ description: 'work on a running cluster (hermes cluster up)' }),
    'time-scale': Flags.string({ description: 'scale all timers of replicas and clients' }),
    store: Flags.string({ default: 'histories', description: 'folder for the recorded runs' }),
    'check-time-limit': Flags.integer({ min: 1, description: 'seconds that the check may take' }),
    'check-memory': Flags.integer({ min: 16, description: 'megabytes that the check may use' }),
    'log-pattern': Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description: "a regular expression that no line of the nodes' logs may match",
    }),
    keep: Flags.boolean({
      aliases: ['leave-db-running'],
      description: 'leave the cluster running',
    }),
    'keep-on-failure': Flags.boolean({ description: 'leave it running when the run is not valid' }),
    'unknown-ok': Flags.boolean({ description: 'end with 0 where the verdict is unknown' }),
    figure: Flags.boolean({
      allowNo: true,
      default: true,
      description: 'draw throughput.svg into the folder of the run',
    }),
    report: Flags.boolean({
      allowNo: true,
      default: true,
      description: 'write report.html into the folder of the run',
    }),
    trace: Flags.boolean({
      description: 'record what every replica does in trace.jsonl (hermes diagram)',
    }),
    junit: Flags.string({ description: 'write the results as JUnit XML to this file' }),
    'print-plan': Flags.boolean({ description: 'print the schedule of faults and end' }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(FuzzCommand);
    const { fuzzSession, printPlan } = await import('../src/tui/fuzz/fuzz-session.ts');
    const { EndedBySignal } = await import('../src/tui/fuzz/signals.ts');
    const { requestOf, sessionOptionsOf } = await import('../src/tui/fuzz/fuzz-flags.ts');
    const { runText } = await import('../src/report/run-text.ts');
    const { runFigure } = await import('../src/report/run-figure.ts');
    const { pageOfRun } = await import('../src/report/html/run-page.ts');
    const { junitXml } = await import('../src/report/junit.ts');
    const options = {
      ...sessionOptionsOf(flags),
      request: requestOf(flags),
      quiet: this.jsonEnabled(),
      text: runText,
      draw: flags.figure ? runFigure : undefined,
      page: flags.report ? pageOfRun : undefined,
      junitXml,
      print: (line: string) => this.log(line),
      note: (line: string) => this.note(line),
    };
    if (flags['print-plan']) return printPlan(options);
    try {
      const { valid, runs, simulated } = await fuzzSession(options);
      this.exitWith(valid === 'unknown' && flags['unknown-ok'] ? true : valid);
      if (simulated !== undefined) {
        const { seeds, ...batch } = simulated;
        return { ...batch, results: seeds };
      }
      const results = runs.map((run) => run.results);
      return flags.runs === 1 && flags.seeds === undefined
        ? (results[0] ?? {})
        : { valid, results };
    } catch (error) {
      if (error instanceof EndedBySignal) return this.exit(error.exitCode);
      throw error;
    }
  }
}
