/** `hermes cluster resume`: let paused nodes go on (SIGCONT). */
import { NodeVerb, type Act } from '../../src/tui/cluster/node-verb.ts';

export default class ClusterResumeCommand extends NodeVerb {
  static override summary = 'let paused nodes go on (SIGCONT)';
  static override description = 'Ends every pause of these nodes.';
  static override examples = [
    '<%= config.bin %> cluster resume n2',
    '<%= config.bin %> cluster resume n2 n3 --name big',
  ];
  static override usage = 'cluster resume NODE… [--name CLUSTER]';

  protected async load(): Promise<Act> {
    return (await import('../../src/cluster/hand/nodes-by-hand.ts')).resumeNodes;
  }
}
