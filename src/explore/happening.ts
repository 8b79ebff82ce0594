/** What a step lets ghosts and judges know, in order. */
import type { Bytes, Key, NodeId, Result } from '../base/operation.ts';
import type { ProtocolEvent } from '../protocols/machine.ts';

export type Happening =
  | { readonly what: 'event'; readonly node: NodeId; readonly event: ProtocolEvent }
  /** A client asks. */
  | { readonly what: 'invoked'; readonly id: number }
  /** It is answered. */
  | { readonly what: 'told'; readonly id: number; readonly result: Result }
  /** Somebody read the key, and that took no time. */
  | { readonly what: 'read'; readonly key: Key; readonly value: Bytes | null };
