/** `docs/checkers.md`: every check that `--checker` knows, and every workload with the checks it asks for. */
import { PROPERTIES } from '../checkers/properties/properties.ts';
import type { Workload } from '../clients/workload.ts';
import { WORKLOADS, loadWorkload } from './user-modules.ts';

/** The workloads that come with the program, in the order of their list. */
export async function builtInWorkloads(): Promise<Workload[]> {
  const loaded = await Promise.all(WORKLOADS.map(loadWorkload));
  return loaded.map(({ value }) => value);
}

/** Markdown, ended by a line break. */
export function checksPage(workloads: readonly Workload[]): string {
  return [
    '# Checkers and workloads',
    '',
    'Written by `npm run docs` from the sources. `hermes check --checker NAME` asks for a check by name, several with',
    'commas; `hermes fuzz --workload NAME` runs a workload and judges it by the checks in its row. Without',
    '`--checker` a history is judged by what its header asks for, else by all of the first table that applies.',
    '',
    'Every check answers `valid`, `invalid` or `unknown`. Nothing that could have been wrong was observed: `unknown`,',
    'never a pass. Before a pass is believed, violations are planted into copies of the history and must be found;',
    'where none can be planted the pass is `weak`. Every anomaly names the operations that show it, and a second',
    'function holds them against the definition before it is reported.',
    '',
    '## The usual checks',
    '',
    '| name | what it demands |',
    '| --- | --- |',
    '| `linearizable` | some order of the operations of each key, true to real time, explains all answers |',
    '| `elle` | the history of transactions refutes none of the consistency models asked for |',
    '| `divergent` | all replicas hold the same at the end |',
    '',
    '## Properties',
    '',
    'Weaker than linearizability, and decided in one pass whatever the concurrency. They count what they saw',
    '(`properties` in `--json`).',
    '',
    '| name | what it demands | what it needs |',
    '| --- | --- | --- |',
    ...PROPERTIES.map(({ name, demands, wants }) => row(`\`${name}\``, demands, wants)),
    '',
    'A queue of `total-queue` may lose as many elements as there were dequeues without a known outcome. The session',
    'guarantees take a process as a session; a key whose values are not unique is left out and counted.',
    '',
    "`hermes check RUN --log-pattern REGEX` looks into the logs of the run's nodes: a line that matches is an",
    'anomaly (`log-pattern`).',
    '',
    '## Workloads',
    '',
    '| name | what its clients do | operations | checks |',
    '| --- | --- | --- | --- |',
    ...workloads.map(({ name, about = '', needs, checks }) =>
      row(`\`${name}\``, about, needs.join(', '), checks.join(', ')),
    ),
    '',
  ].join('\n');
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
