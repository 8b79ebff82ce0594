/** `docs/bugs.md`: every planted bug, what it breaks, and what shows it. */
import type { ListedBug } from './bug-list.ts';

/** Markdown, ended by a line break. */
export function bugsPage(bugs: readonly ListedBug[]): string {
  const shown = bugs.filter(({ cannot }) => cannot === undefined);
  const others = bugs.filter(({ cannot }) => cannot !== undefined);
  return [
    '# Planted bugs',
    '',
    'Printed by `hermes bugs`; written by `npm run docs`. Each switches one rule of a protocol off. The',
    "numbers are those of the protocol's table of bugs. A test hunts every one of them with random runs in",
    'the simulator and its invariants (`src/sim/*-bugs.test.ts`), or follows its shortest trace step by step',
    '(`src/protocols/*/scripts`).',
    '',
    '## Shown by runs on real replicas',
    '',
    '`hermes fuzz --bug NAME` ends invalid, within five seeds (`npm run soak -- --bugs` hunts them all). Flags',
    'in the last column are set by themselves where nothing else is asked for.',
    '',
    '| | name | what it breaks | what it must cause | needs |',
    '| --- | --- | --- | --- | --- |',
    ...shown.map((bug) => row(bug.zoo, `\`${bug.name}\``, bug.breaks, bug.anomaly, bug.needs)),
    '',
    '## Shown by the simulator alone',
    '',
    '| | name | what it breaks | what it must cause | why not on real replicas |',
    '| --- | --- | --- | --- | --- |',
    ...others.map((bug) =>
      row(bug.zoo, `\`${bug.name}\``, bug.breaks, bug.anomaly, bug.cannot ?? ''),
    ),
    '',
  ].join('\n');
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
