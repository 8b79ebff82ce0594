/** The protocols by name: what `--protocol` accepts and hosts, simulator and commands load. */
import type { Protocol } from './machine.ts';

const PROTOCOLS: Readonly<Record<string, Protocol>> = {};

/** Names of all protocols, the default one first. */
export const PROTOCOL_NAMES: readonly string[] = ['hermes'];

/** The protocol of that name; undefined: there is none (the caller says so to the user). */
export function loadProtocol(name: string): Protocol | undefined {
  return PROTOCOLS[name];
}
