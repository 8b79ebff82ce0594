/**
 * Takes a list of steps again. Steps that do not apply (any more) are left out.
 */
import type { Protocol } from '../protocols/machine.ts';
import { finish, judge, type Run, type RunOptions } from './simulate.ts';
import type { Step } from './step.ts';
import type { Watcher } from './watcher.ts';
import { World } from './world.ts';
import type { WorldConfig } from './world-config.ts';

export interface ReplayOptions extends RunOptions {
  /** True: heal after the last step and ask for progress. Default false: judge where the list ends. */
  readonly settle?: boolean;
  readonly watcher?: Watcher;
  /** After each step that applied. */
  readonly onStep?: (step: Step, world: World) => void;
}

export interface Replay extends Run {
  /** The steps that applied, up to the failure. */
  readonly applied: readonly Step[];
}

/** Equal lists give equal worlds, whatever made them. */
export function replay(
  protocol: Protocol,
  config: WorldConfig,
  steps: readonly Step[],
  options: ReplayOptions = {},
): Replay {
  const world = new World(protocol, config, { ...options, record: false });
  if (options.watcher) world.watcher = options.watcher;
  const applied: Step[] = [];
  for (const step of steps) {
    if (world.failure) break;
    if (!world.apply(step)) continue;
    applied.push(step);
    options.onStep?.(step, world);
  }
  if (options.settle) finish(world, options);
  else judge(world, options);
  return { world, failure: world.failure, delivered: 0, applied };
}
