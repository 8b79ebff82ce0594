/** `hermes cluster logs`: what the nodes of a cluster wrote. */
import { HermesCommand } from '../../src/tui/hermes-command.ts';
import { Args, Flags } from '../../src/tui/oclif.ts';

export default class ClusterLogsCommand extends HermesCommand {
  static override summary = 'print the logs of the nodes';
  static override examples = [
    '<%= config.bin %> cluster logs',
    '<%= config.bin %> cluster logs n2 --follow',
  ];
  static override args = {
    node: Args.string({ description: 'one node; without it all, each line with its name' }),
  };
  static override flags = {
    name: Flags.string({ summary: 'name of the cluster', default: 'default' }),
    lines: Flags.integer({ char: 'n', summary: 'last lines of each node', default: 20, min: 0 }),
    follow: Flags.boolean({ char: 'f', summary: 'go on with what is written next' }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(ClusterLogsCommand);
    const { lastLogs, followLogs } = await import('../../src/cluster/hand/logs.ts');
    const logs = await lastLogs(flags.name, args.node, flags.lines);
    const prefix = (node: string): string => (args.node === undefined ? `${node}  ` : '');
    for (const { node, lines } of logs)
      for (const line of lines) this.log(`${prefix(node)}${line}`);
    if (flags.follow && !this.jsonEnabled())
      await followLogs(logs, (node, line) => this.log(`${prefix(node)}${line}`));
    return { logs };
  }
}
