/** `hermes replay RUN`: a recorded run, or a named trace of the protocol, once more. */
import { HermesCommand } from '../src/tui/hermes-command.ts';
import { Args, Flags } from '../src/tui/oclif.ts';

export default class ReplayCommand extends HermesCommand {
  static override summary = 'run a recorded run again, or step through a named trace';
  static override description =
    'RUN is the folder of a run, a file in it, a seed, or nothing: the latest run. A simulated run is repeated to the last byte, a real one as plan and seed. With --trace nothing is started: the steps that its replicas recorded (hermes fuzz --trace) are given to fresh machines, which must do the same. A name as G3 or F1 shows that trace of the protocol step by step.';
  static override examples = [
    '<%= config.bin %> replay',
    '<%= config.bin %> replay histories/rmw/latest --trace',
    '<%= config.bin %> replay G3 --rules published',
  ];
  static override args = {
    run: Args.string({ description: 'which run, or which trace; default: the latest run' }),
  };
  static override flags = {
    trace: Flags.boolean({ description: 'check the recorded steps against fresh machines' }),
    rules: Flags.option({
      options: ['ours', 'published'] as const,
      description: 'named traces: by our rules, or by those of the paper',
    })(),
    system: Flags.string({ description: 'the target of the run, if it was a file: ./target.ts' }),
    store: Flags.string({ default: 'histories', description: 'folder of the recorded runs' }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(ReplayCommand);
    const { isTraceName } = await import('../src/run/named-trace.ts');
    if (args.run !== undefined && (await isTraceName(args.run)))
      return this.#named(args.run, flags.rules ?? 'ours');
    if (flags.trace) return this.#trace(args.run, flags.store);
    const { replayRun, replayText } = await import('../src/run/replay-run.ts');
    const { runText } = await import('../src/report/run-text.ts');
    const { pageOfRun } = await import('../src/report/html/run-page.ts');
    const { runFigure } = await import('../src/report/run-figure.ts');
    const { EndedBySignal, listenToSignals } = await import('../src/tui/fuzz/signals.ts');
    const { plainView } = await import('../src/tui/fuzz/plain-view.ts');
    const signals = listenToSignals(() => this.note('finishing: the history so far is judged'));
    const view = this.jsonEnabled() ? undefined : plainView((line) => this.note(line));
    try {
      const replayed = await replayRun(
        { run: args.run, store: flags.store, system: flags.system },
        {
          keep: 'never',
          allowMissingFaults: true,
          check: { timeLimitS: undefined, memoryMb: undefined },
          draw: runFigure,
          page: pageOfRun,
          interrupt: signals.interrupt,
          abort: signals.abort,
        },
        view ?? {},
      );
      view?.close();
      this.log(runText(replayed.result, true, undefined));
      this.log(replayText(replayed));
      if (replayed.same === false) throw new Error('a simulated run was not repeated to the byte');
      this.exitWith(replayed.result.verdict.valid);
      const { of, before, same, notes } = replayed;
      return { ...replayed.result.results, replay: { of, before, same, notes } };
    } catch (error) {
      if (error instanceof EndedBySignal) return this.exit(error.exitCode);
      throw error;
    } finally {
      view?.close();
      signals.release();
    }
  }

  async #trace(run: string | undefined, store: string): Promise<object> {
    const { replayTrace, traceReplayText } = await import('../src/run/replay-trace.ts');
    const taken = await replayTrace(run, store);
    this.log(traceReplayText(taken));
    this.exitWith(taken.steps === 0 ? 'unknown' : taken.valid);
    return taken;
  }

  async #named(name: string, rules: 'ours' | 'published'): Promise<object> {
    const { namedTrace } = await import('../src/run/named-trace.ts');
    const { drawText } = await import('../src/diagram/draw-text.ts');
    const trace = await namedTrace(name, { rules });
    const broken = trace.broken.map(({ invariant, message }) => `${invariant}: ${message}`);
    const title = `${trace.name}, ${rules === 'ours' ? 'our rules' : 'the published rules'}: ${trace.about}`;
    this.log(drawText(trace.events, { clock: 'steps', title, notes: broken }).trimEnd());
    return trace;
  }
}
