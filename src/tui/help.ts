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
}

export default class HermesHelp extends Help {
  protected override CommandHelpClass = ExamplesFirst;
}
