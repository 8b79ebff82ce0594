/** What a plan needs to know beside what was asked for. */
import type { NodeName, OpName } from '../base/operation.ts';
import type { Workload } from '../clients/workload.ts';
import type { Nemesis } from '../faults/fault.ts';
import type { Protocol } from '../protocols/machine.ts';
import type { Capabilities } from '../system/system.ts';

/** What was found out before a plan can be made. */
export interface PlanContext {
  readonly version: string;
  readonly commit: string;
  readonly runtime: string;
  /** The system under test: `hermes`, or a user's target. */
  readonly system: string;
  readonly operations: readonly OpName[];
  /** Of our own replicas; undefined for a foreign system. */
  readonly protocol: Protocol | undefined;
  readonly able: Capabilities;
  readonly workload: Workload;
  /** Where a user's workload came from. */
  readonly module?: { readonly path: string; readonly sha256: string };
  /** Users' nemeses, by the word of `--nemesis` that named them. */
  readonly nemeses: ReadonlyMap<string, Nemesis>;
  /** Nodes of a running cluster; undefined: one is made. */
  readonly nodes?: readonly NodeName[];
}
