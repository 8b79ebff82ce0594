/** What `hermes help …` says: an entry of the table of words, else the help of a command or topic. */
import { UserError } from '../base/user-error.ts';
import { WORDS, wordOf, type Word } from '../base/words.ts';
import { nearest } from '../base/nearest.ts';
import { type Interfaces, loadHelpClass } from './oclif.ts';

/**
 * Prints what is known about `typed` (unless `quiet`) and returns it; throws a `UserError` with the nearest
 * known word when nothing is. A command goes before a word of the same name.
 */
export async function explain(
  typed: readonly string[],
  config: Interfaces.Config,
  quiet: boolean,
): Promise<object> {
  const id = typed.join(':');
  if (
    typed.length === 0 ||
    config.findCommand(id) !== undefined ||
    config.findTopic(id) !== undefined
  ) {
    if (!quiet) await showHelp([...typed], config);
    return { command: typed.join(' ') };
  }
  const phrase = typed.join(' ');
  const entry = wordOf(phrase);
  if (entry === undefined) throw unknownWord(phrase, config);
  if (!quiet) process.stdout.write(entryText(entry));
  return { word: entry.word, means: entry.means, example: entry.example };
}

/** An entry at most 78 columns wide; the example is indented and otherwise as it stands. */
export function entryText({ word, also, means, example }: Word): string {
  const heading = also === undefined ? word : `${word} (${also.join(', ')})`;
  const indented = example.split('\n').map((line) => `  ${line}`);
  return [heading, '', ...wrap(means, 78), '', ...indented, ''].join('\n');
}

function wrap(text: string, columns: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= columns) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

async function showHelp(typed: string[], config: Interfaces.Config): Promise<void> {
  const Help = await loadHelpClass(config);
  await new Help(config, config.pjson.oclif.helpOptions).showHelp(typed);
}

function unknownWord(phrase: string, config: Interfaces.Config): UserError {
  const words = WORDS.flatMap(({ word, also }) => [word, ...(also ?? [])]);
  const commands = config.commandIDs.map((id) => id.replaceAll(':', ' '));
  const meant = nearest(phrase, [...words, ...commands]);
  const suggestion = meant === undefined ? '' : `Did you mean ${config.bin} help ${meant}?\n`;
  const list = `All words: ${WORDS.map(({ word }) => word).join(', ')}.`;
  return new UserError(
    `"${phrase}" is neither a word we explain nor a command.`,
    suggestion + list,
  );
}
