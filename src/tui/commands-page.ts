/** The reference of all commands, `docs/commands.md`, made from their own help. */
import HermesHelp from './help.ts';
import type { Command, Interfaces } from './oclif.ts';

/** One section per command, in alphabetical order: the summary, then the help as it is printed. */
export function commandsPage(config: Interfaces.Config): string {
  const help = new Page(config, {
    ...config.pjson.oclif.helpOptions,
    maxWidth: 100,
    stripAnsi: true,
  });
  const commands = config.commands
    .filter((command) => command.hidden !== true && command.aliases.includes(command.id) === false)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const sections = commands.map((command) => help.entry(command));
  return `# Commands\n\nPrinted by \`hermes help --markdown\`; \`npm run docs\` writes it to this file.\n\n${sections.join('\n')}`;
}

class Page extends HermesHelp {
  entry(command: Command.Loadable): string {
    const name = `hermes ${command.id.replaceAll(':', ' ')}`;
    const text = this.formatCommand({ ...command });
    return `## ${name}\n\n${this.render(command.summary ?? '')}\n\n\`\`\`\n${text.trimEnd()}\n\`\`\`\n`;
  }
}
