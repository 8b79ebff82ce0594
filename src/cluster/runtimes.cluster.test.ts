import { afterAll, expect } from 'vitest';
import { conforms, type Subject } from '../system/system.case.ts';
import { clusterNames } from './state/state-folder.ts';
import { noNetns, ownStateFolder, processesNaming, processesOf } from './lab.case.ts';
import { RUNTIMES, type RuntimeName } from './runtimes.ts';
import { hermesTarget } from './targets/hermes.ts';

const state = ownStateFolder();
afterAll(() => state.remove());

async function open(kind: RuntimeName): Promise<Subject> {
  const name = `conforms-${kind}`;
  const system = await RUNTIMES[kind].open(
    hermesTarget({ protocol: 'hermes' }),
    {
      name,
      nodes: ['n1', 'n2', 'n3'],
      basePort: undefined,
      links: 'proxy',
      logDir: undefined,
      detached: false,
      clientTimeoutMs: 1_500,
    },
    () => {},
    new AbortController().signal,
  );
  return {
    system,
    crash: async (node) => {
      const [pid, ...others] = processesNaming(`${name}/${node}.sock`);
      expect(others).toEqual([]);
      process.kill(pid as number, 'SIGKILL');
    },
    leftovers: async () => [
      ...clusterNames(),
      ...processesOf(state.root).map((pid) => `process ${pid}`),
    ],
  };
}

conforms({
  name: 'process',
  open: () => open('process'),
  skips: [{ test: 'loss of packets is counted', why: 'TCP over loopback has no packets to lose' }],
});
conforms({
  name: 'netns',
  open: () => open('netns'),
  skips: [],
  unavailable: await noNetns(),
});
