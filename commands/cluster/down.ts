/** `hermes cluster down`: stops a cluster and removes everything of it. */
import { EXIT, HermesCommand } from '../../src/tui/hermes-command.ts';
import { Flags } from '../../src/tui/oclif.ts';

export default class ClusterDownCommand extends HermesCommand {
  static override summary = 'stop a cluster and remove everything of it';
  static override description =
    'Ends the replicas, undoes every fault and removes data and logs. With --all: of every cluster of yours.';
  static override examples = [
    '<%= config.bin %> cluster down',
    '<%= config.bin %> cluster down --all',
  ];
  static override flags = {
    name: Flags.string({ summary: 'name of the cluster', default: 'default' }),
    all: Flags.boolean({ summary: 'every cluster, and what dead ones left', default: false }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(ClusterDownCommand);
    const { downAll, downOne } = await import('../../src/cluster/hand/down.ts');
    const stopped = flags.all ? await downAll() : [await downOne(flags.name)];
    if (stopped.length === 0) this.log('no cluster is running');
    for (const { name, left } of stopped) {
      this.log(`✔ cluster ${name} is down`);
      for (const what of left) this.note(`  could not be removed: ${what}`);
    }
    if (stopped.some(({ left }) => left.length > 0)) process.exitCode = EXIT.ours;
    return { stopped };
  }
}
