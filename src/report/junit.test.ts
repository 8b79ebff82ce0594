import { expect, test } from 'vitest';
import type { Results } from '../run/results.ts';
import { junitXml } from './junit.ts';

const base = { system: 'hermes', workload: 'rmw', durationMs: 1500, anomalies: [] };
const runs = [
  { ...base, seed: 1, valid: true, again: 'hermes fuzz --seed 1' },
  {
    ...base,
    seed: 2,
    valid: false,
    again: 'hermes fuzz --seed 2',
    anomalies: [{ type: 'nonlinearizable', key: 3, why: 'read <4> & "5"\u0001', operations: [] }],
  },
  {
    ...base,
    seed: 3,
    valid: 'unknown',
    reason: 'not-served',
    why: 'n3 was silent',
    again: 'hermes fuzz --seed 3',
  },
] as unknown as Results[];

test('one case per run: invalid is a failure, unknown an error, all text escaped', () => {
  expect(junitXml(runs)).toMatchInlineSnapshot(`
    "<?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="hermes fuzz" tests="3" failures="1" errors="1" time="4.500">
      <testsuite name="hermes fuzz" tests="3" failures="1" errors="1" time="4.500">
        <testcase classname="hermes.rmw" name="seed 1" time="1.500"/>
        <testcase classname="hermes.rmw" name="seed 2" time="1.500">
          <failure type="nonlinearizable" message="read &lt;4&gt; &amp; &quot;5&quot; ">nonlinearizable (key 3): read &lt;4&gt; &amp; &quot;5&quot; 
    again: hermes fuzz --seed 2</failure>
        </testcase>
        <testcase classname="hermes.rmw" name="seed 3" time="1.500">
          <error type="not-served" message="n3 was silent">again: hermes fuzz --seed 3</error>
        </testcase>
      </testsuite>
    </testsuites>
    "
  `);
});
