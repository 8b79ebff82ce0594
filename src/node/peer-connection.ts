/**
 * One TCP connection between two replicas: HELLO, AUTH, then frames both ways, with PING and PONG
 * beside them. Says when it is up and when it is gone; who dials, and which of several connections
 * counts, is decided in `peer-links.ts`.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import type { NodeRef } from '../base/operation.ts';
import { FrameReader, LINK_KIND, MAX_FRAME_BYTES, PROTOCOL_KIND } from '../wire/frames.ts';
import {
  authFrame,
  type Hello,
  helloFrame,
  NONCE_BYTES,
  pingFrame,
  pongFrame,
  proofInput,
  readAuth,
  readHello,
  readPing,
  type Side,
} from '../wire/link-control.ts';

/** What both ends must agree on, and who this one is. */
export interface LinkIdentity {
  readonly cluster: string;
  readonly self: NodeRef;
  readonly secret: Buffer;
}

export interface ConnectionEvents {
  /** A HELLO of this cluster came. Returns why the connection is not wanted, or undefined: go on. */
  hello(connection: PeerConnection, from: NodeRef): Refusal | undefined;
  /** Both sides have proved that they know the secret. */
  up(connection: PeerConnection): void;
  /** A message of the protocol. False: it is none. */
  frame(from: NodeRef, kind: number, bytes: Buffer, start: number, end: number): boolean;
  /** Once, whatever the reason; `fault` is set if the other side broke the rules. */
  closed(connection: PeerConnection, fault: string | undefined): void;
}

/** `fault`: worth a line in the log. Else the connection is simply one too many. */
export interface Refusal {
  readonly why: string;
  readonly fault: boolean;
}

/** Longest frame of whoever has not proved itself: no stranger makes this node keep more. */
const HANDSHAKE_BYTES = 1024;

export class PeerConnection {
  readonly side: Side;
  readonly #socket: Socket;
  readonly #identity: LinkIdentity;
  readonly #events: ConnectionEvents;
  readonly #mine: Hello;
  readonly #reader: FrameReader;
  #theirs: Hello | undefined;
  #state: 'hello' | 'auth' | 'up' | 'closed' = 'hello';
  #fault: string | undefined;
  /** True time (ms) at which the other side was last heard. */
  heardMs = performance.now();
  /** Time of the last PING there and back, µs. */
  roundTripUs: number | undefined;

  constructor(socket: Socket, side: Side, identity: LinkIdentity, events: ConnectionEvents) {
    this.#socket = socket;
    this.side = side;
    this.#identity = identity;
    this.#events = events;
    this.#mine = {
      cluster: identity.cluster,
      from: identity.self,
      nonce: randomBytes(NONCE_BYTES),
    };
    this.#reader = new FrameReader((kind, bytes, start, end) => {
      this.#frame(kind, bytes, start, end);
    }, HANDSHAKE_BYTES);
    socket.setNoDelay(true);
    socket.on('data', (piece) => this.#data(piece));
    socket.on('error', () => this.close());
    socket.on('close', () => this.close());
    if (side === 'dialler') socket.on('connect', () => void socket.write(helloFrame(this.#mine)));
  }

  /** Who is at the other end, once its HELLO came; believed only when `isUp`. */
  get peer(): NodeRef | undefined {
    return this.#theirs?.from;
  }

  get isUp(): boolean {
    return this.#state === 'up';
  }

  /** Bytes handed over that the kernel has not taken yet. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  get remote(): string {
    return `${this.#socket.remoteAddress ?? '?'}:${this.#socket.remotePort ?? '?'}`;
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  ping(): void {
    this.send(pingFrame(Math.floor(performance.now() * 1000)));
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#reader.stop();
    this.#socket.destroy();
    this.#events.closed(this, this.#fault);
  }

  #fail(fault: string): void {
    this.#fault = fault;
    this.close();
  }

  #data(piece: Buffer): void {
    this.heardMs = performance.now();
    if (!this.#reader.push(piece)) this.#fail('garbage instead of a frame');
  }

  #frame(kind: number, bytes: Buffer, start: number, end: number): void {
    switch (this.#state) {
      case 'hello':
        return this.#onHello(kind === LINK_KIND.hello ? readHello(bytes, start, end) : undefined);
      case 'auth':
        return this.#onAuth(kind === LINK_KIND.auth ? readAuth(bytes, start, end) : undefined);
      case 'up':
        return this.#onFrame(kind, bytes, start, end);
      case 'closed':
    }
  }

  #onHello(hello: Hello | undefined): void {
    if (hello === undefined) return this.#fail('garbage instead of HELLO');
    if (hello.cluster !== this.#identity.cluster)
      return this.#fail(
        `a replica of another cluster ("${hello.cluster.replace(/[^ -~]/g, '?')}")`,
      );
    this.#theirs = hello;
    const refusal = this.#events.hello(this, hello.from);
    if (refusal !== undefined) return refusal.fault ? this.#fail(refusal.why) : this.close();
    this.#state = 'auth';
    this.send(
      this.side === 'dialler' ? authFrame(this.#proof('dialler', hello)) : helloFrame(this.#mine),
    );
  }

  #onAuth(proof: Buffer | undefined): void {
    const hello = this.#theirs as Hello;
    const other = this.side === 'dialler' ? 'acceptor' : 'dialler';
    if (proof === undefined) return this.#fail('garbage instead of AUTH');
    if (!timingSafeEqual(proof, this.#proof(other, hello)))
      return this.#fail('it does not know the secret of the cluster');
    if (this.side === 'acceptor') this.send(authFrame(this.#proof('acceptor', hello)));
    this.#state = 'up';
    this.#reader.limit(MAX_FRAME_BYTES);
    this.#events.up(this);
  }

  #onFrame(kind: number, bytes: Buffer, start: number, end: number): void {
    if (kind >= PROTOCOL_KIND) {
      if (!this.#events.frame((this.#theirs as Hello).from, kind, bytes, start, end))
        this.#fail(`garbage in a frame of kind ${kind}`);
      return;
    }
    const sent =
      kind === LINK_KIND.ping || kind === LINK_KIND.pong ? readPing(bytes, start, end) : undefined;
    if (sent === undefined) return this.#fail(`garbage in a frame of kind ${kind}`);
    if (kind === LINK_KIND.ping) this.send(pongFrame(sent));
    else this.roundTripUs = Math.max(0, Math.floor(performance.now() * 1000) - sent);
  }

  #proof(side: Side, theirs: Hello): Buffer {
    const [dialler, acceptor] =
      this.side === 'dialler' ? [this.#mine, theirs] : [theirs, this.#mine];
    return createHmac('sha256', this.#identity.secret)
      .update(proofInput(side, dialler, acceptor))
      .digest();
  }
}
