/** The head of a page: the verdict in plain words, why it may be believed, and what was run. Pure. */
import { count, duration, plural } from '../../base/figures.ts';
import type { Plan } from '../../run/plan.ts';
import type { VerdictDocument } from '../../run/results.ts';
import { modelLines } from '../transaction-text.ts';
import type { Line } from '../text.ts';
import { headline, praise } from '../verdict-text.ts';
import { judgedLateText, seenText } from '../seen-text.ts';
import { type Html, html } from './html.ts';
import type { ReportInput } from './report-input.ts';

/** One line: `valid: 2,000 operations on 10 keys are linearizable`. */
export function verdictWords(verdict: VerdictDocument): string {
  switch (verdict.valid) {
    case true:
      return `valid: ${praise({ ...verdict, operations: verdict.ops })}`;
    case false: {
      const [first, ...rest] = verdict.anomalies;
      const more =
        rest.length > 0 ? `, and ${plural(rest.length, 'more anomaly', 'more anomalies')}` : '';
      return `invalid: ${first === undefined ? 'an anomaly' : headline(first)}${more}`;
    }
    case 'unknown':
      return `unknown: ${(verdict.why ?? verdict.reason ?? 'it could not be judged').split(/[.:;] /)[0]}`;
  }
}

/** Everything above the drawing. */
export function verdictSection(input: ReportInput): Html {
  const { verdict, name, notes = [] } = input;
  const [mark, tone] = MARKS[String(verdict.valid)] ?? ['?', 'doubt'];
  return html`<header>
    <p class="soft">${name}</p>
    <h1><span class="${tone}">${mark}</span> ${verdictWords(verdict)}</h1>
    ${verdict.valid === 'unknown' && verdict.why !== undefined && html`<p>${verdict.why}</p>`}
    <p>${meaning(verdict)}</p>
    <dl>
      ${facts(input).map(
        ([label, text]) =>
          html`<dt>${label}</dt>
            <dd>${text}</dd>`,
      )}
      ${notes.map(
        (note) =>
          html`<dt>note</dt>
            <dd>${note}</dd>`,
      )}
    </dl>
    <h3>Again</h3>
    <pre>${input.again}</pre>
  </header>`;
}

const MARKS: Readonly<Record<string, readonly [string, string]>> = {
  true: ['✔', 'good'],
  false: ['✘', 'bad'],
  unknown: ['?', 'doubt'],
};

/** What the verdict says, for those who do not know the words. */
function meaning({
  valid,
  weak,
  consistency,
  onlyProperties,
  ops,
  reason,
}: VerdictDocument): string {
  if (valid === 'unknown')
    return `This is neither a pass nor a failure${reason === undefined ? '' : ` (${reason})`}: what was recorded does not decide the question, or could not be judged within the limits.`;
  if (valid === false)
    return 'What clients saw contradicts what the system promises. The evidence below suffices to show it.';
  if (weak === true)
    return 'Nothing contradicts the promise, but little was seen that could have: no violation could even be planted.';
  return consistency !== undefined || onlyProperties === true || ops === 0
    ? 'Nothing that clients saw contradicts what the system promises.'
    : 'There is an order of all operations, each at one moment between its call and its answer, in which every answer is right: clients cannot tell the replicas from one copy.';
}

function facts(input: ReportInput): Line[] {
  const { verdict, plan, results, history } = input;
  const { checker, checkMs, power, consistency } = verdict;
  const lines: Line[] = [
    ['checked', `${checkMs === null ? '' : `in ${duration(checkMs)} by `}${checker}`],
    ...modelLines(consistency),
  ];
  if (power !== undefined)
    lines.push([
      'power',
      `${count(power.found)} of ${count(power.planted)} violations planted into copies of this history were found`,
    ]);
  if (plan !== undefined) lines.push(...planFacts(plan));
  else if (history.header.workload !== undefined) lines.push(['workload', history.header.workload]);
  if (results !== undefined) {
    const { outcomes: o, durationMs, interrupted, service, epochs } = results;
    lines.push([
      'clients',
      `ok ${count(o.ok)}, mismatch ${count(o.mismatch)}, fail ${count(o.fail)}, info ${count(o.info)} in ${duration(durationMs)}${interrupted ? '; cut short on request' : ''}`,
    ]);
    const [seen, late] = [seenText(results), judgedLateText(results)];
    if (seen !== undefined) lines.push(['seen', seen]);
    if (late !== undefined) lines.push(['at the end', late]);
    if (service.longestGapMs > 0)
      lines.push([
        'served',
        `longest gap for clients of live nodes ${duration(service.longestGapMs)} (${service.longestGapNode ?? ''})`,
      ]);
    if (epochs !== null) lines.push(['views', `epoch ${epochs.first} to ${epochs.last}`]);
    for (const { kind, reason } of results.skipped) lines.push(['skipped', `${kind}: ${reason}`]);
    for (const note of results.notes) lines.push(['noted', note]);
  }
  return lines;
}

function planFacts({
  system,
  protocol,
  bugs,
  nodes,
  runtime,
  workload,
  clients,
  seed,
  commit,
}: Plan): Line[] {
  const planted = bugs.length > 0 ? ` with planted ${bugs.join(', ')}` : '';
  return [
    [
      'system',
      `${system === protocol ? system : `${system}, ${protocol}`}${planted}, ${plural(nodes.length, 'node')}, ${runtime}`,
    ],
    [
      'workload',
      `${workload.name} on ${plural(workload.keys, 'key')} at a time, ${plural(clients.count, 'client')}`,
    ],
    ['seed', commit === '' ? String(seed) : `${seed} (commit ${commit})`],
  ];
}
