/** `hermes cluster fault`: any fault of `--nemesis`, by hand. */
import { HermesCommand } from '../../src/tui/hermes-command.ts';
import { Flags } from '../../src/tui/oclif.ts';

export default class ClusterFaultCommand extends HermesCommand {
  static override summary = 'apply any fault of the grammar of --nemesis by hand';
  static override description =
    'KIND[:SHAPE] as in --nemesis. Nodes that follow are struck, or all their links; without nodes they are drawn. It lasts until "hermes cluster heal", or as long as --for says.';
  static override examples = [
    '<%= config.bin %> cluster fault messages:lose --set percent=30',
    '<%= config.bin %> cluster fault link:delay n3 --set delayMs=50 --for 5',
    '<%= config.bin %> cluster fault partition:bridge',
  ];
  static override strict = false;
  static override usage = 'cluster fault KIND[:SHAPE] [NODE…] [--set NAME=NUMBER] [--for SECONDS]';
  static override flags = {
    name: Flags.string({ summary: 'name of the cluster', default: 'default' }),
    set: Flags.string({ summary: 'a parameter of the fault: percent=30', multiple: true }),
    for: Flags.string({ summary: 'heal it after so many seconds, and wait for that' }),
    seed: Flags.string({ summary: 'seed of what is drawn; without it a new one each time' }),
  };

  async run(): Promise<object> {
    const { argv, flags } = await this.parse(ClusterFaultCommand);
    const { faultByHand } = await import('../../src/cluster/hand/links-by-hand.ts');
    const { report } = await faultByHand(
      flags.name,
      argv.map(String),
      { set: flags.set ?? [], seconds: flags.for, seed: flags.seed },
      (line) => this.log(line),
    );
    return report;
  }
}
