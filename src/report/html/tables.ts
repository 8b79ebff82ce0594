/** The tables of a page: faults, operations, errors, nodes. Pure. */
import { count, duration, plural } from '../../base/figures.ts';
import type { PropertyResult } from '../../checkers/verdict.ts';
import type { FaultResult } from '../../run/results.ts';
import type { RunSeries, Sample } from '../figure/run-series.ts';
import { figureTexts, words } from '../property-text.ts';
import { type Html, html } from './html.ts';
import { type Operation, outcomeName } from './operations.ts';

/** Rows of a table that are shown; of the rest the number is said. */
const MOST_ROWS = 500;

interface Column {
  readonly name: string;
  /** Figures stand at the right. */
  readonly figures?: boolean;
}

function table(columns: readonly Column[], rows: readonly (readonly string[])[]): Html {
  const left = rows.length - MOST_ROWS;
  const cell = (name: 'td' | 'th', i: number, text: string): Html => {
    const right = columns[i]?.figures === true;
    if (name === 'th')
      return right
        ? html`<th scope="col" class="n">${text}</th>`
        : html`<th scope="col">${text}</th>`;
    return right ? html`<td class="n">${text}</td>` : html`<td>${text}</td>`;
  };
  return html`<div class="wide" tabindex="0">
    <table>
      <thead>
        <tr>
          ${columns.map(({ name }, i) => cell('th', i, name))}
        </tr>
      </thead>
      <tbody>
        ${rows.slice(0, MOST_ROWS).map(
          (row) =>
            html`<tr>
              ${row.map((text, i) => cell('td', i, text))}
            </tr> `,
        )}
      </tbody>
    </table>
    ${left > 0 && html`<p class="soft">and ${count(left)} more; results.json has them all</p>`}
  </div>`;
}

const SIGNS = { true: '✔', false: '✘', unknown: '?' } as const;

/** What each property said, with its numbers. */
export function propertiesTable(properties: readonly PropertyResult[] = []): Html | undefined {
  if (properties.length === 0) return undefined;
  const rows = properties.map(({ name, valid, demands, figures }) => [
    `${SIGNS[`${valid}`]} ${name}`,
    demands,
    figureTexts(figures).join(', '),
  ]);
  return html`<section>
    <h2>Properties</h2>
    ${table([{ name: 'property' }, { name: 'demands' }, { name: 'what was counted' }], rows)}
  </section>`;
}

/** Faults with what they did and how soon all nodes served again. */
export function faultsTable(faults: readonly FaultResult[]): Html | undefined {
  if (faults.length === 0) return undefined;
  const seconds = (ms: number | null): string => (ms === null ? '' : (ms / 1000).toFixed(3));
  const rows = faults.map((fault) => {
    const { id, text, startMs, stopMs, bitten, counters, gapMs, recoveryMs, error } = fault;
    const did = Object.entries(counters).map(([name, n]) => `${words(name)} ${count(n)}`);
    return [
      String(id),
      error === undefined ? text : `${text}: ${error}`,
      seconds(startMs),
      startMs === null || stopMs === null ? '' : duration(stopMs - startMs),
      startMs === null ? 'never begun' : bitten ? 'yes' : 'no',
      did.join(', '),
      gapMs === null ? '' : duration(gapMs),
      recoveryMs === null ? 'not seen' : recoveryMs === 0 ? 'at once' : duration(recoveryMs),
    ];
  });
  return html`<section>
    <h2>Faults</h2>
    ${table([{ name: '', figures: true }, { name: 'fault' }, { name: 'from, s', figures: true }, { name: 'for', figures: true }, { name: 'bit' }, { name: 'what it did' }, { name: 'longest gap', figures: true }, { name: 'all served after', figures: true }], rows)}
    <p class="soft">
      Gap: the longest time for which clients of running nodes got nothing while the fault was on or
      because of it. Faults that are on together share what clients saw.
    </p>
  </section>`;
}

interface KindTally {
  readonly counts: Record<'ok' | 'mismatch' | 'fail' | 'info', number>;
  readonly ms: number[];
}

/** Operations by kind and outcome, with latencies of what was answered, where the history has times. */
export function operationsTable(operations: readonly Operation[], timed: boolean): Html {
  const kinds = new Map<string, KindTally>();
  for (const operation of operations) {
    const { invoke, end } = operation;
    const kind: KindTally = kinds.get(invoke.f) ?? {
      counts: { ok: 0, mismatch: 0, fail: 0, info: 0 },
      ms: [],
    };
    kinds.set(invoke.f, kind);
    const outcome = outcomeName(operation);
    kind.counts[outcome]++;
    if (end !== undefined && (outcome === 'ok' || outcome === 'mismatch'))
      kind.ms.push((end.time - invoke.time) / 1e6);
  }
  const rows = [...kinds].map(([f, { counts, ms }]) => {
    const sorted = Float64Array.from(ms).sort();
    const at = (q: number): string => {
      const found = sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
      return found === undefined ? '' : duration(found);
    };
    const { ok, mismatch, fail, info } = counts;
    const numbers = [ok, mismatch, fail, info].map(count);
    return [f, ...numbers, ...(timed ? [at(0.5), at(0.99), at(1)] : [])];
  });
  const latencies = timed ? ['median', '99 %', 'slowest'] : [];
  const figures = ['ok', 'mismatch', 'fail', 'info', ...latencies];
  return html`<section>
    <h2>Operations</h2>
    ${table([{ name: 'kind' }, ...figures.map((name) => ({ name, figures: true }))], rows)}
    <p class="soft">
      ok: it happened. mismatch: a compare-and-set that met another value, judged as a read of it.
      fail: it did not happen. info: nobody knows; it may have happened at any later time, or never.
      ${timed && 'Latencies of ok and mismatch.'}
    </p>
  </section>`;
}

/** Error texts with how often they came, most frequent first. */
export function errorsTable(operations: readonly Operation[]): Html | undefined {
  const errors = new Map<string, { n: number; example: number }>();
  for (const { invoke, end } of operations) {
    if (end?.error === undefined || end.observed !== undefined) continue;
    const found = errors.get(end.error) ?? { n: 0, example: invoke.index };
    errors.set(end.error, { ...found, n: found.n + 1 });
  }
  if (errors.size === 0) return undefined;
  const rows = [...errors]
    .toSorted(([, a], [, b]) => b.n - a.n)
    .map(([text, { n, example }]) => [count(n), text, `event ${example}`]);
  return html`<section>
    <h2>Errors that clients were told</h2>
    ${table([{ name: 'times', figures: true }, { name: 'error' }, { name: 'for example' }], rows)}
  </section>`;
}

/** What each node answered, how long it did not serve, its last view, how often its process ended. */
export function nodesTable(series: RunSeries, samples: readonly Sample[]): Html | undefined {
  if (series.nodes.length === 0) return undefined;
  const rows = series.nodes.map((node) => {
    const own = samples.filter((sample) => sample['node'] === node);
    const of = (type: string): Sample[] => own.filter((sample) => sample['type'] === type);
    const rates = series.byNode.get(node) ?? [];
    const answered = rates.reduce((sum, rate) => sum + (rate * series.stepNs) / 1e9, 0);
    const out = series.outages.filter((outage) => outage.node === node);
    const outNs = out.reduce((sum, { fromNs, toNs }) => sum + toNs - fromNs, 0);
    const view = of('view').at(-1)?.['epoch'];
    return [
      node,
      count(Math.round(answered)),
      of('state').length === 0
        ? ''
        : `${duration(outNs / 1e6)} in ${plural(out.length, 'stretch', 'stretches')}`,
      typeof view === 'number' ? String(view) : '',
      count(of('exit').length),
    ];
  });
  return html`<section>
    <h2>Nodes</h2>
    ${table([{ name: 'node' }, { name: 'answered', figures: true }, { name: 'did not serve', figures: true }, { name: 'last view', figures: true }, { name: 'process ended', figures: true }], rows)}
  </section>`;
}
