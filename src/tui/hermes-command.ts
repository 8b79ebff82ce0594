/**
 * What all commands share: `--json` prints the returned document and nothing else on stdout; a
 * `UserError` ends with 254, anything else that is thrown with 255; a verdict decides 0, 1 or 2.
 */
import type { Interfaces } from '@oclif/core';
import { shellWord } from '../base/shell-word.ts';
import { EXIT, endingOf, endingText, type Ending } from './ending.ts';
import { nearest } from '../base/nearest.ts';
import { Command } from './oclif.ts';

export { EXIT } from './ending.ts';

type ParsingToken = Interfaces.ParserOutput['raw'][number];

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

  /** Flags as they were typed, each with its value, quoted for a shell; `except`: names to leave out. */
  typed(raw: readonly ParsingToken[], except: readonly string[]): string[] {
    return raw.flatMap((token) => {
      if (token.type !== 'flag' || except.includes(token.flag)) return [];
      const { flag, input } = token;
      // Of a flag without a value oclif repeats the flag itself.
      return [input.startsWith(`--`) ? input : `--${flag} ${shellWord(input)}`];
    });
  }

  /** Says what went wrong, on stdout too under `--json`, and ends with its code. */
  protected override async catch(error: Error & { flags?: readonly string[] }): Promise<never> {
    const ending = this.#withHelp(endingOf(error), error);
    process.stderr.write(endingText(ending, error, process.env['DEBUG'] !== undefined));
    if (this.jsonEnabled() && ending.message !== undefined) {
      this.logJson({ error: { message: ending.message, hint: ending.hint ?? null } });
    }
    return this.exit(ending.code);
  }

  /** Wrong input without a hint of its own gets one: the flag that was meant, and where the help is. */
  #withHelp(ending: Ending, error: { flags?: readonly string[] }): Ending {
    if (ending.code !== EXIT.user || ending.message === undefined || ending.hint !== undefined) {
      return ending;
    }
    const flags: object | undefined = this.ctor.flags; // undefined for a command that declares none
    const known = Object.keys({ ...this.ctor.baseFlags, ...flags, json: true });
    const typed = error.flags?.[0]?.replace(/^-+/, '');
    const meant = typed === undefined ? undefined : nearest(typed, known);
    const help = `${this.config.bin} ${(this.id ?? '').replaceAll(':', ' ')} --help`;
    const hint = `${meant === undefined ? '' : `Did you mean --${meant}? `}All flags: ${help}`;
    return { ...ending, hint };
  }
}
