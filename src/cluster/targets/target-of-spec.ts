/**
 * Makes the target of a running cluster again, from how its first process described it.
 */
import { pathToFileURL } from 'node:url';
import type { Target } from '../../system/system.ts';
import type { TargetSpec } from '../holder/holder-config.ts';
import { hermesTarget, type HermesIdentity, type HermesOptions } from './hermes.ts';
import type { TargetSecret } from './target-spec.ts';

/**
 * Undefined: nobody said how, or the user's file no longer has it. Without the cluster's `secret` it
 * can talk to programs that run, and start none.
 */
export async function targetOfSpec(
  spec: TargetSpec,
  secret?: TargetSecret,
): Promise<Target | undefined> {
  if (spec.kind === 'hermes')
    return hermesTarget(
      spec.options as unknown as HermesOptions,
      secret as unknown as HermesIdentity | undefined,
    );
  if (spec.kind === 'other') return undefined;
  const loaded = (await import(pathToFileURL(spec.path).href).catch(() => ({}))) as {
    default?: Target;
  };
  return loaded.default;
}

/** What people call the target. */
export function nameOfSpec(spec: TargetSpec): string {
  if (spec.kind === 'hermes') return (spec.options as unknown as HermesOptions).protocol;
  return spec.name;
}
