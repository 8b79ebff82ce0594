/** An examination as lines of at most 80 columns. */
import type { Examination } from './examine.ts';
import type { Finding } from './finding.ts';

const COLUMNS = 80;
const NAME_COLUMNS = 16;
const HEADINGS: Readonly<Record<Finding['group'], string>> = {
  machine: 'This machine',
  clusters: 'Clusters of real replicas',
  faults: 'Faults',
  programs: 'Programs beside it',
};

export function doctorText(examination: Examination): string {
  const groups = Object.keys(HEADINGS) as Finding['group'][];
  const blocks = groups.map((group) => {
    const findings = examination.findings.filter((finding) => finding.group === group);
    return findings.length === 0 ? [] : [HEADINGS[group], ...findings.flatMap(lines), ''];
  });
  return [...blocks.flat(), ...conclusion(examination)].join('\n');
}

function lines(finding: Finding): string[] {
  const sign = finding.works ? '✔' : finding.needed ? '✘' : '–';
  const head = `  ${sign} ${finding.name.padEnd(NAME_COLUMNS)}`;
  const indent = ' '.repeat(head.length);
  const said = wrap(finding.says, COLUMNS - head.length);
  const mend = finding.mend === undefined ? [] : wrap(finding.mend, COLUMNS - head.length - 2);
  return [
    ...said.map((text, at) => (at === 0 ? head : indent) + text),
    ...mend.map((text, at) => `${indent}${at === 0 ? '→ ' : '  '}${text}`),
  ];
}

function conclusion({ ready, runtimes }: Examination): string[] {
  if (!ready) return ['Clusters cannot run here until what is marked ✘ is mended.'];
  const best = runtimes.includes('netns') ? 'netns' : runtimes[0];
  return [`Ready: hermes fuzz --runtime ${best}`];
}

/** Breaks at spaces; a word longer than a line stays whole. */
function wrap(text: string, columns: number): string[] {
  const rows: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = rows.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns)
      rows[rows.length - 1] = `${last} ${word}`;
    else rows.push(word);
  }
  return rows;
}
