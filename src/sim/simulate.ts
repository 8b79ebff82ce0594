/**
 * One seeded run: the clients and the faults of a scenario, then rest, then judgement.
 */
import type { NodeId } from '../base/operation.ts';
import { random } from '../base/random.ts';
import type { History } from '../history/event.ts';
import type { Protocol, Timing } from '../protocols/machine.ts';
import { Driver } from './driver.ts';
import { type LinkLaw, Network } from './network.ts';
import type { Disturbance, Scenario } from './scenario.ts';
import { settle } from './settle.ts';
import { SimulatedClients } from './simulated-clients.ts';
import type { Failure } from './watcher.ts';
import { World, type WorldOptions } from './world.ts';

/** What a history must be; says what is wrong with it, or undefined. */
export type Judge = (history: History, world: World) => string | undefined;

export interface RunOptions extends WorldOptions {
  readonly judge?: Judge;
  /** States of keys at rest; see `settle`. */
  readonly restful?: readonly string[];
  /** False: the run ends with its last request; nothing heals. Default true. */
  readonly settle?: boolean;
  /** Bound on the steps until all has come to rest; see `settle`. */
  readonly maxSettleSteps?: number;
  /** True: nodes come back by themselves; see `settle`. */
  readonly rejoins?: boolean;
  /** What a membership would do in the end, before everything must come to rest. */
  readonly heal?: (world: World) => void;
}

export interface Run {
  readonly world: World;
  readonly failure: Failure | undefined;
  /** Messages handed to machines before everything healed. */
  readonly delivered: number;
}

/** Runs a scenario. The same scenario gives the same run, step by step. */
export function simulate(protocol: Protocol, scenario: Scenario, options: RunOptions = {}): Run {
  const world = new World(protocol, scenario.world, options);
  const driver = new Driver(world, networkOf(scenario), fsyncOf(scenario));
  const clients = new SimulatedClients(driver, scenario);
  for (const disturbance of scenario.disturbances) disturb(driver, disturbance);
  driver.run(scenario.endUs ?? longestUs(scenario), () => clients.done);
  finish(world, options);
  return { world, failure: world.failure, delivered: driver.delivered };
}

/** Heals everything, lets the world come to rest, and judges. */
export function finish(world: World, options: RunOptions): void {
  for (const host of world.hosts) if (!host.up) world.restart(host.id);
  if (!world.failure) options.heal?.(world);
  if (options.settle !== false)
    settle(world, {
      withinUs: patience(world.config.timing),
      ...(options.rejoins && { rejoins: true, withinUs: absence(world.config.timing) }),
      ...(options.restful && { restful: options.restful }),
      ...(options.maxSettleSteps && { maxSteps: options.maxSettleSteps }),
    });
  judge(world, options);
}

/** Judges what the clients saw. */
export function judge(world: World, options: RunOptions): void {
  const message = world.failure ? undefined : options.judge?.(world.ledger.history(), world);
  if (message !== undefined)
    world.failure = { kind: 'history', name: 'history', message, step: world.stepId };
}

/** Time in which a healed system must have come to rest, µs. */
function patience(timing: Timing): number {
  return 200 * (timing.retransmitUs + timing.replayUs + timing.roundTripUs);
}

/** Time in which nodes that were away must be back, and all have come to rest, µs. */
function absence(timing: Timing): number {
  const { suspectUs, leaseUs, stepUs, stableUs } = timing;
  return patience(timing) + 20 * (suspectUs + leaseUs + stepUs + stableUs);
}

function longestUs(scenario: Scenario): number {
  const { timing } = scenario.world;
  return scenario.requests * 20 * (timing.retransmitUs + timing.replayUs + scenario.thinkUs);
}

function networkOf(scenario: Scenario): Network {
  const { nodes } = scenario.world;
  const law = (from: NodeId, to: NodeId): LinkLaw => scenario.links[from * nodes + to] as LinkLaw;
  return new Network(nodes, law, random(scenario.seed).split('network'));
}

function fsyncOf({ seed, fsyncUs }: Scenario): (() => number) | undefined {
  if (fsyncUs === undefined) return undefined;
  const chance = random(seed).split('fsync');
  return () => 1 + chance.below(fsyncUs);
}

function disturb(driver: Driver<Network>, what: Disturbance): void {
  const { world, network } = driver;
  const untilUs = what.atUs + what.forUs;
  switch (what.kind) {
    case 'cut':
      driver.at(what.atUs, () => what.links.forEach(([from, to]) => network.cut(from, to)));
      driver.at(untilUs, () => what.links.forEach(([from, to]) => network.heal(from, to)));
      break;
    case 'stall':
      driver.at(what.atUs, () => driver.stall(what.node, untilUs));
      break;
    case 'crash':
      driver.at(what.atUs, () => world.crash(what.node, what.synced));
      driver.at(untilUs, () => world.restart(what.node, what.empty));
      break;
    case 'admin':
      driver.at(what.atUs, () => world.admin(what.node, what.words));
      break;
  }
}
