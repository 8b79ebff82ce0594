/** `hermes cluster pause`: stop the processes of nodes (SIGSTOP). */
import { NodeVerb, type Act } from '../../src/tui/cluster/node-verb.ts';

export default class ClusterPauseCommand extends NodeVerb {
  static override summary = 'stop the processes of nodes (SIGSTOP)';
  static override description =
    'To the others a paused replica is silent: they take it out of the view. After "hermes cluster resume" it finds that its lease is over, answers nothing from the past, and joins again.';
  static override examples = [
    '<%= config.bin %> cluster pause n2',
    '<%= config.bin %> cluster pause n2 n3 --name big',
  ];
  static override usage = 'cluster pause NODE… [--name CLUSTER]';

  protected async load(): Promise<Act> {
    return (await import('../../src/cluster/hand/nodes-by-hand.ts')).pauseNodes;
  }
}
