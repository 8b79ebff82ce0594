/** `hermes cluster pause`: stop the processes of nodes (SIGSTOP). */
import { Flags } from '@oclif/core';
import { HermesCommand } from '../../src/tui/hermes-command.ts';

export default class ClusterPauseCommand extends HermesCommand {
  static override summary = 'stop the processes of nodes (SIGSTOP)';
  static override description =
    'To the others a paused replica is silent: writes wait for it until "hermes cluster resume".';
  static override examples = [
    '<%= config.bin %> cluster pause n2',
    '<%= config.bin %> cluster pause n2 n3 --name big',
  ];
  static override strict = false;
  static override usage = 'cluster pause NODE… [--name CLUSTER]';
  static override flags = {
    name: Flags.string({ summary: 'name of the cluster', default: 'default' }),
  };

  async run(): Promise<object> {
    const { argv, flags } = await this.parse(ClusterPauseCommand);
    const { pauseNodes } = await import('../../src/cluster/hand/nodes-by-hand.ts');
    const { lines, ...result } = await pauseNodes(flags.name, argv.map(String));
    for (const line of lines) this.log(line);
    return result;
  }
}
