/** `hermes cluster join`: one member more. */
import { ChangeCommand } from '../../src/tui/cluster/change-command.ts';
import { Flags } from '../../src/tui/oclif.ts';

export default class ClusterJoinCommand extends ChangeCommand {
  static override summary = 'let a node join: a brand-new one, or one that left';
  static override description =
    'The node copies all data from the others while writes go on, and serves once it has them. A brand-new node gets the next number, and holds data only: views are decided by the nodes of the start. Ctrl-C ends the waiting, not the joining.';
  static override examples = [
    '<%= config.bin %> cluster join',
    '<%= config.bin %> cluster join --node n2',
    '<%= config.bin %> cluster join --name big --json',
  ];
  static override flags = {
    name: Flags.string({ summary: 'name of the cluster', default: 'default' }),
    node: Flags.string({ summary: 'a node that left or is down; without it a brand-new one' }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(ClusterJoinCommand);
    const { joinNode } = await import('../../src/cluster/hand/members-by-hand.ts');
    return this.show(`join ${flags.node ?? 'a new node'}`, (watch) =>
      joinNode(flags.name, flags.node, watch),
    );
  }
}
