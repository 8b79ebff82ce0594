/** `hermes bugs`: the bugs that can be planted, and what each must cause. */
import { HermesCommand } from '../src/tui/hermes-command.ts';

export default class BugsCommand extends HermesCommand {
  static override summary = 'the bugs that --bug can plant, and what each must cause';
  static override description =
    'A planted bug switches one rule of a protocol off. The checkers must find every one of them.';
  static override examples = ['<%= config.bin %> bugs', '<%= config.bin %> bugs --json'];

  async run(): Promise<object> {
    await this.parse(BugsCommand);
    const { bugList, bugLines } = await import('../src/run/bug-list.ts');
    const bugs = bugList();
    for (const line of bugLines(bugs)) this.log(line);
    return { bugs };
  }
}
