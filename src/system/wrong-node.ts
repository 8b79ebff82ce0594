/**
 * Somebody else answers where a node was: its program is gone, and its address was given to another.
 */
import type { NodeName } from '../base/operation.ts';

/** Thrown by a target's `connect`, `status` and the like. Nothing was asked of whoever is there. */
export class WrongNode extends Error {
  readonly node: NodeName;

  /** `found`: who is there, in words. */
  constructor(node: NodeName, found: string) {
    super(`the address of ${node} leads to ${found}`);
    this.node = node;
  }
}
