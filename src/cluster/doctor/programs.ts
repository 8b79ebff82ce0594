/** Programs that are pleasant to have: redis-cli, and a container engine that answers. */
import { findTool, tool } from '../netns/tool.ts';
import { fails, works, type Finding } from './finding.ts';

/** An engine that takes longer is not at hand. */
const ENGINE_TIMEOUT_MS = 1_500;

export async function examinePrograms(): Promise<Finding[]> {
  return Promise.all([redisCli(), docker()]);
}

async function redisCli(): Promise<Finding> {
  const mend = 'hermes repl talks to a node without it; on Debian: apt-get install redis-tools.';
  if (findTool('redis-cli') === undefined)
    return fails('programs', 'redis-cli', 'not installed', mend);
  try {
    return works('programs', 'redis-cli', (await tool(['redis-cli', '--version'])).trim());
  } catch (error) {
    return fails('programs', 'redis-cli', (error as Error).message, mend);
  }
}

async function docker(): Promise<Finding> {
  const mend = 'Nothing in this version needs it: clusters run as processes or in namespaces.';
  if (findTool('docker') === undefined) return fails('programs', 'docker', 'not installed', mend);
  try {
    const command = ['docker', 'version', '--format', '{{.Server.Version}}'];
    const version = (await tool(command, { timeoutMs: ENGINE_TIMEOUT_MS })).trim();
    return works('programs', 'docker', `engine ${version} answers`);
  } catch (error) {
    const why = (error as Error).message.replace(/^docker version .*?: (exit \d+: )?/, '');
    return fails('programs', 'docker', `the engine does not answer: ${why}`, mend);
  }
}
