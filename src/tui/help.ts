/**
 * The help of commands: as oclif prints it, except that the examples come first, since most readers look
 * for a line to paste.
 */
import { CommandHelp, Help } from '@oclif/core';

class ExamplesFirst extends CommandHelp {
  protected override sections(): ReturnType<CommandHelp['sections']> {
    const sections = super.sections();
    const first = sections.filter(({ header }) => header === 'EXAMPLES');
    return [...first, ...sections.filter(({ header }) => header !== 'EXAMPLES')];
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
