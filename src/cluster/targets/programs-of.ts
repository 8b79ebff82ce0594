/**
 * The programs of a node: for its first start and for every later one.
 */
import type { NodeName } from '../../base/operation.ts';
import { UserError } from '../../base/user-error.ts';
import type { NodeInfo, Target } from '../../system/system.ts';
import type { Programs } from '../ground/ground.ts';

/** Throws a `UserError` if the target has no program. */
export function programsOf(
  target: Target,
  info: NodeInfo,
  founders: readonly NodeName[],
): Programs {
  if (target.program === undefined) {
    throw new UserError(
      `the system ${target.name} has no program to start.`,
      'Say where it runs, with --address, or add program() to the target.',
    );
  }
  // Only the nodes of the start begin the cluster; one that comes later has others to learn from.
  const bootstrap = founders.includes(info.name);
  return {
    first: target.program(info, { bootstrap, founders }),
    again: target.program(info, { bootstrap: false, founders }),
  };
}
