import { Flags, type Config } from '@oclif/core';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { sourceConfig } from '../../docs/write.ts';
import { UserError } from '../base/user-error.ts';
import { HermesCommand } from './hermes-command.ts';

let config: Config;
let thrown: Error | undefined;
let verdict: boolean | 'unknown' | undefined;

class Sample extends HermesCommand {
  static override id = 'sample';
  static override flags = { seed: Flags.integer() };
  async run(): Promise<object> {
    await this.parse(Sample);
    this.note('a remark');
    if (thrown !== undefined) throw thrown;
    if (verdict !== undefined) this.exitWith(verdict);
    return { verdict: verdict ?? null };
  }
}

beforeAll(async () => {
  config = await sourceConfig();
});

afterEach(() => {
  [thrown, verdict] = [undefined, undefined];
  process.exitCode = undefined;
});

/** Runs the sample; the code is that of the exit it asked for, else of the process. */
async function ended(
  ...argv: string[]
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
      written[name] += String(chunk);
      return true;
    }),
  );
  try {
    await Sample.run(argv, config);
    return { code: process.exitCode ?? 0, ...written };
  } catch (error) {
    return { code: (error as { oclif?: { exit?: number } }).oclif?.exit, ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

test.each([
  [true, 0],
  [false, 1],
  ['unknown', 2],
] as const)('the verdict %s ends with %i', async (value, code) => {
  verdict = value;
  expect((await ended()).code).toBe(code);
});

test('--json prints the document alone on stdout; remarks go to stderr', async () => {
  verdict = true;
  const { stdout, stderr } = await ended('--json');
  expect(JSON.parse(stdout)).toEqual({ verdict: true });
  expect(stderr).toBe('a remark\n');
});

test('what the user can mend: 254, a sentence and a hint, under --json a document too', async () => {
  thrown = new UserError('port 7101 is taken.', 'Choose another.');
  const plain = await ended();
  expect(plain.code).toBe(254);
  expect(plain.stdout).toBe('');
  expect(plain.stderr).toContain('Error: port 7101 is taken.\n  Choose another.\n');
  expect(JSON.parse((await ended('--json')).stdout)).toEqual({
    error: { message: 'port 7101 is taken.', hint: 'Choose another.' },
  });
});

test('a mistyped flag: the one that was meant, and where the help is', async () => {
  const { code, stderr } = await ended('--sede', '4');
  expect(code).toBe(254);
  expect(stderr).toContain('Did you mean --seed? All flags: hermes sample --help');
  expect((await ended('--seed', 'x')).stderr).toContain('All flags: hermes sample --help');
});

test('our own fault ends with 255', async () => {
  thrown = new TypeError('x is undefined');
  const { code, stderr } = await ended();
  expect(code).toBe(255);
  expect(stderr).toContain('a fault in hermes');
});
