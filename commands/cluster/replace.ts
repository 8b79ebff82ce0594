/** `hermes cluster replace`: a new node for one that is gone for good. */
import { ChangeCommand } from '../../src/tui/cluster/change-command.ts';
import { Args, Flags } from '../../src/tui/oclif.ts';

export default class ClusterReplaceCommand extends ChangeCommand {
  static override summary = 'put a brand-new node in the place of one that is gone for good';
  static override description =
    'The new node joins first. Then the old one leaves, if it still runs, and its program and disk are removed. What it was worth as one of those who decide on views is not replaced: the command says how many are left, and refuses when they would be too few.';
  static override examples = [
    '<%= config.bin %> cluster replace n2',
    '<%= config.bin %> cluster replace n2 --name big --json',
  ];
  static override args = {
    node: Args.string({ description: 'the node that is gone', required: true }),
  };
  static override flags = {
    name: Flags.string({ summary: 'name of the cluster', default: 'default' }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(ClusterReplaceCommand);
    const { replaceNode } = await import('../../src/cluster/hand/members-by-hand.ts');
    return this.show(`replace ${args.node}`, (watch) => replaceNode(flags.name, args.node, watch));
  }
}
