/**
 * The link proxies of a cluster in containers: they run in its hub, and this is the line to them.
 */
import type { NodeName } from '../../base/operation.ts';
import type { Fault, Link } from '../../faults/fault.ts';
import type { Rpc } from '../control/rpc.ts';
import type { Links } from '../ground/links.ts';
import type { Route } from '../proxy/link-proxy.ts';
import type { HubCalls } from './inside/hub.ts';

type Counts = Readonly<Record<string, number>>;

export class HubLinks implements Links {
  readonly #hub: () => Rpc;
  readonly #routes = new Map<string, Route>();

  /** `hub`: the line to the hub, once it is there. */
  constructor(hub: () => Rpc) {
    this.#hub = hub;
  }

  route(from: NodeName, to: NodeName, route: Route): void {
    this.#routes.set(`${from}>${to}`, route);
  }

  async listen(from: NodeName, to: NodeName, host: string): Promise<number> {
    const route = this.#routes.get(`${from}>${to}`);
    if (route === undefined) throw new Error(`no route from ${from} to ${to}`);
    const { source, ...rest } = route;
    const told = { from, to, host, route: { ...rest, source: source ?? null } };
    return (await this.#call('listen', told)) as number;
  }

  async apply(fault: Fault): Promise<boolean> {
    return (await this.#call('apply', { fault })) as boolean;
  }

  async undo(id: number): Promise<Counts> {
    return (await this.#call('undo', { id })) as Counts;
  }

  async disconnect(links: readonly Link[]): Promise<number> {
    return (await this.#call('disconnect', { links })) as number;
  }

  forget(node: NodeName): void {
    // A hub that is gone has forgotten.
    this.#call('forget', { node }).catch(() => {});
  }

  /** The hub ends with its container. */
  close(): void {}

  #call<K extends keyof HubCalls>(op: K, args: HubCalls[K]): Promise<unknown> {
    return this.#hub().call(op, args);
  }
}
