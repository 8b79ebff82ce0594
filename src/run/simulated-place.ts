/** A simulated cluster for one recorded run: opened like a real one, with logs of its nodes, and a trace. */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Workload } from '../clients/workload.ts';
import { openWriter } from '../history/batch-writer.ts';
import { runFolder } from '../history/store.ts';
import type { System } from '../system/system.ts';
import type { Plan } from './plan.ts';
import { simulatedSystem } from './simulated-system.ts';

export interface SimulatedPlaceOptions {
  /** Where the logs of nodes go: a folder in that of the run. */
  readonly logDir: string;
  /** What replicas and clients do goes to `trace.jsonl`. */
  readonly trace: boolean;
}

/** Everything is written when the system was stopped. */
export async function openSimulated(
  plan: Plan,
  workload: Workload,
  { logDir, trace }: SimulatedPlaceOptions,
): Promise<System> {
  const writer = trace ? await openWriter(runFolder(dirname(logDir)).trace) : undefined;
  const system = simulatedSystem(plan, workload, {
    ...(writer && { trace: (event) => writer.push(event) }),
    onStop: async () => {
      const logs = system.allNodes.map(async (node) => {
        const lines = system.logOf(node).map((line) => `${line}\n`);
        await writeFile(join(logDir, `${node}.log`), lines.join(''));
      });
      await Promise.all([...logs, writer?.close()]);
    },
  });
  return system;
}
