/** `hermes cluster heal`: ends faults and says what they did. */
import { HermesCommand } from '../../src/tui/hermes-command.ts';
import { Flags } from '../../src/tui/oclif.ts';

export default class ClusterHealCommand extends HermesCommand {
  static override summary = 'end faults and say what they did';
  static override description =
    'Without numbers: every fault that is on, but nodes that were killed stay down ("hermes cluster restart").';
  static override examples = [
    '<%= config.bin %> cluster heal',
    '<%= config.bin %> cluster heal --name big',
  ];
  static override strict = false;
  static override usage = 'cluster heal [FAULT…] [--name CLUSTER]';
  static override flags = {
    name: Flags.string({ summary: 'name of the cluster', default: 'default' }),
  };

  async run(): Promise<object> {
    const { argv, flags } = await this.parse(ClusterHealCommand);
    const { healByHand } = await import('../../src/cluster/hand/links-by-hand.ts');
    const { healed, lines } = await healByHand(flags.name, argv.map(String));
    for (const line of lines) this.log(line);
    return { healed };
  }
}
