/** Everything that `hermes doctor` says of a machine. Takes about half a second; leaves nothing behind. */
import type { Finding } from './finding.ts';
import { examineContainers } from './containers.ts';
import { examineMachine } from './machine.ts';
import { examineNamespaces } from './namespaces.ts';
import { examineProcesses } from './processes.ts';
import { examinePrograms } from './programs.ts';
import { examineStateFolder } from './state-folder.ts';

const RUNTIMES = ['process', 'netns', 'docker'];

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
  const [namespaces, containers, programs] = await Promise.all([
    examineNamespaces(),
    examineContainers(),
    examinePrograms(),
  ]);
  const findings = [...machine, ...state, ...processes, ...namespaces, ...containers, ...programs];
  return {
    ready: findings.every((finding) => finding.works || !finding.needed),
    runtimes: RUNTIMES.filter((name) => findings.some((f) => f.name === name && f.works)),
    findings,
  };
}
