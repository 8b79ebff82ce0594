/**
 * Entry of the hub of a cluster in containers: the link proxies, at an address for each node, driven by
 * calls on stdin. Ends when stdin ends.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { NodeName } from '../../../base/operation.ts';
import type { Fault, Link } from '../../../faults/fault.ts';
import { FRAME_FORMAT } from '../../../wire/frames.ts';
import { Rpc } from '../../control/rpc.ts';
import { LinkProxy, type Route } from '../../proxy/link-proxy.ts';

/** Orders to the hub: their arguments. */
export interface HubCalls {
  /** Once, first. `framed`: links carry our replica's frames. */
  begin: { framed: boolean };
  /** Takes an address, on the interface that leads to the nodes. */
  address: { address: string };
  listen: {
    from: NodeName;
    to: NodeName;
    host: string;
    route: Omit<Route, 'source'> & { source: string | null };
  };
  apply: { fault: Fault };
  undo: { id: number };
  disconnect: { links: readonly Link[] };
  forget: { node: NodeName };
}

const DEVICE = 'eth0';
let proxy: LinkProxy | undefined;

function begun(): LinkProxy {
  if (proxy === undefined) throw new Error('the hub was told nothing yet');
  return proxy;
}

const acts: { [K in keyof HubCalls]: (args: HubCalls[K]) => unknown } = {
  begin: ({ framed }) => {
    proxy = new LinkProxy(framed ? FRAME_FORMAT : undefined);
    return null;
  },
  address: async ({ address }) => {
    await promisify(execFile)('ip', ['addr', 'add', address, 'dev', DEVICE]);
    return null;
  },
  listen: ({ from, to, host, route }) => {
    const { source, ...rest } = route;
    begun().route(from, to, { ...rest, source: source ?? undefined });
    return begun().listen(from, to, host);
  },
  apply: ({ fault }) => begun().apply(fault),
  undo: ({ id }) => begun().undo(id),
  disconnect: ({ links }) => begun().disconnect(links),
  forget: ({ node }) => {
    begun().forget(node);
    return null;
  },
};

const rpc = new Rpc(process.stdin, process.stdout, (op, args) => {
  const act = acts[op as keyof HubCalls] as ((args: unknown) => unknown) | undefined;
  if (act === undefined) throw new Error(`a hub knows no "${op}"`);
  return act(args);
});
void rpc.closed.then(() => process.exit(0));
