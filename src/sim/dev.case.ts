import { hermes, swarm, OPTIONS, shrunk, SCRIPTED, SCRIPTED_OPTIONS } from './hermes.case.ts';
import { simulate } from './simulate.ts';
import { showRun } from './show.ts';
const [from, count, nodes, views] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
  number,
];
const bug = process.argv[6];
const p = views ? SCRIPTED : hermes();
const o = views ? SCRIPTED_OPTIONS : OPTIONS;
const t = performance.now();
let steps = 0,
  msgs = 0;
const ends: Record<string, number> = {};
for (let seed = from; seed < from + count; seed++) {
  const s = swarm(seed, { nodes: [nodes], views: !!views, ...(bug ? { bugs: [bug] } : {}) });
  const t0 = performance.now();
  const r = simulate(p, s, o);
  steps += r.world.stepId;
  msgs += r.delivered;
  for (const e of r.world.ledger.events) {
    const k = e.type + ' ' + (e.error ?? '').split(' ')[0];
    ends[k] = (ends[k] ?? 0) + 1;
  }
  const dt = performance.now() - t0;
  if (dt > 500) console.log('slow', seed, dt | 0, r.world.stepId, r.world.ledger.events.length);
  if (r.failure) {
    console.log('seed', seed, r.failure.kind, r.failure.name, r.failure.message, r.world.stepId);
    const small = shrunk(p, s, o);
    console.log('tries', small.tries);
    console.log(showRun(p, small.config, small.steps, o));
    break;
  }
}
console.log(
  'ms/seed',
  (performance.now() - t) / count,
  'steps',
  steps / count,
  'msgs',
  msgs / count,
  ends,
);
