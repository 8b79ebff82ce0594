/**
 * Takes a world forward in virtual time: messages arrive when the network says, timers go off when
 * they are due, an fsync takes its time, a stalled node takes nothing until it goes on.
 */
import type { NodeId, Outcome, Result } from '../base/operation.ts';
import type { ProtocolEvent } from '../protocols/machine.ts';
import type { Armed } from './host.ts';
import type { Carrier } from './network.ts';
import { EventQueue } from './virtual-time.ts';
import type { Envelope, Watcher } from './watcher.ts';
import type { World } from './world.ts';

type Coming = Envelope | Armed | (() => void);

/** How long an fsync takes if nothing else is said, µs. */
const FSYNC_US = 500;

export class Driver<N extends Carrier = Carrier> implements Watcher {
  readonly world: World;
  readonly network: N;
  /** Messages handed to machines. */
  delivered = 0;
  /** Told of every answer, inside the step that gave it: put aside, do not drive. */
  onAnswer: (request: number, outcome: Outcome) => void = () => {};
  /** Told of the answer to an admin command, in the same way. */
  onOrdered: (id: number, result: Result) => void = () => {};
  /** Told of what machines tell, in the same way. */
  onEvent: (node: NodeId, event: ProtocolEvent) => void = () => {};
  /** The log of a node begins an fsync: whoever takes this over calls `world.durable` when it is done. */
  onSync: (node: NodeId) => void;
  readonly #queue = new EventQueue<Coming>();
  readonly #lost: Envelope[] = [];
  readonly #stalledUntil: number[];
  /** What waits for a node that is stalled until further notice. */
  readonly #waiting = new Map<NodeId, Coming[]>();

  /** @param fsyncUs how long the next fsync takes */
  constructor(world: World, network: N, fsyncUs = (): number => FSYNC_US) {
    this.world = world;
    this.onSync = (node) => this.at(world.atUs + fsyncUs(), () => world.durable(node));
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
    const first = this.network.arrival(envelope.from.id, envelope.to, atUs, envelope.message);
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
    this.onSync(node);
  }

  ordered(id: number, result: Result): void {
    this.onOrdered(id, result);
  }

  answered(request: number, outcome: Outcome): void {
    this.onAnswer(request, outcome);
  }

  event(node: NodeId, event: ProtocolEvent): void {
    this.onEvent(node, event);
  }

  /** Calls `what` at that time; it may take a step. */
  at(us: number, what: () => void): void {
    this.#queue.push(us, what);
  }

  /** The node takes no message and no timer until then; `Infinity`: until it is told to go on. */
  stall(node: NodeId, untilUs: number): void {
    this.#stalledUntil[node] = Math.max(untilUs, this.#stalledUntil[node] ?? 0);
  }

  /** It goes on, and takes what came meanwhile before it looks at its timers. */
  goOn(node: NodeId): void {
    this.#stalledUntil[node] = 0;
    const waiting = this.#waiting.get(node) ?? [];
    this.#waiting.delete(node);
    const timers = waiting.filter((coming): coming is Armed => 'timer' in coming);
    for (const coming of waiting)
      if (!('timer' in coming)) this.#queue.push(this.world.atUs, coming);
    for (const timer of timers) this.#queue.push(this.world.atUs, timer);
  }

  /** Calls `what` when the node takes anything: at once, unless it is stalled. */
  reach(node: NodeId, what: () => void): void {
    if (!this.#isStalled(node)) what();
    else this.#wait(node, what);
  }

  #isStalled(node: NodeId): boolean {
    return (this.#stalledUntil[node] ?? 0) > this.world.atUs;
  }

  #wait(node: NodeId, coming: Coming): void {
    const untilUs = this.#stalledUntil[node] as number;
    if (untilUs !== Infinity) return this.#queue.push(untilUs, coming);
    const waiting = this.#waiting.get(node);
    if (waiting === undefined) this.#waiting.set(node, [coming]);
    else waiting.push(coming);
  }

  /** The next thing that is to come happens. False: nothing is. */
  step(): boolean {
    const dueUs = this.#queue.nextUs();
    const coming = this.#queue.pop();
    if (coming === undefined) return false;
    this.#take(coming, dueUs);
    while (this.#lost.length > 0) this.world.drop(this.#lost.pop() as Envelope);
    return true;
  }

  /** Time of the next thing that is to come, µs; infinite if there is none. */
  get nextUs(): number {
    return this.#queue.nextUs();
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
      this.step();
    }
  }

  #take(coming: Coming, dueUs: number): void {
    const { world } = this;
    world.atUs = Math.max(world.atUs, dueUs);
    if (typeof coming === 'function') {
      coming();
      return;
    }
    const node = 'timer' in coming ? coming.node : coming.to;
    if (this.#isStalled(node)) this.#wait(node, coming);
    else if ('timer' in coming) world.fire(coming);
    else this.#arrive(coming);
  }

  #arrive(envelope: Envelope): void {
    const passes = this.network.passes?.(envelope.from.id, envelope.to) !== false;
    if (passes && this.world.deliver(envelope, --envelope.copies > 0)) this.delivered++;
    else this.world.drop(envelope);
  }
}
