/** The drawings of anomalies of transactions, each a file, in a folder beside the history. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../base/file-error.ts';
import type { FileReport } from './check-report.ts';
import { cycleFile } from './figure/cycle-figure.ts';
import { besideHistory } from './html/read-report.ts';
import { writeWhole } from './write-whole.ts';

/** The names that we give. */
const OURS = /^\d+-[\w-]+\.svg$/;

/**
 * Writes `NAME.cycles/1-G0.svg` and so on, in place of those of an earlier check. The folder; undefined:
 * there is nothing to draw. Throws a `UserError` if nothing can be written there.
 */
export async function writeCycles({ located, checked }: FileReport): Promise<string | undefined> {
  const { verdict } = checked;
  if (verdict.valid !== false) return undefined;
  const drawings = verdict.anomalies.flatMap((anomaly) => {
    const text = cycleFile(anomaly);
    return text === undefined ? [] : [{ type: anomaly.type, text }];
  });
  if (drawings.length === 0) return undefined;
  const folder = besideHistory(located.history, 'cycles', '');
  try {
    await mkdir(folder, { recursive: true });
    for (const name of await readdir(folder)) if (OURS.test(name)) await rm(join(folder, name));
  } catch (error) {
    throw fileError(folder, 'written', error);
  }
  for (const [i, { type, text }] of drawings.entries())
    await writeWhole(join(folder, `${i + 1}-${type}.svg`), [text]);
  return folder;
}
