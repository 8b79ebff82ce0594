/**
 * What `hermes cluster kill|pause|resume|restart` share: node names, one call, its lines.
 */
import { Flags } from '@oclif/core';
import type * as verbs from '../../cluster/hand/nodes-by-hand.ts';
import { HermesCommand } from '../hermes-command.ts';

/** The functions that act on a list of nodes. */
export type NodeVerbs = typeof verbs;

export abstract class NodeVerb extends HermesCommand {
  static override strict = false;
  static override flags = {
    name: Flags.string({ summary: 'name of the cluster', default: 'default' }),
  };

  /** Does it. The module is loaded only then. */
  protected abstract act(
    verbs: NodeVerbs,
    cluster: string,
    words: readonly string[],
  ): Promise<verbs.Done>;

  async run(): Promise<object> {
    const { argv, flags } = await this.parse({ flags: NodeVerb.flags, strict: false });
    const loaded = await import('../../cluster/hand/nodes-by-hand.ts');
    const { lines, ...result } = await this.act(loaded, flags.name, argv.map(String));
    for (const line of lines) this.log(line);
    return result;
  }
}
