/** The failure figure of a run that has just ended, or of one whose files were read. */
import { count, plural } from '../base/figures.ts';
import type { DrawnRun } from '../run/fuzz-run.ts';
import { throughputFigure } from './figure/throughput-figure.ts';

/** The text of `throughput.svg`. Pure. */
export function runFigure({ plan, history, samples }: DrawnRun): string {
  const { system, bugs, nodes, runtime, workload, clients, ops, seed } = plan;
  const subtitle = [
    bugs.length > 0 ? `${system} with ${bugs.join(', ')}` : system,
    `${plural(nodes.length, 'node')}, ${runtime}`,
    `${workload.name} on ${plural(workload.keys, 'key')}`,
    `${plural(clients.count, 'client')}, ${count(ops)} operations`,
    `seed ${seed}`,
  ].join(' · ');
  return throughputFigure({ history, samples, subtitle });
}
