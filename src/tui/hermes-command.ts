/**
 * What all commands share: `--json` prints the returned document and nothing else on stdout; a
 * `UserError` ends with 254, anything else that is thrown with 255; a verdict decides 0, 1 or 2.
 */
import { Command } from '@oclif/core';
import { UserError } from '../base/user-error.ts';

/** One meaning each (see the README). Ended by a signal before a verdict: 128 + its number. */
export const EXIT = { valid: 0, invalid: 1, unknown: 2, user: 254, ours: 255 } as const;

export abstract class HermesCommand extends Command {
  static override enableJsonFlag = true;

  /** Progress and remarks: stderr, so that stdout carries the result alone. */
  note(line: string): void {
    process.stderr.write(`${line}\n`);
  }

  /** Ends the process with the code of a verdict once the output is flushed. */
  exitWith(valid: boolean | 'unknown'): void {
    process.exitCode = valid === true ? EXIT.valid : valid === false ? EXIT.invalid : EXIT.unknown;
  }

  protected override async catch(error: Error & { oclif?: { exit?: number } }): Promise<unknown> {
    if (error instanceof UserError) {
      process.stderr.write(`Error: ${error.message}\n${error.hint === undefined ? '' : `  ${error.hint}\n`}`);
      if (this.jsonEnabled()) this.logJson({ error: { message: error.message, hint: error.hint } });
      process.exitCode = EXIT.user;
      return undefined;
    }
    throw error;
  }
}
