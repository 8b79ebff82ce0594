/** The logs that the nodes of a run left beside its history. */
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { NodeLog } from '../checkers/properties/log-patterns.ts';
import { runFolder } from '../history/store.ts';

/** One for each `nodes/*.log`; none for a history without a run's folder. */
export async function readNodeLogs(history: string): Promise<NodeLog[]> {
  const { nodes } = runFolder(dirname(history));
  const names = await readdir(nodes).catch(() => []);
  return Promise.all(
    names
      .filter((name) => name.endsWith('.log'))
      .toSorted()
      .map(async (name) => {
        const text = await readFile(join(nodes, name), 'utf8');
        const lines = text.split('\n').filter((line) => line !== '');
        return { node: name.slice(0, -'.log'.length), lines };
      }),
  );
}
