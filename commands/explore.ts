/** `hermes explore`: every state that the replicas can reach, in a small configuration. */
import { HermesCommand } from '../src/tui/hermes-command.ts';
import { Flags } from '../src/tui/oclif.ts';

export default class ExploreCommand extends HermesCommand {
  static override summary = 'look at every state that replicas can reach in a small configuration';
  static override description =
    'An explicit-state model checker over the real machines. All invariants are checked in every state, and what clients see is judged for linearizability on every path. Ends with 0 when all states were seen and are right, 1 with a shortest path to one that is wrong, 2 when a limit was hit.';
  static override examples = [
    '<%= config.bin %> explore --nodes 3 --writes 1,1,0',
    '<%= config.bin %> explore --config 3-w110-r001',
    '<%= config.bin %> explore --nodes 2 --writes 1,1 --rmws 1,0 --bug M9 --invariant linearizable',
    '<%= config.bin %> explore --config tla-3x1-rmw',
    '<%= config.bin %> explore --nodes 2 --writes 1,1 --step --path 1,2',
  ];
  static override flags = {
    config: Flags.string({
      description:
        'a configuration by name: 3-w110-r001-rem1 (nodes, writes, read-modify-writes, removals), tla-3x2-rmw (the TLA+ specification)',
    }),
    nodes: Flags.integer({ min: 1, max: 9, description: 'replicas (default 3)' }),
    keys: Flags.integer({
      min: 1,
      max: 9,
      description: 'keys; an update may be of any (default 1)',
    }),
    writes: Flags.string({
      description: 'blind writes at each node: 1,1,0 (default, without rmws: 1,1)',
    }),
    rmws: Flags.string({ description: 'read-modify-writes at each node: 0,0,1' }),
    removals: Flags.integer({ min: 0, description: 'members that a view change may remove' }),
    restarts: Flags.integer({
      min: 0,
      description: 'restarts with loss of memory; a node that restarted may join again',
    }),
    loss: Flags.integer({
      min: 0,
      description:
        'messages that may be lost (default, without dup: any, and any number of times repeated)',
    }),
    dup: Flags.integer({ min: 0, description: 'messages that may arrive twice' }),
    resends: Flags.integer({
      min: 0,
      description: 'how often something may be sent again (default: as many as may be lost)',
    }),
    replays: Flags.option({
      options: ['any', 'orphans'] as const,
      description: 'a reader waits everywhere, or only updates of removed writers are replayed',
    })(),
    bug: Flags.string({
      multiple: true,
      description: 'plant bugs, by name or number (hermes bugs)',
    }),
    rules: Flags.option({
      options: ['ours', 'published'] as const,
      description: 'the rules of the paper and its specification, or those mended (default)',
    })(),
    option: Flags.string({ multiple: true, description: 'options of the protocol: name=value,…' }),
    invariant: Flags.string({
      multiple: true,
      description: 'check these only: I2,I6, or linearizable (default: all)',
    }),
    order: Flags.option({
      options: ['bfs', 'dfs', 'random'] as const,
      default: 'bfs',
      description: 'breadth first (shortest counterexample), depth first, or random walks',
    })(),
    seed: Flags.integer({ default: 1, description: 'of the random walks' }),
    walks: Flags.integer({ min: 1, description: 'random walks (default: no end)' }),
    symmetry: Flags.boolean({
      allowNo: true,
      default: true,
      description: 'take nodes without updates for one another, where that is sound',
    }),
    reduce: Flags.boolean({
      allowNo: true,
      default: true,
      description: 'leave out states that another one with more messages stands for',
    }),
    'max-states': Flags.integer({ min: 1, description: 'distinct states' }),
    'max-depth': Flags.integer({ min: 1, description: 'steps from the start (random walks: 200)' }),
    memory: Flags.string({
      description: '512m, 8g for the states (default: a quarter of the machine)',
    }),
    dot: Flags.string({ description: 'write the states as a graph for Graphviz to this file' }),
    step: Flags.boolean({ description: 'walk by hand: choose every step' }),
    path: Flags.string({ description: 'with --step: numbers of the first steps, as 1,4,2' }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(ExploreCommand);
    const { exploreOptionsOf, modelOf } = await import('../src/tui/explore/explore-flags.ts');
    const { exploreSession } = await import('../src/tui/explore/explore-session.ts');
    const { exploreDocument, exploreProgress, exploreText } =
      await import('../src/report/explore-text.ts');
    const { memoryMb } = await import('../src/report/check-flags.ts');
    const { wantsColor } = await import('../src/report/text.ts');
    const { model, about } = modelOf(flags);
    const again = `${this.config.bin} ${['explore', ...this.argv].join(' ')}`;
    const color = wantsColor(process.stdout, process.env);
    const { valid, document } = await exploreSession(model, {
      text: (explored) => exploreText(explored, { color, about, again }),
      progress: exploreProgress,
      document: (explored) => exploreDocument(explored, about, again),
      again,
      explore: exploreOptionsOf(flags, memoryMb(flags.memory)),
      step: flags.step ? (flags.path ?? '') : undefined,
      dot: flags.dot,
      quiet: this.jsonEnabled(),
      print: (line) => this.log(line),
      note: (line) => this.note(line),
    });
    this.exitWith(valid);
    return document;
  }
}
