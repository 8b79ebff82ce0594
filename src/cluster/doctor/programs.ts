/** Programs that are pleasant to have, and that nothing here waits for. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findTool, tool } from '../netns/tool.ts';
import { fails, works, type Finding } from './finding.ts';

export async function examinePrograms(): Promise<Finding[]> {
  return [await redisCli(), libfaketime()];
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

/** Where distributions put it; on Debian below a folder named by the architecture. */
const LIBRARY_FOLDERS = ['/usr/lib', '/usr/lib64', '/usr/local/lib'];

/** Found, never loaded: it is for the programs of a user's own target. */
function libfaketime(): Finding {
  const path = LIBRARY_FOLDERS.flatMap((folder) => [
    join(folder, 'faketime'),
    ...below(folder).map((name) => join(folder, name, 'faketime')),
  ])
    .map((folder) => join(folder, 'libfaketime.so.1'))
    .find((file) => existsSync(file));
  if (path !== undefined)
    return works('programs', 'libfaketime', `${path}: a target can preload it into its programs`);
  const mend =
    'Replicas of hermes set their clocks themselves; it is for a target of your own, whose clocks would be set by it: apt-get install libfaketime.';
  return fails('programs', 'libfaketime', 'not installed', mend);
}

function below(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
