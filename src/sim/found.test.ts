/**
 * Short lists of steps that once broke something, and must do so with their bug for ever and never
 * without it. Written by `hermes-bugs.test.ts`, or by hand from the output of a failing test.
 */
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Protocol } from '../protocols/machine.ts';
import { FIXED, SCRIPTED, SCRIPTED_OPTIONS } from './hermes.case.ts';
import { RELIABLE } from './membership.case.ts';
import { replay } from './replay.ts';
import { parseRun } from './show.ts';

const folder = new URL('found/', import.meta.url);
const files = globSync('*.txt', { cwd: folder }).toSorted();

test.each(files)('%s', (file) => {
  const text = readFileSync(new URL(file, folder), 'utf8');
  const { protocol: name, config, steps } = parseRun(text);
  const protocol = [FIXED, SCRIPTED, RELIABLE].find((p) => p.name === name) as Protocol;
  const settle = /^# progress/m.test(text);
  const options = { ...SCRIPTED_OPTIONS, settle, maxSettleSteps: 3000 };
  const sound = replay(protocol, { ...config, bugs: [] }, steps, options);
  expect(sound.failure).toBeUndefined();
  if (config.bugs.length === 0) return;
  const { failure, applied } = replay(protocol, config, steps, options);
  expect(applied).toEqual(steps);
  expect(text).toContain(`\n# ${failure?.kind} ${failure?.name}: ${failure?.message}`);
});
