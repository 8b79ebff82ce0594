import type { NodeId, NodeName } from './operation.ts';

/** A cluster has at most 64 nodes: `c mod 64` of a timestamp is its owner (spec ). */
export const MAX_NODES = 64;

/** Name of a protocol id: 0 → `n1`. */
export function nodeName(id: NodeId): NodeName {
  return `n${id + 1}`;
}

/** Protocol id of a name: `n1` → 0; undefined if it is no node's name. */
export function nodeId(name: NodeName): NodeId | undefined {
  const number = /^n([1-9]\d?)$/.exec(name)?.[1];
  const id = number === undefined ? MAX_NODES : Number(number) - 1;
  return id < MAX_NODES ? id : undefined;
}
