/**
 * The links of a replica: one TCP connection per pair, dialled by the higher id. A link supervises
 * itself, since after lost packets TCP alone takes seconds to come back: PING each 100 ms, destroyed
 * after 400 ms of silence, dialled again at once and then every 250 ms with jitter; each try lives
 * 2 s (a stopped process accepts in its kernel but never says HELLO), and of several tries only one
 * gets an AUTH. The acceptor replaces an older connection by a newer one.
 *
 * A node that joins a running cluster has an id above all others and so dials everybody: whoever knows
 * the secret is linked, whether somebody was configured with its id or not.
 */
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { Writer } from '../base/bytes.ts';
import { MAX_NODES, nodeName } from '../base/node-name.ts';
import type { NodeId, NodeRef } from '../base/operation.ts';
import { afterRead } from './after-read.ts';
import { listenOn, type HostPort } from './listen.ts';
import type { Log } from './log.ts';
import { type LinkIdentity, PeerConnection, type Refusal } from './peer-connection.ts';

/** Durations in ms, before they are scaled. */
export const LINK_TIMING = { pingMs: 100, silenceMs: 400, redialMs: 250, tryMs: 2000 } as const;
/** Bytes that may wait for a peer; beyond, its frames are dropped and counted. */
export const MAX_UNSENT_BYTES = 8 * 1024 * 1024;
/** Connections that have not proved themselves yet. */
const MAX_STRANGERS = 256;
/** A link's buffer is given back when it grew beyond this. */
const KEEP_BUFFER_BYTES = 1024 * 1024;

export interface PeerLinksOptions {
  readonly identity: LinkIdentity;
  readonly listen: HostPort | undefined;
  /** Addresses of other nodes, by id. A higher id that is not among them may dial. */
  readonly peers: ReadonlyMap<NodeId, HostPort>;
  readonly timeScale: number;
  readonly log: Log;
  /** A message of the protocol. False: it is none. */
  readonly onFrame: (
    from: NodeRef,
    kind: number,
    bytes: Buffer,
    start: number,
    end: number,
  ) => boolean;
}

interface Link {
  readonly id: NodeId;
  /** Absent: a node that joined later and dials by itself. */
  readonly address: HostPort | undefined;
  readonly out: { w: Writer };
  connection: PeerConnection | undefined;
  /** Tries under way, and the one of them that got our AUTH. */
  readonly tries: Set<PeerConnection>;
  claimed: PeerConnection | undefined;
  redial: NodeJS.Timeout | undefined;
  upMs: number;
  /** Highest incarnation that proved itself. */
  inc: number;
}

function newLink(id: NodeId, address: HostPort | undefined): Link {
  return {
    id,
    address,
    out: { w: new Writer(64 * 1024) },
    connection: undefined,
    tries: new Set(),
    claimed: undefined,
    redial: undefined,
    upMs: -Infinity,
    inc: 0,
  };
}

export interface LinkCounters {
  framesSent: number;
  framesReceived: number;
  bytesSent: number;
  /** Dropped since the peer took no more, and since there was no link. */
  dropsFull: number;
  dropsDown: number;
  linksMade: number;
  connectionsRefused: number;
}

export class PeerLinks {
  readonly #options: PeerLinksOptions;
  readonly #links = new Map<NodeId, Link>();
  readonly #strangers = new Set<PeerConnection>();
  readonly #dirty: Link[] = [];
  readonly #supervisor: NodeJS.Timeout;
  #identity: LinkIdentity;
  #server: Server | undefined;
  #closed = false;
  readonly counters: LinkCounters = {
    framesSent: 0,
    framesReceived: 0,
    bytesSent: 0,
    dropsFull: 0,
    dropsDown: 0,
    linksMade: 0,
    connectionsRefused: 0,
  };

  constructor(options: PeerLinksOptions) {
    this.#options = options;
    this.#identity = options.identity;
    for (const [id, address] of options.peers) this.#links.set(id, newLink(id, address));
    this.#supervisor = setInterval(
      () => afterRead(() => this.#supervise()),
      LINK_TIMING.pingMs * options.timeScale,
    );
  }

  /** Listens and begins to dial. Throws a `UserError` if the port is taken. */
  async open(): Promise<void> {
    if (this.#options.listen !== undefined) {
      const server = createServer((socket) => this.#accept(socket));
      await listenOn(server, this.#options.listen, 'replicas');
      this.#server = server;
    }
    for (const link of this.#links.values()) this.#dial(link);
  }

  /** Where replicas are listened to. */
  get port(): number | undefined {
    const address = this.#server?.address();
    return address !== null && typeof address === 'object' ? address.port : undefined;
  }

  /** Names of the peers to which a link is up. */
  up(): { readonly peer: NodeRef; readonly roundTripUs: number | undefined }[] {
    return [...this.#links.values()].flatMap(({ connection }) =>
      connection?.peer === undefined
        ? []
        : [{ peer: connection.peer, roundTripUs: connection.roundTripUs }],
    );
  }

  /** Puts a whole frame, `bytes[start … end)`, into the buffer of a peer; it leaves at `flush`. */
  send(to: NodeId, bytes: Buffer, start: number, end: number): void {
    const link = this.#links.get(to);
    if (link?.connection === undefined) {
      this.counters.dropsDown++;
      return;
    }
    const { w } = link.out;
    const size = end - start;
    if (w.length + size + link.connection.unsentBytes > MAX_UNSENT_BYTES) {
      this.counters.dropsFull++;
      return;
    }
    if (w.length === 0) this.#dirty.push(link);
    const at = w.reserve(size);
    bytes.copy(w.buffer, at, start, end);
    this.counters.framesSent++;
  }

  /** One write per peer: once per turn of the event loop. */
  flush(): void {
    for (const link of this.#dirty) {
      const { w } = link.out;
      this.counters.bytesSent += w.length;
      link.connection?.send(Buffer.from(w.view()));
      if (w.buffer.length > KEEP_BUFFER_BYTES) link.out.w = new Writer(64 * 1024);
      else w.reset();
    }
    this.#dirty.length = 0;
  }

  /** This node goes on under a new incarnation: all links are closed and made anew. */
  reidentify(self: NodeRef): void {
    this.#identity = { ...this.#identity, self };
    for (const connection of this.#connections()) connection.close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#supervisor);
    for (const link of this.#links.values()) clearTimeout(link.redial);
    for (const connection of this.#connections()) connection.close();
    const server = this.#server;
    if (server !== undefined) await new Promise((done) => server.close(done));
  }

  #connections(): PeerConnection[] {
    const links = [...this.#links.values()];
    return [
      ...this.#strangers,
      ...links.flatMap((link) => [...link.tries, ...(link.connection ? [link.connection] : [])]),
    ];
  }

  #supervise(): void {
    if (this.#closed) return;
    const silent = performance.now() - LINK_TIMING.silenceMs * this.#options.timeScale;
    for (const { connection, id } of this.#links.values()) {
      if (connection === undefined) continue;
      if (connection.heardMs >= silent) {
        connection.ping();
        continue;
      }
      this.#options.log.debug('link silent', { peer: nodeName(id) });
      connection.close();
    }
  }

  #accept(socket: Socket): void {
    if (this.#strangers.size >= MAX_STRANGERS) {
      this.counters.connectionsRefused++;
      socket.destroy();
      return;
    }
    const connection = new PeerConnection(socket, 'acceptor', this.#identity, {
      hello: (_connection, from) => this.#whyNotAccept(from),
      up: (own) => {
        clearTimeout(expiry);
        this.#strangers.delete(own);
        this.#install(this.#linkOf((own.peer as NodeRef).id), own);
      },
      frame: (...args) => this.#onFrame(...args),
      closed: (own, fault) => {
        clearTimeout(expiry);
        this.#strangers.delete(own);
        this.#lost(own, fault);
      },
    });
    this.#strangers.add(connection);
    const expiry = setTimeout(
      () => connection.close(),
      LINK_TIMING.tryMs * this.#options.timeScale,
    );
  }

  #whyNotAccept(from: NodeRef): Refusal | undefined {
    if (from.id <= this.#identity.self.id || from.id >= MAX_NODES)
      return { why: `${nodeName(from.id)} has no business to dial here`, fault: true };
    const link = this.#links.get(from.id);
    return link && this.#whyOutdated(link, from);
  }

  /** The link to a node that has proved itself; of one that nobody was configured with, a new one. */
  #linkOf(id: NodeId): Link {
    let link = this.#links.get(id);
    if (link === undefined) {
      link = newLink(id, undefined);
      this.#links.set(id, link);
    }
    return link;
  }

  #whyOutdated(link: Link, from: NodeRef): Refusal | undefined {
    return from.inc < link.inc
      ? { why: `an earlier life of ${nodeName(from.id)} (${from.inc} < ${link.inc})`, fault: true }
      : undefined;
  }

  /** Starts a try if this side dials and has no link; and the clock for the next. */
  #dial(link: Link): void {
    const { address } = link;
    if (this.#closed || link.id > this.#identity.self.id || address === undefined) return;
    if (link.connection !== undefined) return;
    clearTimeout(link.redial);
    const wait = LINK_TIMING.redialMs * this.#options.timeScale * (0.75 + Math.random() / 2);
    link.redial = setTimeout(() => this.#dial(link), wait);
    if (link.claimed === undefined) this.#try(link, address);
  }

  #try(link: Link, address: HostPort): void {
    const socket = connect({ ...address, noDelay: true });
    const connection = new PeerConnection(socket, 'dialler', this.#identity, {
      hello: (own, from) => this.#whyNotGoOn(link, own, from),
      up: (own) => {
        clearTimeout(expiry);
        link.tries.delete(own);
        this.#install(link, own);
      },
      frame: (...args) => this.#onFrame(...args),
      closed: (own, fault) => {
        clearTimeout(expiry);
        link.tries.delete(own);
        if (link.claimed === own) link.claimed = undefined;
        this.#lost(own, fault);
      },
    });
    link.tries.add(connection);
    const expiry = setTimeout(
      () => connection.close(),
      LINK_TIMING.tryMs * this.#options.timeScale,
    );
  }

  #whyNotGoOn(link: Link, own: PeerConnection, from: NodeRef): Refusal | undefined {
    if (from.id !== link.id)
      return {
        why: `${nodeName(from.id)} answers at the address of ${nodeName(link.id)}`,
        fault: true,
      };
    const outdated = this.#whyOutdated(link, from);
    if (outdated !== undefined) return outdated;
    if (link.claimed !== undefined || link.connection !== undefined)
      return { why: 'another try was quicker', fault: false };
    link.claimed = own;
    for (const other of link.tries) if (other !== own) other.close();
    return undefined;
  }

  #install(link: Link, connection: PeerConnection): void {
    const older = link.connection;
    link.connection = connection;
    link.claimed = undefined;
    link.out.w.reset();
    const dirty = this.#dirty.indexOf(link);
    if (dirty >= 0) this.#dirty.splice(dirty, 1);
    clearTimeout(link.redial);
    link.upMs = performance.now();
    const peer = connection.peer as NodeRef;
    link.inc = peer.inc;
    this.counters.linksMade++;
    older?.close();
    this.#options.log.debug('link up', { peer: nodeName(peer.id), incarnation: peer.inc });
  }

  #lost(connection: PeerConnection, fault: string | undefined): void {
    const link = connection.peer && this.#links.get(connection.peer.id);
    if (fault !== undefined) {
      this.counters.connectionsRefused++;
      this.#options.log.warn('peer connection closed', {
        remote: connection.remote,
        reason: fault,
      });
    }
    if (link?.connection !== connection) return;
    link.connection = undefined;
    if (fault === undefined) this.#options.log.debug('link down', { peer: nodeName(link.id) });
    // At once, unless it broke as soon as it was made: then at the pace of the tries.
    const pace = LINK_TIMING.redialMs * this.#options.timeScale;
    if (performance.now() - link.upMs > pace) this.#dial(link);
    else if (!this.#closed) link.redial = setTimeout(() => this.#dial(link), pace);
  }

  #onFrame(from: NodeRef, kind: number, bytes: Buffer, start: number, end: number): boolean {
    this.counters.framesReceived++;
    return this.#options.onFrame(from, kind, bytes, start, end);
  }
}
