/** `hermes diagram RUN`: the messages of a traced run, as people draw them on paper. */
import { HermesCommand } from '../src/tui/hermes-command.ts';
import { Args, Flags } from '../src/tui/oclif.ts';

export default class DiagramCommand extends HermesCommand {
  static override summary = 'draw the messages of a traced run, with the state of each replica';
  static override description =
    'RUN is the folder of a run that was traced (hermes fuzz --trace), a file in it, a seed, or nothing: the latest run. Without --key, --from and --to it shows the key that is wrong in an invalid run, and one update of a valid one.';
  static override examples = [
    '<%= config.bin %> diagram',
    '<%= config.bin %> diagram --key k3 --from 812 --to 850 --svg k3.svg',
    '<%= config.bin %> diagram --cluster default --key greeting',
  ];
  static override args = {
    run: Args.string({ description: 'which run; default: the latest' }),
  };
  static override flags = {
    key: Flags.string({ description: 'messages about this key alone: k3' }),
    from: Flags.integer({ description: 'milliseconds since the run began' }),
    to: Flags.integer({ description: 'milliseconds since the run began' }),
    all: Flags.boolean({ description: 'messages about no key too: heartbeats, votes on views' }),
    rows: Flags.integer({
      min: 10,
      description: 'rows beyond which the middle is left out (default 120)',
    }),
    svg: Flags.string({ description: 'draw it into this file as well' }),
    cluster: Flags.string({ description: 'what a running cluster has traced so far' }),
    store: Flags.string({ default: 'histories', description: 'folder of the recorded runs' }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(DiagramCommand);
    const { diagramRun } = await import('../src/run/diagram-run.ts');
    const diagram = await diagramRun({
      run: args.run,
      store: flags.store,
      cluster: flags.cluster,
      key: flags.key,
      fromMs: flags.from,
      toMs: flags.to,
      all: flags.all,
      rows: flags.rows,
      svg: flags.svg,
    });
    this.log(diagram.text.trimEnd());
    return diagram;
  }
}
