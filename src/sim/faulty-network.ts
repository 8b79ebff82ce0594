/**
 * The network of a simulated cluster: connections between pairs of nodes that keep the order of what
 * they carry, and every fault of links and messages that can be done to real ones.
 *
 * Faults of frames are those of the link proxy, by the same definitions. Faults of packets are mended by
 * TCP: a lost packet comes again after its timer, and everything behind it waits; a link that is silent
 * for too long is given up and made anew, and what it carried is lost.
 */
import { MAX_NODES, nodeId, nodeName } from '../base/node-name.ts';
import type { NodeId, NodeName } from '../base/operation.ts';
import type { Random } from '../base/random.ts';
import type { Fault, Link } from '../faults/fault.ts';
import {
  type ActiveEffect,
  activate,
  count,
  delayOf,
  type Effect,
  effectOf,
} from '../faults/link-effects.ts';
import type { SimConditions } from './conditions.ts';
import { type LinkLaw, Network } from './network.ts';

/** Most nodes that there can be: links are numbered `from · STRIDE + to`. */
const STRIDE = MAX_NODES;
/** A link that is silent for so long is given up, and dialled again within so long (spec S10), µs. */
const SILENCE_US = 400_000;
const REDIAL_US = 250_000;
/** After a reset it is dialled at once. */
const RECONNECT_US: readonly [number, number] = [300, 3_000];
/** First wait of TCP before it sends a packet again, µs; it doubles. */
const RESEND_US = 200_000;
/** Retransmissions after which nobody waits any more. */
const MOST_RESENDS = 6;

/** What packets suffer; beside the effects of frames. */
type PacketEffect =
  | {
      readonly kind: 'packets';
      readonly percent: number;
      readonly burst: number;
      readonly as: string;
    }
  | { readonly kind: 'overtaken'; readonly percent: number; readonly delayMs: number }
  | { readonly kind: 'doubled'; readonly percent: number };

interface ActivePackets extends Omit<ActiveEffect, 'effect'> {
  readonly effect: PacketEffect;
  /** Packets of a run of losses that are still to come. */
  left: number;
}

interface Disturbed {
  readonly frames: ActiveEffect[];
  readonly packets: ActivePackets[];
}

interface Applied {
  readonly links: readonly Link[];
  readonly counters: Record<string, number>;
  readonly sinceUs: number;
}

export interface FaultyNetworkOptions {
  readonly conditions: SimConditions;
  readonly random: Random;
  /** Scale of the timers of links. */
  readonly scale: number;
  /** Bytes of a message on the wire: asked where a link has a limit. */
  readonly sizeOf: (message: unknown) => number;
  readonly nowUs: () => number;
}

export class FaultyNetwork extends Network {
  readonly #o: FaultyNetworkOptions;
  readonly #random: Random;
  readonly #disturbed = new Map<number, Disturbed>();
  readonly #applied = new Map<number, Applied>();
  /** Links that carry nothing until then: their connection is being made. */
  readonly #downUntil = new Map<number, number>();
  /** Until when a link waits for a packet that was lost; and until when one with a limit is busy. */
  readonly #resendUntil = new Map<number, number>();
  readonly #busyUntil = new Map<number, number>();
  /** When the second copy of the message that was asked for last arrives. */
  #copyUs: number | undefined;

  constructor(options: FaultyNetworkOptions) {
    const law = lawOf(options.conditions);
    super(STRIDE, () => law, options.random.split('delays'));
    this.#o = options;
    this.#random = options.random.split('links');
  }

  override arrival(from: NodeId, to: NodeId, nowUs: number, message: unknown): number | undefined {
    this.#copyUs = undefined;
    const link = from * STRIDE + to;
    if (this.#downUntil.size > 0 && nowUs < (this.#downUntil.get(link) ?? 0)) return undefined;
    const disturbed = this.#disturbed.get(link);
    if (disturbed === undefined) return super.arrival(from, to, nowUs);
    if (this.#swallowed(disturbed)) return undefined;
    return this.#throughFrames(disturbed, link, nowUs, message);
  }

  override repeatArrival(): number | undefined {
    return this.#copyUs;
  }

  /** False: the link was cut, or its connection lost, while the message was under way. */
  passes(from: NodeId, to: NodeId): boolean {
    const disturbed = this.#disturbed.get(from * STRIDE + to);
    return disturbed === undefined || !this.#swallowed(disturbed);
  }

  /** True: the fault is one of links or messages, and it is applied. */
  apply(fault: Fault): boolean {
    const counters: Record<string, number> = {};
    let any = false;
    for (const link of fault.links) {
      const [from, to] = link;
      const frames = effectOf(fault, from, to);
      const packets = packetsOf(fault);
      if (frames === undefined && packets === undefined) continue;
      any = true;
      const at = this.#at(linkOf(link));
      if (frames !== undefined) at.frames.push(activate(fault, frames, link, counters));
      if (packets !== undefined) {
        const { id, random } = activate(fault, NO_EFFECT, link, counters);
        at.packets.push({ id, random, counters, effect: packets, left: 0 });
      }
    }
    if (any)
      this.#applied.set(fault.id, { links: fault.links, counters, sinceUs: this.#o.nowUs() });
    return any;
  }

  /** What the fault did so far: `framesLost`, `messagesDelayed`, `packets`, … */
  counters(id: number): Readonly<Record<string, number>> {
    return { ...this.#applied.get(id)?.counters };
  }

  /** Ends a fault; returns its last counters. */
  undo(id: number): Readonly<Record<string, number>> {
    const applied = this.#applied.get(id);
    if (applied === undefined) return {};
    this.#applied.delete(id);
    for (const link of applied.links) {
      const at = this.#at(linkOf(link));
      const cut = at.frames.some((active) => active.id === id && active.effect.kind === 'cut');
      remove(at.frames, id);
      remove(at.packets, id);
      if (at.frames.length + at.packets.length === 0) this.#disturbed.delete(linkOf(link));
      if (cut && this.#o.nowUs() - applied.sinceUs >= SILENCE_US * this.#o.scale)
        this.#down(link, this.#random.below(REDIAL_US) * this.#o.scale);
    }
    return { ...applied.counters };
  }

  /** The connections between the ends of these links are lost, and made again at once. Returns how many. */
  disconnect(links: readonly Link[]): number {
    const pairs = new Set(links.map(([a, b]) => (a < b ? `${a} ${b}` : `${b} ${a}`)));
    for (const pair of pairs) {
      const [low, high] = RECONNECT_US;
      this.#down(pair.split(' ') as unknown as Link, this.#random.between(low, high));
    }
    return pairs.size;
  }

  /** The others give up a node that has stood still for too long: what is sent now never arrives. */
  silence(node: NodeName, others: readonly NodeName[]): void {
    for (const other of others) if (other !== node) this.#down([node, other], Infinity);
  }

  /** It goes on: its links are made anew. */
  redial(node: NodeName, others: readonly NodeName[]): void {
    for (const other of others)
      if (other !== node) this.#down([node, other], this.#random.below(REDIAL_US) * this.#o.scale);
  }

  /** Both directions. */
  #down([a, b]: Link, forUs: number): void {
    for (const link of [linkOf([a, b]), linkOf([b, a])])
      this.#downUntil.set(link, this.#o.nowUs() + forUs);
  }

  #at(link: number): Disturbed {
    let at = this.#disturbed.get(link);
    if (at === undefined) this.#disturbed.set(link, (at = { frames: [], packets: [] }));
    return at;
  }

  /** True: a partition takes it. */
  #swallowed({ frames }: Disturbed): boolean {
    const cut = frames.find(({ effect }) => effect.kind === 'cut' || effect.kind === 'mute');
    if (cut !== undefined) count(cut, 'framesLost');
    return cut !== undefined;
  }

  /** As the link proxy does: what single messages suffer, then what the whole link does. */
  #throughFrames(
    disturbed: Disturbed,
    link: number,
    nowUs: number,
    message: unknown,
  ): number | undefined {
    for (const active of disturbed.frames) {
      const { effect } = active;
      if (!('percent' in effect) || !active.random.chance(effect.percent * 100, 10_000)) continue;
      if (effect.kind === 'lose') {
        count(active, 'messagesLost');
        return undefined;
      }
      if (effect.kind === 'repeat') {
        count(active, 'messagesRepeated');
        const laterUs = nowUs + active.random.below(effect.delayMs * 1000 + 1);
        this.#copyUs = this.#throughLink(disturbed, link, laterUs, message);
      } else {
        count(active, effect.counter);
        // It waits alone: others pass it.
        const heldUs = Math.round(delayOf(active, effect) * 1000);
        return this.#throughLink(disturbed, link, nowUs + heldUs, message);
      }
    }
    return this.#throughLink(disturbed, link, nowUs, message, true);
  }

  /** `inOrder`: those that come later wait for it. */
  #throughLink(
    disturbed: Disturbed,
    link: number,
    nowUs: number,
    message: unknown,
    inOrder = false,
  ): number | undefined {
    let atUs = nowUs;
    for (const active of disturbed.frames) {
      const { effect } = active;
      if (effect.kind === 'delay') atUs += Math.round(delayOf(active, effect) * 1000);
      else if (effect.kind === 'rate') {
        const free = Math.max(this.#busyUntil.get(link) ?? 0, nowUs);
        const us = (this.#o.sizeOf(message) / effect.bytesPerMs) * 1000;
        this.#busyUntil.set(link, free + us);
        atUs = Math.max(atUs, Math.round(free + us));
      } else continue;
      count(active, 'framesDelayed');
    }
    for (const active of disturbed.packets) {
      const resent = this.#throughPackets(active, link, atUs);
      if (resent === undefined) return undefined;
      atUs = resent;
    }
    const waits = Math.max(atUs, this.#resendUntil.get(link) ?? 0);
    const [from, to] = [Math.floor(link / STRIDE), link % STRIDE];
    return inOrder ? super.arrival(from, to, waits) : waits + this.#o.conditions.link.us[0];
  }

  /** When TCP gets the packet through; undefined: the link was given up before. */
  #throughPackets(active: ActivePackets, link: number, nowUs: number): number | undefined {
    const { effect, random } = active;
    count(active, 'packetsExposed');
    const struck = active.left > 0 || random.chance(effect.percent * 100, 10_000);
    if (!struck) return nowUs;
    if (effect.kind === 'doubled') {
      count(active, 'packetsDuplicated');
      return nowUs;
    }
    if (effect.kind === 'overtaken') {
      count(active, 'packetsReordered');
      return nowUs + Math.round(effect.delayMs * 1000);
    }
    count(active, effect.as);
    active.left = active.left > 0 ? active.left - 1 : effect.burst - 1;
    // What is lost behind another lost one comes with it.
    const waitingUs = this.#resendUntil.get(link) ?? 0;
    if (nowUs < waitingUs) return waitingUs;
    let waitUs = RESEND_US;
    for (
      let tries = 1;
      tries < MOST_RESENDS && random.chance(effect.percent * 100, 10_000);
      tries++
    )
      waitUs += RESEND_US * 2 ** tries;
    if (waitUs < SILENCE_US * this.#o.scale) {
      this.#resendUntil.set(link, nowUs + waitUs);
      return nowUs + waitUs;
    }
    const redialUs = (SILENCE_US + this.#random.below(REDIAL_US)) * this.#o.scale;
    this.#down(namesOf(link), redialUs);
    return undefined;
  }
}

function lawOf({ link }: SimConditions): LinkLaw {
  return {
    minUs: link.us[0],
    spanUs: link.us[1],
    slow: link.slow,
    slowFactor: link.slowFactor,
    loss: [0, 1],
    repeat: [0, 1],
    ordered: true,
  };
}

/** For generators only. */
const NO_EFFECT: Effect = { kind: 'mute' };

/** What the fault does to packets; undefined: it is none of packets. */
function packetsOf({ kind, shape, params }: Fault): PacketEffect | undefined {
  const percent = params['percent'] ?? 20;
  switch (`${kind}:${shape}`) {
    case 'loss:steady':
    case 'loss:burst':
      return { kind: 'packets', percent, burst: params['burst'] ?? 1, as: 'packets' };
    case 'link:corrupt':
      return { kind: 'packets', percent, burst: 1, as: 'packetsDiscarded' };
    case 'link:reorder':
      return { kind: 'overtaken', percent, delayMs: params['delayMs'] ?? 10 };
    case 'link:duplicate':
      return { kind: 'doubled', percent };
    default:
      return undefined;
  }
}

function linkOf([from, to]: Link): number {
  return idOf(from) * STRIDE + idOf(to);
}

function namesOf(link: number): Link {
  return [nodeName(Math.floor(link / STRIDE)), nodeName(link % STRIDE)];
}

function idOf(name: NodeName): NodeId {
  return nodeId(name) as NodeId;
}

function remove(list: { readonly id: number }[], id: number): void {
  for (let i = list.length - 1; i >= 0; i--) if (list[i]?.id === id) list.splice(i, 1);
}
