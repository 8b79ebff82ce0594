/** `hermes cluster partition`: groups of nodes that no longer hear each other. */
import { HermesCommand } from '../../src/tui/hermes-command.ts';
import { Flags } from '../../src/tui/oclif.ts';

export default class ClusterPartitionCommand extends HermesCommand {
  static override summary = 'cut groups of nodes from each other';
  static override description =
    'Groups stand between slashes: nodes of different groups no longer hear each other. One group alone is cut from all others; nodes that no group names keep all their links. It lasts until "hermes cluster heal".';
  static override examples = [
    '<%= config.bin %> cluster partition n1 n2 / n3',
    '<%= config.bin %> cluster partition n1',
  ];
  static override strict = false;
  static override usage = 'cluster partition NODE… [/ NODE…]… [--name CLUSTER]';
  static override flags = {
    name: Flags.string({ summary: 'name of the cluster', default: 'default' }),
  };

  async run(): Promise<object> {
    const { argv, flags } = await this.parse(ClusterPartitionCommand);
    const { partitionByHand } = await import('../../src/cluster/hand/links-by-hand.ts');
    const { report, lines } = await partitionByHand(flags.name, argv.map(String));
    for (const line of lines) this.log(line);
    return report;
  }
}
