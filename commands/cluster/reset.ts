/** `hermes cluster reset`: the way back from what no view can mend. */
import { ChangeCommand } from '../../src/tui/cluster/change-command.ts';
import { Args, Flags } from '../../src/tui/oclif.ts';

export default class ClusterResetCommand extends ChangeCommand {
  static override summary = 'mend a node that lost its disk, or start the cluster anew, empty';
  static override description =
    'With a node: it lost its disk, and with it its part in decisions on views; it gets that back, once the others have taken it in again. Without: all nodes are ended and start as a new cluster with an EMPTY store; that is the way back when the memory of all members is lost (LOST) or the disks of a majority of the nodes of the start. It asks first, unless --yes is given.';
  static override examples = [
    '<%= config.bin %> cluster reset n2',
    '<%= config.bin %> cluster reset --yes',
  ];
  static override args = {
    node: Args.string({ description: 'the node to mend; without it the whole cluster' }),
  };
  static override flags = {
    name: Flags.string({ summary: 'name of the cluster', default: 'default' }),
    yes: Flags.boolean({ char: 'y', summary: 'do not ask', default: false }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(ClusterResetCommand);
    const hand = await import('../../src/cluster/hand/reset-by-hand.ts');
    const { node } = args;
    if (node !== undefined)
      return this.show(`reset ${node}`, (watch) => hand.resetNode(flags.name, node, watch));
    const { risk } = await hand.resetOutlook(flags.name);
    if (!flags.yes) await this.#ask(flags.name, risk);
    return this.show(`reset cluster ${flags.name}`, (watch) =>
      hand.resetCluster(flags.name, watch),
    );
  }

  /** Throws a `UserError` unless somebody is there and agrees. */
  async #ask(name: string, risk: string): Promise<void> {
    const { UserError } = await import('../../src/base/user-error.ts');
    const { agreed } = await import('../../src/tui/cluster/agreed.ts');
    const what = `reset cluster ${name}: ${risk}`;
    const answer = this.jsonEnabled() ? undefined : await agreed(`${what}. Go on? [y/N] `);
    if (answer === undefined) throw new UserError(`${what}.`, 'If that is what you want: --yes');
    if (!answer) throw new UserError('nothing was done.');
  }
}
