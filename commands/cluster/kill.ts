/** `hermes cluster kill`: kill nodes at once (SIGKILL). */
import { Flags } from '@oclif/core';
import { HermesCommand } from '../../src/tui/hermes-command.ts';

export default class ClusterKillCommand extends HermesCommand {
  static override summary = 'kill nodes at once (SIGKILL)';
  static override description =
    'A killed replica loses its data, which is in memory. Started again it is a stranger to the others and refuses every operation (NOTMEMBER), since there is no membership protocol yet that takes it in.';
  static override examples = [
    '<%= config.bin %> cluster kill n2',
    '<%= config.bin %> cluster kill n2 n3 --name big',
  ];
  static override strict = false;
  static override usage = 'cluster kill NODE… [--name CLUSTER]';
  static override flags = {
    name: Flags.string({ summary: 'name of the cluster', default: 'default' }),
  };

  async run(): Promise<object> {
    const { argv, flags } = await this.parse(ClusterKillCommand);
    const { killNodes } = await import('../../src/cluster/hand/nodes-by-hand.ts');
    const { lines, ...result } = await killNodes(flags.name, argv.map(String));
    for (const line of lines) this.log(line);
    return result;
  }
}
