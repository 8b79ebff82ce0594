/** `hermes repl`: a prompt on a running cluster. */
import { EXIT, HermesCommand } from '../src/tui/hermes-command.ts';
import { Args, Flags } from '../src/tui/oclif.ts';

export default class ReplCommand extends HermesCommand {
  static override summary = 'talk to the nodes of a running cluster at a prompt';
  static override description =
    'Short forms: r KEY, w KEY VALUE, c KEY OLD NEW, q. Every command of the replica and every word of hermes cluster works too; help lists them. Lines may come from a pipe.';
  static override examples = [
    '<%= config.bin %> repl n2',
    `echo 'set greeting hello' | <%= config.bin %> repl`,
  ];
  static override args = {
    // oclif would take the lines of a pipe for it.
    node: Args.string({ description: 'node to begin with [default: n1]', ignoreStdin: true }),
  };
  static override flags = {
    name: Flags.string({ default: 'default', description: 'name of the cluster' }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(ReplCommand);
    const { runRepl } = await import('../src/tui/repl/repl.ts');
    const result = await runRepl({
      cluster: flags.name,
      node: args.node,
      json: this.jsonEnabled(),
      input: process.stdin,
      output: process.stdout,
    });
    if (!result.understood) process.exitCode = EXIT.user;
    return result;
  }
}
