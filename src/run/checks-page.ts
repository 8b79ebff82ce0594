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
    'The algorithm is chosen for each key and printed with the verdict: `zones` for registers of unique values; `chain` and',
    '`matching` for counters of one step, told the sum or not; `append-list`, `queue` (each element put in once) and',
    '`inclusion` (sets that grow) by rule; `parts` for sets asked by element and registers that no operation joins; else',
    '`frontier`, a search that holds for any model. All but the last take time proportional to n log n or to the size of',
    'the reads, operations of unknown outcome included. Where a queue puts in an element twice, or a set is read as a whole',
    'and elements leave it, only the search is left. A dequeue of unknown outcome may have taken anything that nobody else',
    'did. `--algorithm wgl` asks for the classical search of Knossos and Porcupine as a second opinion; `linear` and',
    '`competition`, the names of Knossos, are `frontier` and `auto`. `--verify` lets brute force confirm what is small enough.',
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
    '- The session guarantees take a process as a session; a client whose operation ended in `info` is a new one. Decidable',
    '  are registers whose values are written once, and lists read as a whole; a key whose values repeat is left out and',
    '  counted (causal consistency of such histories is NP-complete: Bouajjani and others, 2017; theirs is the weak one that',
    '  is meant here). Monotonic writes and writes follow reads show in lists alone; of registers PRAM and causal say what',
    '  can be seen of them. Keys that are linearizable break none, and cost no more than that test; for the rest time grows',
    '  with operations times the logarithm of the number of sessions where what they know is much the same, as it is of',
    '  clients of one store.',
    '- `stats`: a kind of operation that never succeeded makes the verdict `unknown`, since nothing is known of it.',
    '- `bank` reads `total`, `accounts` and `negativeBalances` from the header of the history, if they are there.',
    '',
    'Where they differ from the checkers of the same name in Jepsen (`jepsen.checker`, `jepsen.tests`):',
    '',
    '| name | Jepsen | here |',
    '| --- | --- | --- |',
    row(
      '`set`',
      'the last read; an element whose addition failed may be in it',
      'the last read on each node after all acknowledged additions; such an element is `unexpected`',
    ),
    row(
      '`set-full`',
      'twice in one read is a duplicate',
      'more often in one read than it was added is',
    ),
    row('`counter`', 'increments only; reads', 'decrements too; answers of additions as well'),
    row(
      '`total-queue`',
      'an element that comes out twice is counted and allowed; what did not come out is lost',
      'twice is an anomaly; losses only where the queue was seen empty or drained, and no more than dequeues of unknown outcome can have taken',
    ),
    row('`unique-ids`', 'answers of `generate`', 'those, and answers of `add` on one key'),
    row(
      '`bank`',
      'wrong total, nil or negative balance, unknown account',
      'the same; a read that shows no balances at all, or nil as one, is `unknown`',
    ),
    row(
      '`long-fork`',
      'a value that nobody wrote ends the check',
      'it is `unexpected`, and the rest is judged',
    ),
    row(
      'session guarantees',
      'scripts of their own (`causal`, `causal-reverse`)',
      'any history of unique values, down to the weakest guarantee that is broken',
    ),
    row('`stats`', 'a kind that never succeeded: `unknown`', 'the same'),
    row(
      'all',
      'nothing observed may pass',
      '`unknown`; every anomaly is verified again; violations are planted',
    ),
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
