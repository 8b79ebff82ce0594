/** The first line of a run: what repeats it, and what it is. The seed comes first. */
import { count, plural } from '../../base/figures.ts';
import type { Plan } from '../../run/plan.ts';

/** `hermes fuzz · seed 7 · hermes, 5 nodes, netns · rmw on 10 keys · 5 clients, 2,000 operations`. */
export function headline(plan: Plan, seeds = `seed ${plan.seed}`): string {
  const { workload, clients } = plan;
  const system = plan.bugs.length > 0 ? `${plan.system} with ${plan.bugs.join(', ')}` : plan.system;
  const limit =
    plan.ops >= 1_000_000
      ? 'as many operations as there is time for'
      : `${count(plan.ops)} operations`;
  return [
    'hermes fuzz',
    seeds,
    `${system}, ${plural(plan.nodes.length, 'node')}, ${plan.runtime}`,
    `${workload.name} on ${plural(workload.keys, 'key')}`,
    `${plural(clients.count, 'client')}, ${limit}`,
  ].join(' · ');
}
