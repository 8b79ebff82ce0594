/**
 * The link proxy as its ground sees it: an object in the same process, or one in another place that
 * answers later.
 */
import type { NodeName } from '../../base/operation.ts';
import type { Fault, Link } from '../../faults/fault.ts';
import type { Route } from '../proxy/link-proxy.ts';

type Counts = Readonly<Record<string, number>>;

export interface Links {
  /** Opens the listener on which `from` finds `to`; returns its port. */
  listen(from: NodeName, to: NodeName, host: string): Promise<number>;
  /** Says where the proxy of `from → to` finds `to`. Comes before `listen`. */
  route(from: NodeName, to: NodeName, route: Route): void;
  /** True: the fault is one that the proxy applies, and it is applied. */
  apply(fault: Fault): boolean | Promise<boolean>;
  /** Ends a fault; returns its last counters. */
  undo(id: number): Counts | Promise<Counts>;
  /** Resets the connections between the ends of these links. Returns how many. */
  disconnect(links: readonly Link[]): number | Promise<number>;
  /** Closes all that leads from or to a node. */
  forget(node: NodeName): void;
  /** Ends everything. */
  close(): void;
}
