/** `hermes cluster status`: the nodes of a cluster, as the holder and they themselves say. */
import { HermesCommand } from '../../src/tui/hermes-command.ts';
import { Flags } from '../../src/tui/oclif.ts';

export default class ClusterStatusCommand extends HermesCommand {
  static override summary = 'show the nodes of running clusters and the faults that are on';
  static override description =
    'The view with its epoch, the leader, and of each node its lease, its keys by state, and how far it has copied the data. Without --name: every cluster that runs. With --watch the table is drawn again each second, until Ctrl-C.';
  static override examples = [
    '<%= config.bin %> cluster status',
    '<%= config.bin %> cluster status --watch',
    '<%= config.bin %> cluster status --name big --json',
  ];
  static override flags = {
    name: Flags.string({ summary: 'name of the cluster; without it all' }),
    watch: Flags.boolean({ summary: 'draw again each second', default: false }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(ClusterStatusCommand);
    const { reports, watchReports } = await import('../../src/cluster/hand/watch.ts');
    if (this.jsonEnabled()) {
      const found = await reports(flags.name);
      return flags.name === undefined ? { clusters: found } : (found[0] ?? {});
    }
    await watchReports(flags.name, flags.watch, (text) => this.log(text));
    return {};
  }
}
