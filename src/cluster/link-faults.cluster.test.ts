/** Link faults through the seam, on real replicas in every runtime of this machine. */
import { afterAll } from 'vitest';
import { linksConform } from '../system/link-faults.case.ts';
import { noNetns, ownStateFolder } from './lab.case.ts';
import { RUNTIMES } from './runtimes.ts';
import { hermesTarget } from './targets/hermes.ts';

const state = ownStateFolder();
const unavailable = await noNetns();
afterAll(() => state.remove());

for (const [runtime, links] of [
  ['process', 'proxy'],
  ['netns', 'proxy'],
  ['netns', 'direct'],
] as const) {
  linksConform({
    name: `${runtime}, ${links}`,
    open: () =>
      RUNTIMES[runtime].open(
        hermesTarget({ protocol: 'hermes' }),
        {
          name: `links-${runtime}-${links}`,
          nodes: ['n1', 'n2', 'n3'],
          basePort: undefined,
          links,
          logDir: undefined,
          detached: false,
        },
        () => {},
        new AbortController().signal,
      ),
    unavailable: runtime === 'process' ? undefined : unavailable,
  });
}
