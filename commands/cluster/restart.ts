/** `hermes cluster restart`: start nodes again that are down. */
import { NodeVerb, type Act } from '../../src/tui/cluster/node-verb.ts';

export default class ClusterRestartCommand extends NodeVerb {
  static override summary = 'start nodes again that are down';
  static override description =
    'A restarted replica is a new incarnation on its old disk and with an empty memory. It joins by itself: copies the data from the others while writes go on, and then serves.';
  static override examples = [
    '<%= config.bin %> cluster restart n2',
    '<%= config.bin %> cluster restart n2 n3 --name big',
  ];
  static override usage = 'cluster restart NODE… [--name CLUSTER]';

  protected async load(): Promise<Act> {
    return (await import('../../src/cluster/hand/nodes-by-hand.ts')).restartNodes;
  }
}
