/**
 * The help of commands: as oclif prints it, except that the examples come first, since most readers look
 * for a line to paste.
 */
import { type Command, CommandHelp, Help } from './oclif.ts';

class ExamplesFirst extends CommandHelp {
  protected override sections(): ReturnType<CommandHelp['sections']> {
    const sections = super.sections();
    const first = sections.filter(({ header }) => header === 'EXAMPLES');
    return [...first, ...sections.filter(({ header }) => header !== 'EXAMPLES')];
  }

  /** One below the other, where each is one line. */
  protected override examples(
    examples: Command.Example[] | undefined | string,
  ): string | undefined {
    const body = super.examples(examples);
    const plain =
      Array.isArray(examples) && examples.every((e) => typeof e === 'string' && !e.includes('\n'));
    return plain ? body?.replaceAll('\n\n', '\n') : body;
  }

  /** Without the summary (or the first line that serves as one), which stands at the top already. */
  protected override description(): string | undefined {
    const { summary, description = '' } = this.command;
    const text = summary === undefined ? description.split('\n').slice(1).join('\n') : description;
    return text.trim() === '' ? undefined : this.wrap(text.trim());
  }
}

/** Where to begin, for whoever types `hermes` alone. */
export const START = ['hermes fuzz', 'hermes cluster up', 'hermes help linearizable'] as const;

export default class HermesHelp extends Help {
  protected override CommandHelpClass = ExamplesFirst;

  override formatRoot(): string {
    const [summary = '', ...rest] = super.formatRoot().split('\n\n');
    const start = this.section('EXAMPLES', START.map((line) => `$ ${line}`).join('\n'));
    return [summary, start, ...rest.filter((part) => !part.includes('VERSION'))].join('\n\n');
  }
}
