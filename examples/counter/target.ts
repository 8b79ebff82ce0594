/**
 * The counter server as a system under test: how a node is started, when it is ready, and what an
 * operation is over HTTP. `hermes fuzz --system examples/counter/target.ts` does the rest.
 */
import { fileURLToPath } from 'node:url';
import { Definite, type Client, type NodeInfo, type Op, type Target } from '../../src/api.ts';

/** The node that holds the counters. */
const STORE = 'n1';

const counter: Target = {
  name: 'counter',
  operations: ['read', 'add'],

  program({ listen, peers }) {
    const server = fileURLToPath(new URL('server.ts', import.meta.url));
    const store = peers.find(({ name }) => name === STORE);
    const role = store === undefined ? [] : ['--store', `http://${store.host}:${store.port}`];
    const fixed = process.env['COUNTER_FIXED'] === undefined ? [] : ['--fixed'];
    const doors = [`${listen.host}:${listen.port}`, `${listen.host}:${listen.peerPort}`];
    return { command: process.execPath, args: [server, ...role, ...fixed, ...doors] };
  },

  async ready(node, signal) {
    const answer = await fetch(`${origin(node)}/ready`, { signal });
    if (!answer.ok) throw new Error(await answer.text());
  },

  async connect(node): Promise<Client> {
    return { invoke: (op, signal) => invoke(node, op, signal), close: async () => {} };
  },
};

/** A read's value, or an add's sum. What goes wrong underway may have happened: it is thrown as it is. */
async function invoke(node: NodeInfo, op: Op, signal: AbortSignal): Promise<number> {
  const url = `${origin(node)}/${node.run}-${op.key}`;
  const method = op.f === 'add' ? 'POST' : 'GET';
  const answer = await fetch(url, { method, signal }).catch((error: Error) => {
    if ((error.cause as NodeJS.ErrnoException | undefined)?.code !== 'ECONNREFUSED') throw error;
    throw new Definite('connection refused');
  });
  if (!answer.ok) throw new Error(await answer.text());
  return Number(await answer.text());
}

function origin({ host, port }: NodeInfo): string {
  return `http://${host}:${port}`;
}

export default counter;
