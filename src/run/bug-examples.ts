/** Where a planted bug can be seen step by step: its named trace, and its shrunk steps. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from './build-info.ts';
import type { ListedBug } from './bug-list.ts';
import type { BugExamples } from './bug-page.ts';
import { isTraceName } from './named-trace.ts';

/** Shrunk steps of simulated runs, as `M1-name.txt`. */
const FOUND = 'src/sim/found';

/** As links of a page in `docs/`. */
export async function bugExamples(bugs: readonly ListedBug[]): Promise<BugExamples> {
  const files = await readdir(join(await packageRoot(), FOUND));
  const examples = bugs.map(async ({ zoo, name }) => {
    const file = `${zoo}-${name}.txt`;
    // M3a and M3b are two halves of one trace.
    const trace = [zoo, zoo.replace(/[ab]$/, '')];
    const named = (
      await Promise.all(trace.map(async (t) => ((await isTraceName(t)) ? [t] : [])))
    ).flat();
    const shown = [
      ...named.slice(0, 1).map((t) => `\`hermes replay ${t}\``),
      ...(files.includes(file) ? [`[shrunk](../${FOUND}/${file})`] : []),
    ];
    return [zoo, shown] as const;
  });
  return Object.fromEntries(await Promise.all(examples));
}
