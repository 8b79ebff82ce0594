/** `hermes convert HISTORY OUT`: a history in the form of another tool. */
import { HermesCommand } from '../src/tui/hermes-command.ts';
import { Args, Flags } from '../src/tui/oclif.ts';

export default class ConvertCommand extends HermesCommand {
  static override summary = 'write a history in the form of another tool';
  static override description =
    "HISTORY is whatever hermes check takes: JSON lines, Jepsen's EDN, elle-cli's JSON, a log, a table (CSV), gzip of any. Events of clients are written; keys go into the values where the other tool has no field for them.";
  static override examples = [
    '<%= config.bin %> convert histories/examples/valid.jsonl /tmp/valid.edn',
    '<%= config.bin %> convert jepsen/history.edn.gz history.json --to elle',
  ];
  static override args = {
    history: Args.string({ required: true, description: 'what to convert' }),
    out: Args.string({ required: true, description: 'the file to write' }),
  };
  static override flags = {
    to: Flags.option({
      options: ['jsonl', 'edn', 'elle'] as const,
      description:
        'the form (default: by the ending of OUT: .jsonl, .edn, .json; .gz behind it packs)',
    })(),
    map: Flags.string({
      description: 'columns of a table (CSV): process=client,f=op,… (default: by its first row)',
    }),
    store: Flags.string({ default: 'histories', description: 'folder of the recorded runs' }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(ConvertCommand);
    const { convertHistory } = await import('../src/report/convert-history.ts');
    const done = await convertHistory(args.history, args.out, flags);
    for (const note of done.notes) this.log(note);
    this.log(`${done.events} events written to ${done.out} (${done.format})`);
    return done;
  }
}
