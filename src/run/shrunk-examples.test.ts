/**
 * Planted bugs as `hermes shrink` leaves them, in `histories/examples/shrunk`: their steps still fail,
 * with the bug only, and their drawings are what is drawn today. `HERMES_REWRITE=1` draws them anew.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { dataPathOf, loadProtocol } from '../protocols/protocols.ts';
import { replay } from '../sim/replay.ts';
import { parseRun } from '../sim/show.ts';
import type { Failure } from '../sim/watcher.ts';
import { failureOptions, filesOfSteps } from './shrink-steps.ts';

const folder = fileURLToPath(new URL('../../histories/examples/shrunk/', import.meta.url));
const bugs = readdirSync(folder);

test('there are several', () => expect(bugs.length).toBeGreaterThanOrEqual(3));

describe.each(bugs)('%s', (bug) => {
  const file = (name: string): string => join(folder, bug, name);
  const text = readFileSync(file('steps.txt'), 'utf8');
  const { protocol: name, config, steps } = parseRun(text);
  const protocol = loadProtocol(name) ?? dataPathOf('hermes')!;
  const kind = /^# (history|invariant|crash|progress) /m.exec(text)?.[1] as Failure['kind'];
  const options = failureOptions(kind);

  test('a handful of steps fail, with the bug only', () => {
    expect(protocol.name).toBe(name);
    expect(config.bugs).toEqual([bug]);
    expect(steps.length).toBeLessThan(20);
    expect(replay(protocol, config, steps, options).failure?.kind).toBe(kind);
    const sound = { ...options, checkEvery: 1 };
    expect(replay(protocol, { ...config, bugs: [] }, steps, sound).failure).toBeUndefined();
  });

  test('the drawings are current', () => {
    const failure = replay(protocol, config, steps, options).failure!;
    const files = filesOfSteps({ protocol, config, steps, failure });
    const named = { 'steps.txt': files.steps, 'diagram.txt': files.text, 'diagram.svg': files.svg };
    for (const [part, drawn] of Object.entries(named)) {
      if (process.env['HERMES_REWRITE'] !== undefined) writeFileSync(file(part), drawn);
      expect(readFileSync(file(part), 'utf8')).toBe(drawn);
    }
  });
});
