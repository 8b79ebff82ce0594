/**
 * How a later process makes the same target again: `hermes cluster restart` and `fuzz --cluster` work
 * on clusters that another process started.
 */
import type { Target } from '../../system/system.ts';
import { FRAME_FORMAT } from '../../wire/frames.ts';
import type { Frames } from '../ground/ground.ts';
import type { TargetSpec } from '../holder/holder-config.ts';

/**
 * What the programs of one cluster share and nobody else may know: told to its holder alone. But for
 * `cluster`, the name that they know it by, which is no secret.
 */
export type TargetSecret = Readonly<Record<string, string>>;

const specs = new WeakMap<Target, TargetSpec>();
const secrets = new WeakMap<Target, TargetSecret>();

/** Notes how the target was made. Returns the target. */
export function withSpec<T extends Target>(target: T, spec: TargetSpec, secret?: TargetSecret): T {
  specs.set(target, spec);
  if (secret !== undefined) secrets.set(target, secret);
  return target;
}

export function secretOf(target: Target): TargetSecret | undefined {
  return secrets.get(target);
}

/** What the programs of this target's cluster know it by; undefined: they have no such name. */
export function clusterOf(secret: TargetSecret | undefined): string | undefined {
  return secret?.['cluster'];
}

export function specOf(target: Target): TargetSpec {
  return specs.get(target) ?? { kind: 'other', name: target.name };
}

/** What the link proxy, in another process, must know of the target's frames. */
export function framesOf(target: Target): Frames {
  if (target.frames === undefined) return null;
  if (target.frames === FRAME_FORMAT) return 'replica';
  const spec = specOf(target);
  return spec.kind === 'module' ? { module: spec.path } : null;
}
