/** Runs as JUnit XML, for CI systems that show test results. */
import type { RunOutcome } from '../run/results.ts';
import { xmlText } from '../base/xml-text.ts';

/** One test case per run: invalid is a failure, unknown an error. */
export function junitXml(runs: readonly RunOutcome[]): string {
  const count = (valid: RunOutcome['valid']): number =>
    runs.filter((run) => run.valid === valid).length;
  const seconds = runs.reduce((sum, run) => sum + run.durationMs / 1000, 0);
  const totals = `tests="${runs.length}" failures="${count(false)}" errors="${count('unknown')}" time="${seconds.toFixed(3)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="hermes fuzz" ${totals}>`,
    `  <testsuite name="hermes fuzz" ${totals}>`,
    ...runs.flatMap(testCase),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase(run: RunOutcome): string[] {
  const head = `    <testcase classname="${xmlText(`${run.system}.${run.workload}`)}" name="${xmlText(`seed ${run.seed}`)}" time="${(run.durationMs / 1000).toFixed(3)}"`;
  const body = outcome(run);
  return body === undefined ? [`${head}/>`] : [`${head}>`, body, '    </testcase>'];
}

function outcome(run: RunOutcome): string | undefined {
  if (run.valid === true) return undefined;
  const again = `again: ${run.again}`;
  if (run.valid === 'unknown') {
    return `      <error type="${xmlText(run.reason ?? 'unknown')}" message="${xmlText(run.why ?? '')}">${xmlText(again)}</error>`;
  }
  const [first] = run.anomalies;
  const all = run.anomalies.map(
    ({ type, key, why }) => `${type}${key === undefined ? '' : ` (key ${key})`}: ${why}`,
  );
  return `      <failure type="${xmlText(first?.type ?? 'invalid')}" message="${xmlText(first?.why ?? '')}">${xmlText([...all, again].join('\n'))}</failure>`;
}
