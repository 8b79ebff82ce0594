/**
 * One simulated node: a machine's state, its timers, its disk, and the sink of its effects.
 *
 * The log law (effects that name a position wait until it is on disk; others pass them) in its
 * simplest form: one fsync under way at a time, everything appended meanwhile goes into the next.
 */
import { assert } from '../base/assert.ts';
import { MAX_NODES } from '../base/node-name.ts';
import type { NodeId, NodeRef, Result } from '../base/operation.ts';
import type { Effects, ProtocolEvent, TimerId } from '../protocols/machine.ts';
import type { Envelope } from './watcher.ts';
import type { World } from './world.ts';

/** An armed timer. Arming it again makes another one. */
export interface Armed {
  readonly node: NodeId;
  readonly timer: TimerId;
  /** True time at which it is due, µs. */
  readonly dueUs: number;
  /** The same by the clock of the node. */
  readonly localUs: number;
}

type Held =
  | { readonly after: number; readonly envelope: Envelope }
  | { readonly after: number; readonly id: number; readonly result: Result };

type LogEntry =
  | { readonly lsn: number; readonly record: unknown }
  | { readonly lsn: number; readonly checkpoint: readonly unknown[] };

/** Messages of one step to one receiver are numbered below this. */
export const SENDS_PER_STEP = 4096;

export class Host implements Effects<unknown, unknown> {
  readonly id: NodeId;
  readonly timers = new Map<TimerId, Armed>();
  /** True: nobody listens to events, so a machine need not make them. */
  readonly quiet: boolean;
  /** Ids that it is configured with. */
  readonly members: readonly NodeId[];
  state: unknown = undefined;
  /** Its present life, or its last; incarnation 0: it never lived. */
  ref: NodeRef;
  up = false;
  /** Local time of its last step, for a planted bug that goes by it. */
  cachedUs: number | undefined;
  /** Last position given out; up to where it is on disk; up to where the fsync under way will be. */
  lsn = 0;
  durableLsn = 0;
  syncingLsn = 0;
  wantsRebirth = false;
  #log: LogEntry[] = [];
  #held: Held[] = [];
  readonly #sends = new Uint16Array(MAX_NODES);
  readonly #world: World;

  constructor(world: World, id: NodeId, members: readonly NodeId[], quiet: boolean) {
    this.#world = world;
    this.quiet = quiet;
    this.id = id;
    this.ref = { id, inc: 0 };
    this.members = members;
  }

  get incarnation(): number {
    return this.ref.inc;
  }

  /** A new life begins. */
  live(incarnation: number): void {
    this.ref = { id: this.id, inc: incarnation };
    this.up = true;
    this.cachedUs = undefined;
  }

  /** Before each step: messages are numbered anew. */
  begin(): void {
    this.#sends.fill(0);
  }

  send(to: NodeId, message: unknown, after: number = this.lsn): void {
    const nth = this.#sends[to]!++;
    assert(nth < SENDS_PER_STEP, 'a step sends less than 4096 messages to one node');
    const envelope = this.#world.envelope(this, to, nth, message);
    if (after > this.durableLsn) this.#held.push({ after, envelope });
    else this.#world.post(envelope);
  }

  reply(id: number, result: Result, after: number = this.lsn): void {
    if (after > this.durableLsn) this.#held.push({ after, id, result });
    else this.#world.answer(id, result);
  }

  append(record: unknown): number {
    this.#log.push({ lsn: ++this.lsn, record });
    return this.lsn;
  }

  checkpoint(records: readonly unknown[]): number {
    this.#log.push({ lsn: ++this.lsn, checkpoint: records });
    return this.lsn;
  }

  reborn(): void {
    this.wantsRebirth = true;
  }

  setTimer(timer: TimerId, inUs: number): void {
    this.#arm(timer, this.#world.nowUs(this.id) + inUs);
  }

  /** The clock was disturbed: what it will show, it shows at another time now. */
  rearm(): void {
    for (const { timer, localUs } of [...this.timers.values()]) this.#arm(timer, localUs);
  }

  #arm(timer: TimerId, localUs: number): void {
    const dueUs = this.#world.trueUs(this.id, localUs);
    const armed: Armed = { node: this.id, timer, dueUs, localUs };
    this.timers.set(timer, armed);
    this.#world.watcher.armed(armed);
  }

  cancelTimer(timer: TimerId): void {
    this.timers.delete(timer);
  }

  event(event: ProtocolEvent): void {
    this.#world.happened(this.id, event);
  }

  /** After each step: what was appended goes to disk. True: an fsync begins now. */
  startSync(): boolean {
    if (this.syncingLsn > this.durableLsn || this.lsn === this.durableLsn) return false;
    this.syncingLsn = this.lsn;
    return true;
  }

  /** The fsync under way, if there is one, has reached the disk. */
  finishSync(): void {
    this.durableLsn = Math.max(this.durableLsn, this.syncingLsn);
  }

  /** Lets go what waited for positions that are on disk now. */
  release(): void {
    const held = this.#held;
    this.#held = held.filter((h) => h.after > this.durableLsn);
    for (const h of held) {
      if (h.after > this.durableLsn) continue;
      if ('envelope' in h) this.#world.post(h.envelope);
      else this.#world.answer(h.id, h.result);
    }
  }

  /** Everything that is not on disk is gone. */
  lose(): void {
    this.timers.clear();
    this.#held = [];
    this.#log = this.#log.filter((entry) => entry.lsn <= this.durableLsn);
    this.lsn = this.durableLsn;
    this.syncingLsn = this.durableLsn;
    this.wantsRebirth = false;
  }

  /** A new disk. */
  wipe(): void {
    this.#log = [];
  }

  /** What a boot finds on disk: the last checkpoint and what was appended after it. */
  records(): readonly unknown[] {
    let records: unknown[] = [];
    for (const entry of this.#log)
      if ('checkpoint' in entry) records = [...entry.checkpoint];
      else records.push(entry.record);
    return records;
  }
}
