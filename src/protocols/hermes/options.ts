/** Options of the Hermes machine: the optimisations of the paper and ours (spec §8), and bounds. */
import type { Config } from '../machine.ts';

export const HERMES_OPTIONS = {
  o1: { default: true, about: 'no VAL for a write that was overtaken before it completed' },
  o2: { default: true, about: 'virtual ids: ties between concurrent updates fall at random' },
  o3: { default: false, about: 'followers send ACKs to all, and validate writes without a VAL' },
  x1: { default: true, about: 'a write may start on an Invalid key (the paper stalls it)' },
  x2: { default: false, about: 'a higher INV counts as an acknowledgement of an own write' },
  x3: { default: true, about: 'a Valid node answers an INV of its own timestamp with VAL' },
  x4: { default: true, about: 'INVs are sent again only to members that did not acknowledge' },
  coalesce: {
    default: true,
    about: 'queued writes that stand next to each other become one update',
  },
  retry: { default: true, about: 'an aborted read-modify-write is tried again inside the replica' },
  maxAttempts: { default: 32, about: 'attempts of a read-modify-write before it is given up' },
  virtualIds: { default: 20, about: 'virtual ids of each node (o2)' },
  keyQueue: { default: 1024, about: 'requests that may wait for one key' },
  nodeQueue: { default: 65_536, about: 'requests that may wait at one node' },
  eagerReplays: { default: 64, about: 'keys replayed at a time after a view change; 0: none' },
  chunkKeys: { default: 512, about: 'keys that a joining node is sent at a time' },
  suspectAfter: { default: 5, about: 'unanswered retransmissions before a peer is suspected' },
  maxValueBytes: { default: 8 * 1024 * 1024, about: 'longest value that append may make' },
} as const;

type Name = keyof typeof HERMES_OPTIONS;

export type HermesOptions = {
  readonly [K in Name]: (typeof HERMES_OPTIONS)[K]['default'] extends boolean ? boolean : number;
};

/** The options of a configuration, with defaults for those it does not name. */
export function optionsOf(config: Config): HermesOptions {
  const entries = Object.entries(HERMES_OPTIONS).map(([name, option]) => [
    name,
    config.options[name] ?? option.default,
  ]);
  return Object.fromEntries(entries) as HermesOptions;
}
