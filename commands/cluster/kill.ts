/** `hermes cluster kill`: kill nodes at once (SIGKILL). */
import { NodeVerb, type Act } from '../../src/tui/cluster/node-verb.ts';

export default class ClusterKillCommand extends NodeVerb {
  static override summary = 'kill nodes at once (SIGKILL)';
  static override description =
    'A killed replica loses its data, which is in memory, and keeps its disk, which holds what it promised as one of those who decide on views. The others take it out of the view and go on.';
  static override examples = [
    '<%= config.bin %> cluster kill n2',
    '<%= config.bin %> cluster kill n2 n3 --name big',
  ];
  static override usage = 'cluster kill NODE… [--name CLUSTER]';

  protected async load(): Promise<Act> {
    return (await import('../../src/cluster/hand/nodes-by-hand.ts')).killNodes;
  }
}
