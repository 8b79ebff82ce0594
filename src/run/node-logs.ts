/** The logs that the nodes of a run left beside its history. */
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../base/user-error.ts';
import { type NodeLog, judgeLogs } from '../checkers/properties/log-patterns.ts';
import type { Verdict } from '../checkers/verdict.ts';
import { runFolder } from '../history/store.ts';

/** Regular expressions, as `--log-pattern` takes them. Throws a `UserError` for one that is none. */
export function patternsOf(texts: readonly string[] = []): RegExp[] {
  return texts.map((text) => {
    try {
      return new RegExp(text);
    } catch (error) {
      throw new UserError(
        `--log-pattern ${text} is no regular expression: ${(error as Error).message}.`,
        'Write it as in JavaScript, without slashes: --log-pattern "panic|assertion".',
      );
    }
  });
}

/** The verdict on the nodes' logs beside a history; none where no patterns are given. */
export async function judgeNodeLogs(
  history: string,
  texts: readonly string[] | undefined,
): Promise<Verdict[]> {
  const patterns = patternsOf(texts);
  return patterns.length === 0 ? [] : logVerdicts(await readNodeLogs(history), patterns);
}

/** The verdict on the nodes' logs; none where no patterns are given. */
export function logVerdicts(logs: readonly NodeLog[], patterns: readonly RegExp[]): Verdict[] {
  return patterns.length === 0 ? [] : [judgeLogs(logs, patterns)];
}

/** One for each `nodes/*.log`; none for a history without a run's folder. */
async function readNodeLogs(history: string): Promise<NodeLog[]> {
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
