/**
 * Runs the command line once and maps every way to end to the exit codes of `ending.ts`. The start
 * script calls it with the built commands, `bin/dev.js` with the sources.
 */
// From where each is defined: the index of oclif loads half as much again, and every start waits for it.
import { UserError } from '../base/user-error.ts';
import { EXIT, endingOf, endingText } from './ending.ts';
import { nearest } from '../base/nearest.ts';
import { Config, type Interfaces, flush, run } from './oclif.ts';

/** Runs `process.argv`. On failure ends the process; else leaves it to end when nothing is left to do. */
export async function main(load: Interfaces.LoadOptions): Promise<void> {
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  guardOutput();
  try {
    const argv = process.argv.slice(2);
    const config = await Config.load(load);
    refuseUnknown(argv, config);
    await run(argv, config);
    await flush();
  } catch (error) {
    fail(error);
  }
}

/** Throws a `UserError` with a suggestion when the words before the first flag name no command. */
export function refuseUnknown(argv: readonly string[], config: Known): void {
  const end = argv.findIndex((word) => word.startsWith('-'));
  const words = end === -1 ? [...argv] : argv.slice(0, end);
  if (words.length === 0) return;
  for (let n = words.length; n > 0; n--) {
    if (config.findCommand(words.slice(0, n).join(':')) !== undefined) return;
  }
  if (config.findTopic(words.join(':')) !== undefined) return;
  const typed = words.slice(0, config.findTopic(words[0] ?? '') === undefined ? 1 : 2).join(' ');
  const meant = nearest(
    typed,
    config.commandIDs.map((id) => id.replaceAll(':', ' ')),
  );
  const suggestion = meant === undefined ? '' : `Did you mean ${config.bin} ${meant}? `;
  throw new UserError(
    `"${typed}" is not a command.`,
    `${suggestion}All commands: ${config.bin} --help`,
  );
}

/** The part of oclif's config that says which commands there are. */
type Known = Pick<Interfaces.Config, 'findCommand' | 'findTopic' | 'commandIDs' | 'bin'>;

function fail(error: unknown): never {
  const ending = endingOf(error);
  process.stderr.write(endingText(ending, error, process.env['DEBUG'] !== undefined));
  process.exit(ending.code);
}

/**
 * A reader that goes away (`hermes … | head`) ends the program without complaint and keeps a verdict that
 * was already reached; oclif would swallow the error and wait for a drain that never comes. Progress on
 * stderr that nobody reads is dropped.
 */
function guardOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.valid);
    fail(error);
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exit(EXIT.user);
  });
}
