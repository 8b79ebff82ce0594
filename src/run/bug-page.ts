/** `docs/bugs.md`: every planted bug, what it breaks, and what shows it. */
import { type ListedBug, WORLD_NAMES, worlds } from './bug-list.ts';
import type { Catch, Caught, HuntingGround } from './hunt-bug.ts';

/** What `npm run bugs` found, by number in the zoo. */
export interface HuntedBugs {
  /** What it ran on, in a line. */
  readonly machine: string;
  readonly bugs: Readonly<Record<string, Caught>>;
}

/** Ways to see a bug step by step, in Markdown, by number in the zoo. */
export type BugExamples = Readonly<Record<string, readonly string[]>>;

/** Markdown, ended by a line break. */
export function bugsPage(
  bugs: readonly ListedBug[],
  hunted: HuntedBugs,
  examples: BugExamples,
): string {
  return [
    '# Planted bugs',
    '',
    'Each switches one rule of a protocol off, at the line that enforces it. The numbers are those of the',
    "protocol's table of bugs ([protocol.md](protocol.md)). `hermes bugs` prints the first table; any command",
    'that runs replicas takes `--bug`. The checkers must find every one of them.',
    '',
    '| | name | what it breaks | what it must cause | smallest known |',
    '| --- | --- | --- | --- | --- |',
    ...bugs.map((bug) => row(bug.zoo, code(bug.name), bug.breaks, bug.anomaly, bug.smallest)),
    '',
    '## How each is caught',
    '',
    `Written by \`npm run bugs\` (${hunted.machine}; the machine did other things too, and`,
    'seconds count from the first seed or run). *Explored*: `hermes explore --config … --bug …`: distinct states',
    'until the first that is wrong, and steps on the shortest way to it. *Simulated*: seeds of `hermes fuzz',
    '--runtime sim` until the first invalid run; first with the invariants of the machines, then with what clients',
    'saw as the only witness. *Real*: runs of `hermes fuzz --bug … --runtime process`. Where a world cannot show',
    'it, or only by a chance that nobody waits for, the reason is below.',
    '',
    '| | explored | simulated | its clients alone | real replicas | step by step |',
    '| --- | --- | --- | --- | --- | --- |',
    ...bugs.map((bug) => caughtRow(bug, hunted.bugs[bug.zoo] ?? {}, examples[bug.zoo] ?? [])),
    '',
    '## What a run needs',
    '',
    'Set by themselves by `--bug` where nothing else is asked for.',
    '',
    '| | flags |',
    '| --- | --- |',
    ...bugs.filter(({ needs }) => needs !== '').map(({ zoo, needs }) => row(zoo, code(needs))),
    '',
    '## What a world cannot show',
    '',
    ...bugs.flatMap((bug) => reasons(bug, hunted.bugs[bug.zoo] ?? {})),
    '',
  ].join('\n');
}

/** What keeps a bug from showing on real replicas keeps it from simulated ones that did not show it either. */
function reasons({ zoo, cannot }: ListedBug, { sim }: Caught): string[] {
  const inBoth = sim !== undefined && 'tried' in sim;
  return worlds(cannot).map(([world, why]) => {
    const where = world === 'real' && inBoth ? `${WORLD_NAMES.sim} and ` : '';
    return `- ${zoo} ${where}${WORLD_NAMES[world]}: ${why}`;
  });
}

function caughtRow(bug: ListedBug, caught: Caught, examples: readonly string[]): string {
  const { explore, sim, clients, real } = caught;
  return row(
    bug.zoo,
    bug.explore === undefined ? '–' : `\`${bug.explore}\`: ${catchText('explore', explore)}`,
    catchText('sim', sim, bug.cannot.sim),
    catchText('clients', clients, bug.cannot.sim),
    catchText('real', real, bug.cannot.real),
    examples.join(', '),
  );
}

const UNITS: Readonly<Record<HuntingGround, string>> = {
  explore: 'state',
  sim: 'seed',
  clients: 'seed',
  real: 'run',
};

function catchText(ground: HuntingGround, found: Caught[HuntingGround], cannot?: string): string {
  if (found === undefined) return cannot === undefined ? 'not tried' : '–';
  const unit = (n: number): string =>
    `${n.toLocaleString('en')} ${UNITS[ground]}${n === 1 ? '' : 's'}`;
  if ('tried' in found) return `not in ${unit(found.tried)}`;
  return `${unit(found.effort)}, ${stepsOf(found)}${secondsText(found.seconds)}: ${found.broke}`;
}

function stepsOf({ steps }: Catch): string {
  return steps === undefined ? '' : `${steps} step${steps === 1 ? '' : 's'}, `;
}

function secondsText(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
