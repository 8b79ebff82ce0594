/** Everything that `hermes doctor` says of a machine. Takes about half a second; leaves nothing behind. */
import type { Finding } from './finding.ts';
import { examineMachine } from './machine.ts';
import { examineNamespaces } from './namespaces.ts';
import { examineProcesses } from './processes.ts';
import { examinePrograms } from './programs.ts';
import { examineStateFolder } from './state-folder.ts';

export interface Examination {
  /** Nothing that every cluster needs is missing. */
  readonly ready: boolean;
  /** Ways to run a cluster that work here. */
  readonly runtimes: readonly string[];
  readonly findings: readonly Finding[];
}

/** Measures. Never throws: whatever goes wrong is a finding. */
export async function examine(): Promise<Examination> {
  const machine = examineMachine();
  // Times of the disk and of loopback are taken while nothing else of this runs.
  const state = await examineStateFolder();
  const processes = process.platform === 'win32' ? [] : await examineProcesses();
  const [namespaces, programs] = await Promise.all([examineNamespaces(), examinePrograms()]);
  const findings = [...machine, ...state, ...processes, ...namespaces, ...programs];
  return {
    ready: findings.every((finding) => finding.works || !finding.needed),
    runtimes: findings.filter((f) => f.group === 'clusters' && f.works).map((f) => f.name),
    findings,
  };
}
