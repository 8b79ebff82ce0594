/** Runs as JUnit XML, for CI systems that show test results. */
import type { Results } from '../run/results.ts';

/** One test case per run: invalid is a failure, unknown an error. */
export function junitXml(runs: readonly Results[]): string {
  const count = (valid: Results['valid']): number =>
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

function testCase(run: Results): string[] {
  const head = `    <testcase classname="${escape(`${run.system}.${run.workload}`)}" name="${escape(`seed ${run.seed}`)}" time="${(run.durationMs / 1000).toFixed(3)}"`;
  const body = outcome(run);
  return body === undefined ? [`${head}/>`] : [`${head}>`, body, '    </testcase>'];
}

function outcome(run: Results): string | undefined {
  if (run.valid === true) return undefined;
  const again = `again: ${run.again}`;
  if (run.valid === 'unknown') {
    return `      <error type="${escape(run.reason ?? 'unknown')}" message="${escape(run.why ?? '')}">${escape(again)}</error>`;
  }
  const [first] = run.anomalies;
  const all = run.anomalies.map(
    ({ type, key, why }) => `${type}${key === undefined ? '' : ` (key ${key})`}: ${why}`,
  );
  return `      <failure type="${escape(first?.type ?? 'invalid')}" message="${escape(first?.why ?? '')}">${escape([...all, again].join('\n'))}</failure>`;
}

/** For text and attributes alike; control characters, which XML cannot carry, become spaces. */
function escape(text: string): string {
  const named: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&apos;',
  };
  // eslint-disable-next-line no-control-regex -- exactly these are meant
  const plain = text.replaceAll(/[\u0000-\u0008\u000b-\u001f]/g, ' ');
  return plain.replaceAll(/[&<>"']/g, (c) => named[c] ?? c);
}
