/**
 * The link proxy: every directed link between two nodes has a listener here, which dials the real
 * peer. Faults of links and messages are applied on the way, by frame.
 *
 * A connection from `a` to `b` carries the links `a → b` and `b → a`. While both are cut, new
 * connections are refused, and the end of one side is not told to the other: a partition would not
 * tell it either.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { NodeName } from '../../base/operation.ts';
import type { Fault, Link } from '../../faults/fault.ts';
import type { FrameFormat } from '../../wire/frames.ts';
import { Direction } from './direction.ts';
import { activate, count, effectOf, type ActiveEffect } from '../../faults/link-effects.ts';

/** Where a proxy finds the peer. */
export interface Route {
  readonly host: string;
  readonly port: number;
  /** Local address to dial from; undefined: any. */
  readonly source: string | undefined;
}

interface Connection {
  readonly from: NodeName;
  readonly to: NodeName;
  readonly near: Socket;
  readonly far: Socket;
  readonly directions: readonly Direction[];
  /** One side has ended and the other must not know yet. */
  halfGone: boolean;
}

export class LinkProxy {
  readonly #format: FrameFormat | undefined;
  readonly #servers = new Map<string, Server>();
  readonly #routes = new Map<string, Route>();
  /** Effects by directed link. The lists are shared with the directions of its connections. */
  readonly #effects = new Map<string, ActiveEffect[]>();
  readonly #faults = new Map<
    number,
    { links: readonly Link[]; counters: Record<string, number> }
  >();
  readonly #connections = new Set<Connection>();

  /** `format` undefined: the links carry bytes without frames; then a cut stalls them. */
  constructor(format: FrameFormat | undefined) {
    this.#format = format;
  }

  /** Opens the listener on which `from` finds `to`; returns its port. */
  async listen(from: NodeName, to: NodeName, host: string): Promise<number> {
    const server = createServer({ noDelay: true }, (near) => this.#accept(from, to, near));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port: 0 }, resolve);
    });
    this.#servers.set(linkName(from, to), server);
    return (server.address() as AddressInfo).port;
  }

  /** Says where the proxy of `from → to` finds `to`. */
  route(from: NodeName, to: NodeName, route: Route): void {
    this.#routes.set(linkName(from, to), route);
  }

  /** True: the fault is one that the proxy applies, and it is applied. A fault id works once at a time. */
  apply(fault: Fault): boolean {
    const counters: Record<string, number> = {};
    let any = false;
    for (const [from, to] of fault.links) {
      const effect = effectOf(fault, from, to);
      if (effect === undefined) continue;
      any = true;
      this.#on(from, to).push(activate(fault, effect, [from, to], counters));
    }
    if (!any) return false;
    this.#faults.set(fault.id, { links: fault.links, counters });
    this.#refresh();
    return true;
  }

  /** What the fault did so far: `framesLost`, `connectionsRefused`, `messagesDelayed`, … */
  counters(id: number): Readonly<Record<string, number>> {
    return { ...this.#faults.get(id)?.counters };
  }

  /** Ends a fault; returns its last counters. Ends the connections of which only one side was left. */
  undo(id: number): Readonly<Record<string, number>> {
    const fault = this.#faults.get(id);
    for (const [from, to] of fault?.links ?? []) {
      const list = this.#on(from, to);
      for (let i = list.length - 1; i >= 0; i--) if (list[i]?.id === id) list.splice(i, 1);
    }
    this.#faults.delete(id);
    this.#refresh();
    for (const connection of this.#connections)
      if (connection.halfGone && this.#cutBetween(connection.from, connection.to) === undefined)
        this.#destroy(connection);
    return { ...fault?.counters };
  }

  /** Resets the connections between the ends of these links. Returns how many. */
  disconnect(links: readonly Link[]): number {
    const struck = [...this.#connections].filter(({ from, to }) =>
      links.some(([a, b]) => (a === from && b === to) || (a === to && b === from)),
    );
    for (const connection of struck) this.#destroy(connection);
    return struck.length;
  }

  /** Closes the listeners and ends the connections of a node that is no more. */
  forget(node: NodeName): void {
    for (const connection of [...this.#connections])
      if (connection.from === node || connection.to === node) this.#destroy(connection);
    for (const [name, server] of this.#servers) {
      if (!name.split('>').includes(node)) continue;
      server.close();
      this.#servers.delete(name);
      this.#routes.delete(name);
    }
  }

  /** Ends everything. */
  close(): void {
    for (const server of this.#servers.values()) server.close();
    for (const connection of this.#connections) this.#destroy(connection);
  }

  #on(from: NodeName, to: NodeName): ActiveEffect[] {
    const name = linkName(from, to);
    let list = this.#effects.get(name);
    if (list === undefined) this.#effects.set(name, (list = []));
    return list;
  }

  #refresh(): void {
    for (const { directions } of this.#connections)
      for (const direction of directions) direction.refresh();
  }

  #cutBetween(a: NodeName, b: NodeName): ActiveEffect | undefined {
    return [...this.#on(a, b), ...this.#on(b, a)].find(({ effect }) => effect.kind === 'cut');
  }

  #accept(from: NodeName, to: NodeName, near: Socket): void {
    near.on('error', ignore);
    const cut = this.#cutBetween(from, to);
    const route = this.#routes.get(linkName(from, to));
    if (cut !== undefined) count(cut, 'connectionsRefused');
    if (cut !== undefined || route === undefined) {
      reset(near);
      return;
    }
    const far = connect({
      host: route.host,
      port: route.port,
      noDelay: true,
      ...(route.source === undefined ? {} : { localAddress: route.source }),
    });
    far.on('error', ignore);
    const directions = [
      new Direction(near, far, this.#on(from, to), this.#format),
      new Direction(far, near, this.#on(to, from), this.#format),
    ];
    const connection = { from, to, near, far, directions, halfGone: false };
    this.#connections.add(connection);
    near.on('close', (broken) => this.#gone(connection, far, broken));
    far.on('close', (broken) => this.#gone(connection, near, broken));
  }

  /** One side has ended: so does the other, after what was said before an orderly end. */
  #gone(connection: Connection, other: Socket, broken: boolean): void {
    const cut = this.#cutBetween(connection.from, connection.to) !== undefined;
    if (other.destroyed || (broken && !cut)) this.#destroy(connection);
    else if (cut) connection.halfGone = true;
    else other.destroySoon();
  }

  #destroy(connection: Connection): void {
    this.#connections.delete(connection);
    for (const direction of connection.directions) direction.close();
    for (const socket of [connection.near, connection.far]) reset(socket);
  }
}

function linkName(from: NodeName, to: NodeName): string {
  return `${from}>${to}`;
}

/** Ends a connection at once. One that is still being made has nobody to tell. */
function reset(socket: Socket): void {
  if (socket.connecting || socket.destroyed) socket.destroy();
  else socket.resetAndDestroy();
}

/** A broken connection is told by its `close`. */
function ignore(): void {}
