// Counts the tests of vitest's JSON report, names those that failed, and fails when one was skipped that
// should have run here: every skip must match a line of the second file, `<regular expression> # <reason>`.
// The last line is for .ci/run: "tests PASSED FAILED".
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [reportPath, allowedPath] = process.argv.slice(2);
const report = JSON.parse(readFileSync(reportPath, 'utf8'));
const allowed = readFileSync(allowedPath, 'utf8')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  .map((line) => new RegExp(line.split(' # ')[0]));

const names = report.testResults.flatMap((file) =>
  file.assertionResults.map((test) => ({
    status: test.status,
    why: test.failureMessages?.[0]?.split('\n').slice(0, 3).join(' | '),
    name: `${relative(process.cwd(), file.name)} > ${test.fullName}`,
  })),
);
const skipped = names.filter((test) =>
  ['skipped', 'pending', 'todo', 'disabled'].includes(test.status),
);
const wrongly = skipped.filter((test) => !allowed.some((pattern) => pattern.test(test.name)));
for (const test of skipped) console.log(`skipped: ${test.name}`);
for (const test of wrongly) console.log(`SHOULD HAVE RUN: ${test.name}`);
for (const test of names)
  if (test.status === 'failed') console.log(`FAILED: ${test.name}: ${test.why}`);
if (report.numTotalTests === 0) console.log('NO TEST RAN');
process.exitCode = wrongly.length === 0 && report.numTotalTests > 0 ? 0 : 1;

// A file that could not be loaded has no tests to count and fails as one.
const broken = report.testResults.filter(
  (file) =>
    file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
);
for (const file of broken)
  console.log(`DID NOT LOAD: ${relative(process.cwd(), file.name)}: ${file.message}`);
console.log(`tests ${report.numPassedTests} ${report.numFailedTests + broken.length}`);
