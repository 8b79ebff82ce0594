/**
 * Link control: what two replicas say to each other before and beside the protocol. HELLO says who
 * speaks, AUTH proves that both know the cluster's secret, PING and PONG that the link is alive.
 *
 * The dialler speaks first: HELLO →, ← HELLO, AUTH →, ← AUTH. The proof is an HMAC over
 * `proofInput`, computed by the host, since this room does no cryptography.
 */
import { Reader, Writer } from '../base/bytes.ts';
import type { NodeRef } from '../base/operation.ts';
import { beginFrame, endFrame, LINK_KIND } from './frames.ts';

export interface Hello {
  /** Only links within one cluster are made. */
  readonly cluster: string;
  readonly from: NodeRef;
  /** Fresh random bytes: no proof is good for a second link. */
  readonly nonce: Buffer;
}

/** Bytes of a nonce and of a proof (SHA-256). */
export const NONCE_BYTES = 16;
export const PROOF_BYTES = 32;

/** Version of link and frames; links between different ones are refused. */
const LINK_VERSION = 1;
const MAX_CLUSTER_CHARS = 128;

export type Side = 'dialler' | 'acceptor';

export function helloFrame(hello: Hello): Buffer {
  return frame(LINK_KIND.hello, (w) => writeHello(w, hello));
}

export function authFrame(proof: Uint8Array): Buffer {
  return frame(LINK_KIND.auth, (w) => w.bytes(proof));
}

/** `sent`: the sender's clock in µs, which the PONG carries back. */
export function pingFrame(sent: number): Buffer {
  return frame(LINK_KIND.ping, (w) => w.uint(sent));
}

export function pongFrame(sent: number): Buffer {
  return frame(LINK_KIND.pong, (w) => w.uint(sent));
}

/** Undefined: not a HELLO of this version. */
export function readHello(bytes: Buffer, start: number, end: number): Hello | undefined {
  const r = new Reader(bytes, start, end);
  const version = r.u8();
  const cluster = r.utf8();
  const from = { id: r.u8(), inc: r.uint() };
  const nonce = Buffer.from(r.bytes());
  const sound =
    r.done() &&
    version === LINK_VERSION &&
    nonce.length === NONCE_BYTES &&
    cluster.length <= MAX_CLUSTER_CHARS;
  return sound ? { cluster, from, nonce } : undefined;
}

export function readAuth(bytes: Buffer, start: number, end: number): Buffer | undefined {
  const r = new Reader(bytes, start, end);
  const proof = Buffer.from(r.bytes());
  return r.done() && proof.length === PROOF_BYTES ? proof : undefined;
}

/** The time that a PING or PONG carries, in µs. */
export function readPing(bytes: Buffer, start: number, end: number): number | undefined {
  const r = new Reader(bytes, start, end);
  const sent = r.uint();
  return r.done() ? sent : undefined;
}

/**
 * What the proof of one side is made over: both HELLOs, nonces and refs in them, and which side
 * speaks, so that no proof can be thrown back at its maker.
 */
export function proofInput(side: Side, dialler: Hello, acceptor: Hello): Buffer {
  const w = new Writer(256);
  w.utf8(`hermes link ${side}`);
  writeHello(w, dialler);
  writeHello(w, acceptor);
  return Buffer.from(w.view());
}

function writeHello(w: Writer, hello: Hello): void {
  w.u8(LINK_VERSION);
  w.utf8(hello.cluster);
  w.u8(hello.from.id);
  w.uint(hello.from.inc);
  w.bytes(hello.nonce);
}

function frame(kind: number, write: (w: Writer) => void): Buffer {
  const w = new Writer(128);
  const start = beginFrame(w);
  write(w);
  endFrame(w, start, kind);
  return Buffer.from(w.view());
}
