/** `hermes help WORD`: a word of the field, or the help of a command. */
import { HermesCommand } from '../src/tui/hermes-command.ts';
import { Args, Flags } from '../src/tui/oclif.ts';

export default class HelpCommand extends HermesCommand {
  static override summary = 'explain a word in three sentences, or a command';
  static override strict = false;
  static override args = {
    word: Args.string({ description: 'a word such as lease, or a command such as cluster up' }),
  };
  static override flags = {
    markdown: Flags.boolean({ description: 'print the reference of all commands as Markdown' }),
  };
  static override examples = [
    '<%= config.bin %> help linearizable',
    '<%= config.bin %> help cluster up',
  ];

  async run(): Promise<object> {
    const { argv, flags } = await this.parse(HelpCommand);
    if (flags.markdown) {
      const { commandsPage } = await import('../src/tui/commands-page.ts');
      const markdown = commandsPage(this.config);
      this.log(markdown.trimEnd());
      return { markdown };
    }
    const { explain } = await import('../src/tui/explain.ts');
    return explain(argv.map(String), this.config, this.jsonEnabled());
  }
}
