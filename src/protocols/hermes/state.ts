/**
 * State of one node's data path: keys, the installed view, open requests (spec §1).
 *
 * `out` and `nowUs` are those of the step that runs. They live in the state so that the rules read
 * as rules, without three more parameters each; they are not part of what is saved.
 */
import type { Random } from '../../base/random.ts';
import type { Bytes, Command, Key, NodeId, NodeRef, Result } from '../../base/operation.ts';
import type { Config, Effects } from '../machine.ts';
import type { MembershipHints, View } from '../membership.ts';
import type { HermesBugs } from './bugs.ts';
import type { Listing } from './listing.ts';
import type { HermesMessage } from './messages.ts';
import type { HermesOptions } from './options.ts';
import { type Ts, ZERO } from './timestamp.ts';

/**
 * What a key is (paper §3.2). With an own write that was overtaken and is still pending, V is
 * printed `V+p` and I is printed `T` (the paper's Trans).
 */
export type KeyState = 'V' | 'I' | 'W' | 'R';
/** The states as people see them. */
export const STATE_NAMES = ['V', 'V+p', 'I', 'T', 'W', 'R'] as const;
export type StateName = (typeof STATE_NAMES)[number];

/** A request that was not answered at once. */
export interface Request {
  readonly id: number;
  readonly command: Command;
  /** Absolute local time; `Infinity`: none. */
  readonly deadlineUs: number;
  readonly rec: KeyRec;
  /**
   * `waiting` and `backoff`: no INV is out, it can still fail. `issued` and `doomed`: it may take
   * effect. `done`: answered, or its client left.
   */
  phase: 'waiting' | 'backoff' | 'issued' | 'doomed' | 'done';
  /** INVs with a new timestamp so far. */
  attempts: number;
  /** End of the wait before the next attempt. */
  retryAtUs: number;
}

/** An own update, or a replay, that has not completed. At most one per key (spec §1.1). */
export interface Pend {
  readonly kind: 'write' | 'rmw' | 'replay';
  readonly ts: Ts;
  readonly value: Bytes | null;
  /** Flag of the update: a replay of a read-modify-write has kind `replay` and this set. */
  readonly rmw: boolean;
  /** Members that acknowledged, as bits by node id: 0–31 and 32–63. */
  ackedLow: number;
  ackedHigh: number;
  /** Some member never passed through this timestamp: not readable when complete. */
  sup: boolean;
  /** Retransmissions so far, in this epoch. */
  resent: number;
  /** When the first INV left. */
  readonly sentUs: number;
  /** What its clients are told when it completes. */
  readonly result: Result;
  /** Who waits for it: one request, or several writes that became one. Empty: nobody any more. */
  clients: Request[];
  /** One of the replays after a view change, which are limited in number (spec §4, trigger b). */
  readonly eager: boolean;
}

/** An overtaken own read-modify-write whose fate is not yet definite. */
export interface Doomed {
  readonly ts: Ts;
  readonly request: Request;
}

/** Who waits on a key. Absent as long as nobody does. */
export interface Waiting {
  readonly reads: Request[];
  /** In order; writes that became one stand in one place. */
  readonly updates: Request[][];
  /** Read-modify-writes between two attempts. */
  readonly backoffs: Request[];
  doomed: Doomed | undefined;
}

/** O3: who is known to have passed through `ts` in this epoch. */
export interface Tally {
  readonly ts: Ts;
  low: number;
  high: number;
}

export interface KeyRec {
  readonly key: Key;
  value: Bytes | null;
  ts: Ts;
  /** The update of `ts` is a read-modify-write. */
  rmw: boolean;
  state: KeyState;
  /** Sender of the latest INV of `ts`: coordinator or replayer. */
  lastWriter: NodeRef;
  pend: Pend | undefined;
  waiting: Waiting | undefined;
  tally: Tally | undefined;
  replayArmed: boolean;
  /** In `unsettled` of the step that runs. */
  touched: boolean;
  /** Name of the timer of `pend`, made when the key is first written here. */
  retransmitTimer: string | undefined;
}

/** What follows from the installed view, looked up on every message. */
export interface Installed {
  readonly view: View;
  /** Self is in the view as a full member. */
  readonly full: boolean;
  /** Generation of this node's timestamps. */
  readonly gen: number;
  /** Members by id. */
  readonly members: readonly (NodeRef | undefined)[];
  readonly isFull: readonly boolean[];
  /** All members but self: who must acknowledge. */
  readonly others: readonly NodeId[];
  readonly othersLow: number;
  readonly othersHigh: number;
  /** Position among the members: staggers replays (spec §4). */
  readonly rank: number;
}

/** What a shadow has copied so far. */
export interface Transfer {
  /** Last key received, in byte order; null: nothing yet. */
  cursor: Key | null;
  done: boolean;
  keys: number;
  /** Keys of its latest source. */
  of: number;
  /** Counts the requests: each goes to the next source if the last one did not answer. */
  attempts: number;
}

export type HermesEffects = Effects<HermesMessage, never>;

export interface Core {
  readonly config: Config;
  readonly self: NodeRef;
  readonly options: HermesOptions;
  readonly bugs: HermesBugs;
  readonly compare: (a: Ts, b: Ts) => number;
  /** Undefined: no chance at all. */
  random: Random | undefined;
  /** Undefined: in no view. */
  installed: Installed | undefined;
  leaseUntilUs: number;
  /** The membership says that nobody holds the data any more (§7.5). */
  lost: boolean;
  readonly keys: Map<Key, KeyRec>;
  /** Requests that were not answered at once, by deadline; answered ones linger until compacted. */
  open: Request[];
  openDone: number;
  /** Time at which the timer `deadline` is set to go off; 0: not set. */
  deadlineArmedUs: number;
  /** Places taken in all queues. */
  queued: number;
  /** Keys that wait for their turn to be replayed after a view change. */
  eager: KeyRec[];
  eagerRunning: number;
  /** What this node copies, as a shadow. */
  transfer: Transfer | undefined;
  /** What it hands out, as a source: not part of what is saved. */
  listing: Listing | undefined;
  /** Keys in which this step changed something that others may wait for. */
  unsettled: KeyRec[];
  /** A message's way there and back, as own updates see it (µs): the base of back-off. */
  roundTripUs: number;
  /** Keys by state, in the order of `STATE_NAMES`. */
  readonly census: number[];
  readonly counters: Record<Counter, number>;
  /** Timestamp of the latest INV, sent or received, of any key: for the planted bug `node-wide-version`. */
  lastInv: Ts;
  nowUs: number;
  out: HermesEffects;
  hints: MembershipHints;
}

export const COUNTERS = [
  'reads',
  'writes',
  'rmws',
  'coalesced',
  'commits',
  'adopted',
  'retransmissions',
  'replays',
  'helps',
  'chunks',
  'doomed',
  'aborted',
  'retries',
  'expired',
  'unknown',
  'overloads',
  'dropped',
] as const;
export type Counter = (typeof COUNTERS)[number];

/** Name of a key's state as people see it. */
export function stateName(rec: KeyRec): StateName {
  return STATE_NAMES[census(rec.state, rec.pend)] as StateName;
}

function census(state: KeyState, pend: Pend | undefined): number {
  switch (state) {
    case 'V':
      return pend === undefined ? 0 : 1;
    case 'I':
      return pend === undefined ? 2 : 3;
    case 'W':
      return 4;
    case 'R':
      return 5;
  }
}

/** The only place where a key changes its state or its pending update. */
export function become(s: Core, rec: KeyRec, state: KeyState, pend: Pend | undefined): void {
  const before = census(rec.state, rec.pend);
  const after = census(state, pend);
  s.census[before] = (s.census[before] as number) - 1;
  s.census[after] = (s.census[after] as number) + 1;
  if (rec.pend?.eager === true) s.eagerRunning--;
  if (pend?.eager === true) s.eagerRunning++;
  rec.state = state;
  rec.pend = pend;
}

/** The record of a key. An absent one is Valid and zero at a full member, Invalid at a shadow. */
export function recordOf(s: Core, key: Key): KeyRec {
  return s.keys.get(key) ?? newRecord(s, key);
}

/** A record for a key that has none. */
export function newRecord(s: Core, key: Key): KeyRec {
  const state = s.installed?.full === true ? 'V' : 'I';
  const rec: KeyRec = {
    key,
    value: null,
    ts: ZERO,
    rmw: false,
    state,
    lastWriter: s.self,
    pend: undefined,
    waiting: undefined,
    tally: undefined,
    replayArmed: false,
    touched: false,
    retransmitTimer: undefined,
  };
  const at = census(state, undefined);
  s.census[at] = (s.census[at] as number) + 1;
  s.keys.set(key, rec);
  return rec;
}

/** Who waits on a key, made when the first one comes. */
export function waitingOf(rec: KeyRec): Waiting {
  rec.waiting ??= { reads: [], updates: [], backoffs: [], doomed: undefined };
  return rec.waiting;
}

/** Name of the timer after which a follower replays. */
export function replayTimer(rec: KeyRec): string {
  return `replay ${rec.key}`;
}

/** Somebody is at work on the key: who waits gives it the whole time again (spec §4). */
export function restartReplayTimer(s: Core, rec: KeyRec): void {
  if (rec.replayArmed) s.out.cancelTimer(replayTimer(rec));
  rec.replayArmed = false;
  touch(s, rec);
}

/** Leaves the key to be settled at the end of the step: someone may be served now. */
export function touch(s: Core, rec: KeyRec): void {
  if (rec.touched) return;
  rec.touched = true;
  s.unsettled.push(rec);
}

/** May this node answer and admit requests now? (spec §2.2) */
export function operational(s: Core, nowUs: number = s.nowUs): boolean {
  if (s.installed === undefined || !s.installed.full) return false;
  return nowUs < s.leaseUntilUs || s.bugs['no-lease-check'];
}

/** Same message to all other members; the host encodes it once. */
export function sendOthers(s: Core, installed: Installed, message: HermesMessage): void {
  const others = installed.others;
  for (let i = 0; i < others.length; i++) s.out.send(others[i] as NodeId, message, 0);
}
