/**
 * A process that opens a cluster of echo nodes, pauses one, says so, and waits to be killed: for the
 * tests of what a SIGKILL leaves. Arguments: runtime, name, `keep` or `own`.
 */
import target from './echo-node.case.ts';
import { RUNTIMES, type RuntimeName } from './runtimes.ts';

const [kind, name = '', keep] = process.argv.slice(2);
const system = await RUNTIMES[kind as RuntimeName].open(
  target,
  {
    name,
    nodes: ['n1', 'n2', 'n3'],
    basePort: undefined,
    links: 'proxy',
    logDir: undefined,
    detached: keep === 'keep',
  },
  () => {},
  new AbortController().signal,
);
system.inject(
  { id: 1, kind: 'pause', shape: 'one', atNs: 0, forNs: 0, nodes: ['n2'], links: [], params: {} },
  ({ bitten }) => process.stdout.write(`${bitten ? 'up' : 'not paused'}\n`),
);
setInterval(() => {}, 1_000);
