/**
 * Takes a world forward in virtual time: messages arrive when the network says, timers go off when
 * they are due, an fsync takes its time, a stalled node takes nothing until it goes on.
 */
import type { NodeId, Outcome } from '../base/operation.ts';
import type { Armed } from './host.ts';
import type { Network } from './network.ts';
import { EventQueue } from './virtual-time.ts';
import type { Envelope, Watcher, World } from './world.ts';

type Coming = Envelope | Armed | (() => void);

/** How long an fsync takes if nothing else is said, µs. */
const FSYNC_US = 500;

export class Driver implements Watcher {
  readonly world: World;
  readonly network: Network;
  /** Messages handed to machines. */
  delivered = 0;
  /** Told of every answer, inside the step that gave it: put aside, do not drive. */
  onAnswer: (request: number, outcome: Outcome) => void = () => {};
  readonly #queue = new EventQueue<Coming>();
  readonly #lost: Envelope[] = [];
  readonly #stalledUntil: number[];
  readonly #fsyncUs: () => number;

  /** @param fsyncUs how long the next fsync takes */
  constructor(world: World, network: Network, fsyncUs = (): number => FSYNC_US) {
    this.world = world;
    this.#fsyncUs = fsyncUs;
    this.network = network;
    this.#stalledUntil = world.hosts.map(() => 0);
    world.watcher = this;
    this.#adopt();
  }

  /** What the world holds already goes on under this driver. */
  #adopt(): void {
    for (const envelope of this.world.inFlight.values()) {
      envelope.copies = 0;
      this.sent(envelope);
    }
    for (const host of this.world.hosts) {
      for (const armed of host.timers.values()) this.armed(armed);
      if (host.syncingLsn > host.durableLsn) this.syncing(host.id);
    }
  }

  sent(envelope: Envelope): void {
    const { atUs } = this.world;
    const first = this.network.arrival(envelope.from.id, envelope.to, atUs);
    if (first === undefined) {
      this.#lost.push(envelope);
      return;
    }
    envelope.copies = 1;
    this.#queue.push(first, envelope);
    const second = this.network.repeatArrival(envelope.from.id, envelope.to, atUs);
    if (second === undefined) return;
    envelope.copies = 2;
    this.#queue.push(second, envelope);
  }

  armed(armed: Armed): void {
    this.#queue.push(Math.max(armed.dueUs, this.world.atUs), armed);
  }

  syncing(node: NodeId): void {
    this.at(this.world.atUs + this.#fsyncUs(), () => this.world.durable(node));
  }

  answered(request: number, outcome: Outcome): void {
    this.onAnswer(request, outcome);
  }

  event(): void {}

  /** Calls `what` at that time; it may take a step. */
  at(us: number, what: () => void): void {
    this.#queue.push(us, what);
  }

  /** The node takes no message and no timer until then. */
  stall(node: NodeId, untilUs: number): void {
    this.#stalledUntil[node] = Math.max(untilUs, this.#stalledUntil[node] as number);
  }

  /** Until that time, a failure, nothing to come, or `stop()`, asked after every step. */
  run(untilUs: number, stop: () => boolean): void {
    const { world } = this;
    while (world.failure === undefined && !stop()) {
      const next = this.#queue.nextUs();
      if (next > untilUs) {
        world.atUs = Math.max(world.atUs, Number.isFinite(untilUs) ? untilUs : world.atUs);
        return;
      }
      world.atUs = Math.max(world.atUs, next);
      this.#take(this.#queue.pop() as Coming);
      while (this.#lost.length > 0) world.drop(this.#lost.pop() as Envelope);
    }
  }

  #take(coming: Coming): void {
    if (typeof coming === 'function') {
      coming();
      return;
    }
    const node = 'timer' in coming ? coming.node : coming.to;
    const stalledUntil = this.#stalledUntil[node] as number;
    if (stalledUntil > this.world.atUs) this.#queue.push(stalledUntil, coming);
    else if ('timer' in coming) this.world.fire(coming);
    else if (this.world.deliver(coming, --coming.copies > 0)) this.delivered++;
    else this.world.drop(coming);
  }
}
