/**
 * `hermes cluster status`, once or again and again.
 */
import { findHolder, holderOf, listClusters } from '../holder/holder-client.ts';
import { clusterReport, type ClusterReport } from './cluster-status.ts';
import { statusText } from './status-text.ts';

/** Two looks so far apart give the rates of a single print. */
const GLANCE_MS = 200;
const WATCH_MS = 1_000;
const HOME_AND_CLEAR = '\u001B[H\u001B[J';

/** What there is to say of one cluster, or of all. Throws a `UserError` if the named one does not run. */
export async function reports(name: string | undefined): Promise<ClusterReport[]> {
  const names = name === undefined ? (await listClusters()).map((each) => each.name) : [name];
  const found = await Promise.all(
    names.map(async (each) => {
      const holder = name === undefined ? await findHolder(each) : await holderOf(each);
      if (holder === undefined) return undefined;
      try {
        return await clusterReport(holder);
      } finally {
        holder.close();
      }
    }),
  );
  return found.filter((report) => report !== undefined);
}

/** Prints the tables; `again`: until the clusters are gone or the process is ended. */
export async function watchReports(
  name: string | undefined,
  again: boolean,
  print: (text: string) => void,
): Promise<void> {
  let before = await reports(name);
  if (before.length === 0) {
    print('no cluster is running; start one: hermes cluster up');
    return;
  }
  const clear = again && process.stdout.isTTY && process.env['TERM'] !== 'dumb';
  do {
    await new Promise((resolve) => setTimeout(resolve, clear || again ? WATCH_MS : GLANCE_MS));
    const now = await reports(name);
    const text = now.map((report) => statusText(report, same(before, report))).join('\n\n');
    print(clear ? `${HOME_AND_CLEAR}${text}` : text);
    before = now;
  } while (again && before.length > 0);
}

function same(before: readonly ClusterReport[], now: ClusterReport): ClusterReport | undefined {
  return before.find(({ name }) => name === now.name);
}
