/** A recorded run, found by what a person typed: its plan, and its results if it came to an end. */
import { readFile } from 'node:fs/promises';
import { UserError } from '../base/user-error.ts';
import { locate, type RunFolder } from '../history/store.ts';
import type { Plan } from './plan.ts';
import type { Results } from './results.ts';

export interface RecordedRun {
  readonly folder: RunFolder;
  readonly plan: Plan;
  /** Absent: it was ended before there were any. */
  readonly results: Results | undefined;
}

/** `argument`: as `locate` takes it. Throws a `UserError` where there is no run with a plan. */
export async function readRun(argument: string | undefined, store: string): Promise<RecordedRun> {
  const { run: folder, history } = await locate(argument, store);
  if (folder === undefined)
    throw new UserError(
      `${history} is a history alone, no run.`,
      "Give a run's folder or its seed.",
    );
  const plan = (await readDocument(folder.plan)) as Plan | undefined;
  if (plan?.format !== 'hermes-plan/1')
    throw new UserError(
      `${folder.plan} is no plan of this version.`,
      'Give the folder of a run that hermes fuzz made.',
    );
  return { folder, plan, results: (await readDocument(folder.results)) as Results | undefined };
}

async function readDocument(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
