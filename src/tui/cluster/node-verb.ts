/**
 * What `hermes cluster kill|pause|resume|restart` share: node names, one call, its lines.
 */
import type { Done } from '../../cluster/hand/nodes-by-hand.ts';
import { HermesCommand } from '../hermes-command.ts';
import { Flags } from '../oclif.ts';

/** Acts on nodes of a cluster. */
export type Act = (cluster: string, words: readonly string[]) => Promise<Done>;

export abstract class NodeVerb extends HermesCommand {
  static override strict = false;
  static override flags = {
    name: Flags.string({ summary: 'name of the cluster', default: 'default' }),
  };

  /** Loads what is done: only when it is. */
  protected abstract load(): Promise<Act>;

  async run(): Promise<object> {
    const { argv, flags } = await this.parse({
      flags: NodeVerb.flags,
      strict: false,
      enableJsonFlag: true,
    });
    const act = await this.load();
    const { lines, ...result } = await act(flags.name, argv.map(String));
    for (const line of lines) this.log(line);
    return result;
  }
}
