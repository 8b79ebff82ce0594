/**
 * Link faults as lines for `tc -batch`, and what `tc -s` counted. Pure.
 *
 * At the node that sends, an htb is the root; what nothing is asked for passes it untouched. Packets
 * towards a destination whose link is disturbed are sorted by a u32 filter into a class, under which
 * every fault has a discipline of its own, one behind the other: a netem each, or a tbf for a rate.
 */
import type { LinkShaping } from '../ground/network.ts';

/** Numbers of tc are hexadecimal. */
const hex = (n: number): string => n.toString(16);

export const ROOT = '1:';
export const classId = (minor: number): string => `${ROOT}${hex(minor)}`;
export const handle = (major: number): string => `${hex(major)}:`;

/** Faster than any link: a class of its own limits nothing. */
const UNLIMITED_KBIT = 10_000_000;
const UNLIMITED = `rate ${UNLIMITED_KBIT}kbit ceil ${UNLIMITED_KBIT}kbit quantum 60000`;
/** Packets that a netem may hold; above, it drops. A second of what a busy replica sends. */
const NETEM_LIMIT = 20_000;
/** What a tbf lets through at once, and holds: half a second of its rate, in bytes. */
const MIN_BURST_BYTES = 3_200;
const MIN_HELD_BYTES = 16 * 1024;
const BYTES_PER_KBIT = 125;

export function rootLine(device: string): string {
  return `qdisc add dev ${device} root handle ${ROOT} htb`;
}

export function removeRootLine(device: string): string {
  return `qdisc del dev ${device} root`;
}

export function classLine(device: string, minor: number): string {
  return `class add dev ${device} parent ${ROOT} classid ${classId(minor)} htb ${UNLIMITED}`;
}

export function removeClassLine(device: string, minor: number): string {
  return `class del dev ${device} classid ${classId(minor)}`;
}

/** A fault's own discipline: behind the class, or behind that of another fault. */
export function queueLine(
  device: string,
  parent: string,
  major: number,
  shaping: LinkShaping,
): string {
  const what = disciplineOf(shaping);
  return `qdisc add dev ${device} parent ${parent} handle ${handle(major)} ${what}`;
}

/** Lets a rate's discipline send at once what it holds: its fault is over. */
export function openLine(device: string, parent: string, its: string): string {
  return `qdisc change dev ${device} parent ${parent} handle ${its} ${tokenBucket(UNLIMITED_KBIT)}`;
}

/** Filters that send what goes to these addresses into a class. The lowest `priority` wins. */
export function filterLines(
  device: string,
  priority: number,
  addresses: readonly string[],
  minor: number,
): string[] {
  return addresses.map(
    (address) =>
      `filter add dev ${device} parent ${ROOT} protocol ip prio ${priority} u32 match ip dst ${address}/32 flowid ${classId(minor)}`,
  );
}

/** Removes all filters of one priority. */
export function removeFilterLine(device: string, priority: number): string {
  return `filter del dev ${device} parent ${ROOT} protocol ip prio ${priority}`;
}

/** The discipline that does what is asked for, and nothing else. */
export function disciplineOf(shaping: LinkShaping): string {
  if (shaping.type === 'rate') return tokenBucket(shaping.kbit);
  return `netem limit ${NETEM_LIMIT} ${netem(shaping)}`;
}

function tokenBucket(kbit: number): string {
  const bytesPerSecond = kbit * BYTES_PER_KBIT;
  const burst = Math.max(MIN_BURST_BYTES, Math.round(bytesPerSecond / 50));
  const held = Math.max(MIN_HELD_BYTES, Math.round(bytesPerSecond / 2));
  return `tbf rate ${kbit}kbit burst ${burst}b limit ${held}b`;
}

function netem(shaping: Exclude<LinkShaping, { type: 'rate' }>): string {
  switch (shaping.type) {
    case 'delay':
      return `delay ${delay(shaping)}`;
    case 'reorder':
      // Those that are not held go at once, past those that are.
      return `delay ${micros(shaping.delayMs)} reorder ${percent(100 - shaping.percent)}`;
    case 'duplicate':
      return `duplicate ${percent(shaping.percent)}`;
    case 'corrupt':
      return `corrupt ${percent(shaping.percent)}`;
  }
}

/** netem spreads evenly to both sides of its delay; here `uniform` means up to so much more. */
function delay({ delayMs, jitterMs, distribution }: LinkShaping & { type: 'delay' }): string {
  if (jitterMs === 0) return micros(delayMs);
  if (distribution === 'uniform')
    return `${micros(delayMs + jitterMs / 2)} ${micros(jitterMs / 2)}`;
  return `${micros(delayMs)} ${micros(jitterMs)} distribution ${distribution}`;
}

const micros = (ms: number): string => `${Math.round(ms * 1000)}us`;
const percent = (share: number): string => `${Number(share.toFixed(4))}%`;

/** What one discipline did. */
export interface QueueCount {
  readonly handle: string;
  readonly bytes: number;
  /** Sent on, and waiting. */
  readonly packets: number;
  readonly waiting: number;
  readonly dropped: number;
  /** netem: packets that were sent past those that wait. */
  readonly requeued: number;
  /** tbf: how often the next packet had to wait. */
  readonly throttled: number;
}

/** Reads `tc -s -j qdisc show`. Disciplines without a handle of their own are left out. */
export function queueCounts(json: string): QueueCount[] {
  const said = json.trim() === '' ? [] : (JSON.parse(json) as Partial<TcQdisc>[]);
  return said
    .filter((each) => each.handle !== undefined && each.handle !== '0:')
    .map((each) => ({
      handle: each.handle as string,
      bytes: each.bytes ?? 0,
      packets: (each.packets ?? 0) + (each.qlen ?? 0),
      waiting: each.qlen ?? 0,
      dropped: each.drops ?? 0,
      requeued: each.requeues ?? 0,
      throttled: each.overlimits ?? 0,
    }));
}

/** The part of tc's JSON that is read. */
interface TcQdisc {
  handle: string;
  bytes: number;
  packets: number;
  drops: number;
  overlimits: number;
  requeues: number;
  qlen: number;
}
