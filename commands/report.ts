/** `hermes report RUN`: a page that shows the run. */
import { HermesCommand } from '../src/tui/hermes-command.ts';
import { Args, Flags } from '../src/tui/oclif.ts';

export default class ReportCommand extends HermesCommand {
  static override summary =
    'write the page of a run: verdict, evidence, everything over one time axis';
  static override description =
    'RUN is the folder of a run, a file in it, a history file, a seed, or nothing: the latest run. The page is one HTML file that opens without network. A run or history without a verdict is judged first.';
  static override examples = [
    '<%= config.bin %> report',
    '<%= config.bin %> report histories/examples/read-while-invalid.jsonl --out example.html',
  ];
  static override args = {
    run: Args.string({ description: 'which run; default: the latest' }),
  };
  static override flags = {
    out: Flags.string({
      char: 'o',
      description: "file to write (default: report.html in the run's folder)",
    }),
    store: Flags.string({ default: 'histories', description: 'folder of the recorded runs' }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(ReportCommand);
    const { writeReport } = await import('../src/report/html/read-report.ts');
    const document = await writeReport(args.run, { store: flags.store, out: flags.out });
    this.log(document.file);
    return document;
  }
}
