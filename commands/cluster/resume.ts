/** `hermes cluster resume`: let paused nodes go on (SIGCONT). */
import { Flags } from '@oclif/core';
import { HermesCommand } from '../../src/tui/hermes-command.ts';

export default class ClusterResumeCommand extends HermesCommand {
  static override summary = 'let paused nodes go on (SIGCONT)';
  static override description = 'Ends every pause of these nodes.';
  static override examples = [
    '<%= config.bin %> cluster resume n2',
    '<%= config.bin %> cluster resume n2 n3 --name big',
  ];
  static override strict = false;
  static override usage = 'cluster resume NODE… [--name CLUSTER]';
  static override flags = {
    name: Flags.string({ summary: 'name of the cluster', default: 'default' }),
  };

  async run(): Promise<object> {
    const { argv, flags } = await this.parse(ClusterResumeCommand);
    const { resumeNodes } = await import('../../src/cluster/hand/nodes-by-hand.ts');
    const { lines, ...result } = await resumeNodes(flags.name, argv.map(String));
    for (const line of lines) this.log(line);
    return result;
  }
}
