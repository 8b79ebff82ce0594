/**
 * How the program ends when something was thrown: the exit code and what is said. With `EXIT` this is
 * the one place that decides codes; verdicts (1, 2) never come through here.
 */
import { mendOf as mendErrno } from '../base/file-error.ts';
import { UserError } from '../base/user-error.ts';

/** One meaning each (see the README). Ended by a signal before a verdict: 128 + its number. */
export const EXIT = { valid: 0, invalid: 1, unknown: 2, user: 254, ours: 255 } as const;

export interface Ending {
  readonly code: number;
  /** Undefined: there is nothing to say (the command already said it, or only help was asked for). */
  readonly message?: string;
  readonly hint?: string;
}

/** What oclif adds to the errors that it throws for wrong input. */
interface Thrown extends Error {
  readonly code?: string;
  readonly syscall?: string;
  readonly oclif?: { readonly exit?: number };
  /** Of `EndedBySignal`: 128 + its number. */
  readonly exitCode?: number;
}

/**
 * The ending for anything thrown. 254 for what the user can mend: a `UserError`, wrong input as seen by
 * oclif, an errno of the table above. 255 for the rest, which is our fault.
 */
export function endingOf(error: unknown): Ending {
  if (error instanceof UserError) {
    return { code: EXIT.user, message: error.message, ...hintOf(error.hint) };
  }
  if (!(error instanceof Error))
    return ours(`something that is no error was thrown: ${String(error)}`);
  const thrown: Thrown = error;
  if (thrown.name === 'EndedBySignal') return { code: thrown.exitCode ?? EXIT.ours };
  if (thrown.code === 'EEXIT') return { code: exitAsked(thrown.oclif?.exit) };
  if (thrown.code === 'MODULE_NOT_FOUND' || thrown.code === 'ERR_MODULE_NOT_FOUND') {
    return ours(thrown.message);
  }
  if (thrown.oclif?.exit !== undefined)
    return { code: EXIT.user, message: wrongInput(thrown.message) };
  const mend = thrown.syscall === undefined ? undefined : mendOf(thrown.code, thrown.syscall);
  if (mend !== undefined) return { code: EXIT.user, message: thrown.message, hint: mend };
  return ours(thrown.message === '' ? thrown.name : thrown.message);
}

/** The lines for stderr, with the stack only where `DEBUG` is set. */
export function endingText(ending: Ending, error: unknown, debug: boolean): string {
  if (ending.message === undefined) return '';
  const lines = [`Error: ${ending.message}`];
  if (ending.hint !== undefined) lines.push(...ending.hint.split('\n').map((line) => `  ${line}`));
  if (debug && error instanceof Error && error.stack !== undefined) lines.push(error.stack);
  return `${lines.join('\n')}\n`;
}

function mendOf(errno: string | undefined, syscall: string): string | undefined {
  if (errno === 'ENOENT' && syscall.startsWith('spawn')) {
    return 'That program is not installed; hermes doctor lists what is needed for what.';
  }
  return mendErrno(errno);
}

function ours(message: string): Ending {
  return {
    code: EXIT.ours,
    message,
    hint: 'This is a fault in hermes, not in what you asked for. DEBUG=1 shows where it happened.',
  };
}

/** A verdict's 1 and 2 are set by `exitWith`; nobody else may end with them. */
function exitAsked(code: number | undefined): number {
  if (code === undefined || code === EXIT.valid) return EXIT.valid;
  return code > EXIT.unknown ? code : EXIT.ours;
}

/** oclif's sentence in one line, without its own pointer to the help: ours names the command. */
function wrongInput(message: string): string {
  return message
    .replace(/\nSee more help with --help$/, '')
    .replaceAll(/:?\s*\n\s*/g, ': ')
    .trim();
}

function hintOf(hint: string | undefined): { hint?: string } {
  return hint === undefined ? {} : { hint };
}
