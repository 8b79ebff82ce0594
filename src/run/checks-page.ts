/** `docs/checkers.md`: every check that `--checker` knows, and every workload with the checks it asks for. */
import { MODEL_NAMES as CONSISTENCY_MODELS } from '../checkers/elle/models.ts';
import { MODEL_NAMES, OPERATIONS, kindOfModel } from '../checkers/models/models.ts';
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
    'Every check answers `valid`, `invalid` or `unknown`, and the worst answer is the verdict. Nothing that could have been',
    'wrong was observed, a limit was reached, a check broke: `unknown`, never a pass. Before a pass is believed,',
    'violations are planted into copies of the history and must be found; where none can be planted the pass is `weak`.',
    'Every anomaly names the operations that show it, and a second function holds them against the definition before',
    'it is reported. `hermes check` writes a page beside an invalid history (`NAME.check.html`): the operations on a time',
    'axis, how far an order of them goes, step by step, and the one that has no place.',
    '',
    '## The usual checks',
    '',
    '| name | what it demands |',
    '| --- | --- |',
    '| `linearizable` | some order of the operations of each key, true to real time, explains all answers |',
    '| `elle` | the history of transactions refutes none of the consistency models asked for (`--consistency-models`) |',
    '| `divergent` | all replicas hold the same at the end |',
    '',
    '`linearizable` judges by a model: by `--model NAME`, else as the history says, else by the operations that occur.',
    '',
    '| model | its operations |',
    '| --- | --- |',
    ...MODEL_NAMES.map((name) =>
      row(`\`${name}\``, OPERATIONS[kindOfModel(name)].filter((f) => f !== 'not').join(', ')),
    ),
    '',
    'The algorithm is chosen for each key and printed with the verdict: `zones` for registers of unique values, `chain`,',
    '`append-list` and `queue` for counters, lists and queues, else `frontier`, a search that holds for any model.',
    '`--algorithm wgl` asks for the classical search of Knossos and Porcupine as a second opinion; `--verify` lets brute',
    'force confirm what is small enough.',
    '',
    'Consistency models that have rules, by the names that Elle uses; others are refused, since no history could ever',
    'refute them:',
    `${CONSISTENCY_MODELS.map((name) => `\`${name}\``).join(', ')}.`,
    '',
    'A pass of transactions is proved by a serial order that keeps real time and is played through, which the output',
    'says. For registers that search decides strict serializability where no cycle shows anything: `no-serial-order`',
    'names the few transactions that have none. Where only a weaker model is asked for, a history without such an',
    'order is not refuted, and not proved.',
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
    '- `set-full` follows each element: *stable*, *stale* (a read that began after it was known did not show it, a later',
    '  one did), *lost* (none did), *never read*. `stable p50`, `p99`, `max`: how long until every read showed it.',
    '- `counter` takes decrements; `widest` is the largest distance between the bounds of an answer.',
    '- A queue of `total-queue` may lose as many elements as there were dequeues without a known outcome.',
    '- The session guarantees take a process as a session; a key whose values are not unique is left out and counted.',
    '  Causal consistency is the weak one of Bouajjani and others (2017). Time and memory grow with operations times',
    '  sessions; a client whose operation ended in `info` is a new session.',
    '- `stats`: a kind of operation that never succeeded makes the verdict `unknown`, since nothing is known of it.',
    '- `bank` reads `total`, `accounts` and `negativeBalances` from the header of the history, if they are there.',
    '',
    "`--log-pattern REGEX`, of `hermes fuzz` and `hermes check RUN`, looks into the logs of the run's nodes: a line that",
    'matches is an anomaly (`log-pattern`).',
    '',
    '## Models and checkers of your own',
    '',
    '`--model ./mine.ts` and `--checker ./mine.ts` load the default export of a file, TypeScript as it stands. A model is a',
    'state and a step ([examples/stock/model.ts](../examples/stock/model.ts)), a checker sees the whole history',
    '([examples/stock/checker.ts](../examples/stock/checker.ts)). A file that cannot be loaded, or lacks something, is refused',
    'in one sentence; what throws, is async, or answers with something else makes the verdict `unknown`, never a pass.',
    '`--checker linearizable,./mine.ts` asks for both. In tests of your own: [library.md](library.md).',
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
