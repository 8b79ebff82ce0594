/** `hermes cluster restart`: start nodes again that are down. */
import { Flags } from '@oclif/core';
import { HermesCommand } from '../../src/tui/hermes-command.ts';

export default class ClusterRestartCommand extends HermesCommand {
  static override summary = 'start nodes again that are down';
  static override description =
    'A restarted replica is a new incarnation with no data that belongs to no view: it refuses every operation (NOTMEMBER), since there is no membership protocol yet that takes it in.';
  static override examples = [
    '<%= config.bin %> cluster restart n2',
    '<%= config.bin %> cluster restart n2 n3 --name big',
  ];
  static override strict = false;
  static override usage = 'cluster restart NODE… [--name CLUSTER]';
  static override flags = {
    name: Flags.string({ summary: 'name of the cluster', default: 'default' }),
  };

  async run(): Promise<object> {
    const { argv, flags } = await this.parse(ClusterRestartCommand);
    const { restartNodes } = await import('../../src/cluster/hand/nodes-by-hand.ts');
    const { lines, ...result } = await restartNodes(flags.name, argv.map(String));
    for (const line of lines) this.log(line);
    return result;
  }
}
