/**
 * The end of a run: nothing goes wrong any more, and everything must come to rest.
 *
 * Progress (spec M7): once the network is healed, every request gets its answer, a read of every key
 * at every node too, and then every key is at rest everywhere.
 */
import { nodeName } from '../base/node-name.ts';
import { random } from '../base/random.ts';
import type { NodeStatus } from '../base/operation.ts';
import { Driver } from './driver.ts';
import type { Host } from './host.ts';
import { CALM, Network } from './network.ts';
import { finalReads } from './requests.ts';
import { NO_DEADLINE } from './step.ts';
import type { Failure } from './watcher.ts';
import type { World } from './world.ts';

/** Clients of the final reads are numbered from here on, below the stride of processes. */
const FINAL_CLIENT = 5000;

/**
 * A node that was asked before the last update reached it may rest in a state in which it would have
 * to act first; so it is asked again.
 */
const ROUNDS = 3;

export interface SettleOptions {
  /** States of keys (as `status` counts them) in which nothing is left to do. Default `V`. */
  readonly restful?: readonly string[];
  /**
   * True: the protocol lets nodes in again and never falls silent. Every node that is up must serve,
   * or say why it never will, before all is read; and rest is judged by the nodes that serve.
   */
  readonly rejoins?: boolean;
  /** Bound on true time for each phase, µs. */
  readonly withinUs: number;
  /** Bound on steps for all of it. */
  readonly maxSteps?: number;
}

/** Lets the world come to rest. Returns what did not, or any other failure on the way. */
export function settle(world: World, options: SettleOptions): Failure | undefined {
  if (world.failure) return world.failure;
  const driver = new Driver(world, new Network(world.hosts.length, () => CALM, random(0)));
  const lastStep = world.stepId + (options.maxSteps ?? 20_000);
  const runUntil = (done: () => boolean): void => {
    driver.run(world.atUs + options.withinUs, () => done() || world.stepId > lastStep);
  };
  const answered = (): boolean => world.ledger.open.size === 0;
  const restful = new Set(options.restful ?? ['V']);
  const present = (): boolean => options.rejoins !== true || absent(world) === undefined;
  const silent = (): boolean => options.rejoins === true || world.inFlight.size === 0;
  runUntil(() => present() && answered());
  for (let round = 0; round < ROUNDS && answered(); round++) {
    if (round > 0 && unrest(world, restful) === undefined) break;
    readEverything(world);
    runUntil(answered);
    runUntil(() => present() && silent() && unrest(world, restful) === undefined);
  }
  if (world.failure) return world.failure;
  const message =
    (options.rejoins ? absent(world) : undefined) ?? unanswered(world) ?? unrest(world, restful);
  if (message === undefined) return undefined;
  return (world.failure = { kind: 'progress', name: 'progress', message, step: world.stepId });
}

function readEverything(world: World): void {
  const up = world.hosts.filter((host) => host.up).map((host) => host.id);
  finalReads(up, world.config.keys.length).forEach(({ node, op }, i) => {
    if (!world.failure) world.request(node, FINAL_CLIENT + i, op, NO_DEADLINE);
  });
}

/** A node that is up, does not serve, and does not say why it never will. */
function absent(world: World): string | undefined {
  for (const host of world.hosts) {
    const { state } = statusOf(world, host);
    if (host.up && !AT_REST.has(state))
      return `${nodeName(host.id)} is ${state} after everything healed`;
  }
  return undefined;
}

const AT_REST: ReadonlySet<string> = new Set(['serving', 'left', 'lost']);

function statusOf(world: World, host: Host): NodeStatus {
  return world.protocol.machine.status(host.state, world.nowUs(host.id));
}

function unanswered(world: World): string | undefined {
  for (const [id, { node, op }] of world.ledger.open)
    return `request ${id} (${op.f} k${op.key} at ${nodeName(node)}) has no answer after everything healed`;
  return undefined;
}

function unrest(world: World, restful: ReadonlySet<string>): string | undefined {
  for (const host of world.hosts) {
    if (!host.up) continue;
    const { keys, state: standing } = statusOf(world, host);
    // What others left behind in a node that serves nothing is nobody's any more.
    if (standing === 'lost' || standing === 'left') continue;
    for (const [state, count] of Object.entries(keys))
      // `all` counts the keys of every state.
      if (count > 0 && state !== 'all' && !restful.has(state))
        return `${nodeName(host.id)} has ${count} key(s) in state ${state} after everything healed`;
  }
  return undefined;
}
