/** The protocols by name: what `--protocol` accepts and hosts, simulator and commands load. */
import { fixedHermes } from './hermes/protocol.ts';
import { reliableHermes } from './hermes/reliable.ts';
import type { Protocol } from './machine.ts';

const PROTOCOLS: ReadonlyMap<string, Protocol> = new Map([[reliableHermes.name, reliableHermes]]);

/** Names of all protocols, the default one first. */
export const PROTOCOL_NAMES: readonly string[] = [...PROTOCOLS.keys()];

/** The protocol of that name; undefined: there is none (the caller says so to the user). */
export function loadProtocol(name: string): Protocol | undefined {
  return PROTOCOLS.get(name);
}

/** The data path of a protocol alone, with the members of its start for good; undefined: it has none. */
export function dataPathOf(name: string): Protocol | undefined {
  return name === reliableHermes.name ? fixedHermes : undefined;
}
