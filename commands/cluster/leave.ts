/** `hermes cluster leave`: a member goes in good order. */
import { ChangeCommand } from '../../src/tui/cluster/change-command.ts';
import { Args, Flags } from '../../src/tui/oclif.ts';

export default class ClusterLeaveCommand extends ChangeCommand {
  static override summary = 'let a node leave in good order';
  static override description =
    'The node serves until a view without it is decided, so that no client waits for a lease to run out. Then its program ends; that of a node of the start goes on, since it is one of those who decide on views.';
  static override examples = [
    '<%= config.bin %> cluster leave n4',
    '<%= config.bin %> cluster leave n2 --stop',
  ];
  static override args = {
    node: Args.string({ description: 'the node that leaves', required: true }),
  };
  static override flags = {
    name: Flags.string({ summary: 'name of the cluster', default: 'default' }),
    stop: Flags.boolean({ summary: 'end the program of a node of the start too', default: false }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(ClusterLeaveCommand);
    const { leaveNode } = await import('../../src/cluster/hand/members-by-hand.ts');
    return this.show(`leave ${args.node}`, (watch) =>
      leaveNode(flags.name, args.node, flags.stop, watch),
    );
  }
}
