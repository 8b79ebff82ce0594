/** `hermes shrink RUN`: the smallest plan that fails as the run did. */
import { HermesCommand } from '../src/tui/hermes-command.ts';
import { Args, Flags } from '../src/tui/oclif.ts';

export default class ShrinkCommand extends HermesCommand {
  static override summary = 'make a failing run as small as it can be, and draw what goes wrong';
  static override description =
    'Leaves out faults, operations, keys, clients and nodes as long as the same anomaly comes out; a simulated run then step by step. The plan, a message diagram (text and SVG) and what suffices lie in the folder "shrunk" of the run. Ctrl-C keeps the smallest so far.';
  static override examples = [
    '<%= config.bin %> shrink',
    '<%= config.bin %> shrink histories/rmw/latest --tries 10 --time-limit 900',
  ];
  static override args = {
    run: Args.string({ description: 'which run; default: the latest' }),
  };
  static override flags = {
    tries: Flags.integer({
      default: 3,
      min: 1,
      description: 'real clusters: runs of a plan before it counts as harmless',
    }),
    'time-limit': Flags.integer({
      default: 600,
      min: 1,
      description: 'seconds after which the smallest so far is good enough',
    }),
    system: Flags.string({ description: 'the target of the run, if it was a file: ./target.ts' }),
    store: Flags.string({ default: 'histories', description: 'folder of the recorded runs' }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(ShrinkCommand);
    const { shrinkRun, sizeText } = await import('../src/run/shrink-run.ts');
    const { EndedBySignal, listenToSignals } = await import('../src/tui/fuzz/signals.ts');
    const signals = listenToSignals(() => this.note('finishing: the smallest so far is kept'));
    try {
      const result = await shrinkRun({
        run: args.run,
        store: flags.store,
        system: flags.system,
        tries: flags.tries,
        timeLimitS: flags['time-limit'],
        note: (line) => this.note(line),
        interrupt: signals.interrupt,
        abort: signals.abort,
      });
      const { before, after, reproduction, steps, files, tries } = result;
      const stepText =
        steps === null ? '' : `; of its ${steps.before} steps ${steps.after} suffice`;
      this.log(result.diagram);
      this.log(
        `✔ from  ${sizeText(before)}\n  to    ${sizeText(after)}${stepText}   (${tries} tries)`,
      );
      this.log(`  fails ${reproduction.failures} of ${reproduction.tries} times`);
      this.log(`  files ${Object.values(files).join('\n        ')}`);
      return result;
    } catch (error) {
      if (error instanceof EndedBySignal) return this.exit(error.exitCode);
      throw error;
    } finally {
      signals.release();
    }
  }
}
