/**
 * A network that delays, loses, repeats, reorders and cuts, message by message.
 *
 * Chances are ratios of integers, so that a seed means the same on every machine. The network says
 * only how many copies of a message arrive and when; who carries them is the driver.
 */
import type { NodeId } from '../base/operation.ts';
import type { Random } from '../base/random.ts';

/** `numerator` of `denominator` cases. */
export type Ratio = readonly [numerator: number, denominator: number];

/** How one link treats messages. */
export interface LinkLaw {
  /** Delay: from `minUs`, evenly over `spanUs` more. */
  readonly minUs: number;
  readonly spanUs: number;
  /** Stragglers: this part of the messages takes up to `slowFactor` times longer. */
  readonly slow: Ratio;
  readonly slowFactor: number;
  readonly loss: Ratio;
  /** This part arrives twice, each copy with a delay of its own. */
  readonly repeat: Ratio;
  /** True: messages of a link never overtake each other, as on one TCP connection. */
  readonly ordered: boolean;
}

/** Nothing goes wrong: 100 µs, in order. */
export const CALM: LinkLaw = {
  minUs: 100,
  spanUs: 0,
  slow: [0, 1],
  slowFactor: 1,
  loss: [0, 1],
  repeat: [0, 1],
  ordered: true,
};

/** What becomes of messages on their way. */
export interface Carrier {
  /** When it arrives (true time, µs), or undefined: it is lost. Asked once for each message. */
  arrival(from: NodeId, to: NodeId, nowUs: number, message: unknown): number | undefined;
  /** When a second copy of the same message arrives, or undefined: there is none. Asked right after. */
  repeatArrival(from: NodeId, to: NodeId, nowUs: number): number | undefined;
  /** False: what arrives now on this link is lost after all. Absent: it never is. */
  passes?(from: NodeId, to: NodeId): boolean;
}

export class Network implements Carrier {
  readonly #laws: readonly LinkLaw[];
  readonly #nodes: number;
  readonly #random: Random;
  /** How many faults cut each link; 0: it is open. */
  readonly #cuts: Uint8Array;
  readonly #lastArrival: Float64Array;

  /** `law(from, to)` is asked once per link. */
  constructor(nodes: number, law: (from: NodeId, to: NodeId) => LinkLaw, random: Random) {
    this.#nodes = nodes;
    this.#random = random;
    this.#laws = Array.from({ length: nodes * nodes }, (_, link) =>
      law(Math.floor(link / nodes), link % nodes),
    );
    this.#cuts = new Uint8Array(nodes * nodes);
    this.#lastArrival = new Float64Array(nodes * nodes);
  }

  /** Cuts one direction. Cuts of one link add up: each needs its own `heal`. */
  cut(from: NodeId, to: NodeId): void {
    this.#cuts[from * this.#nodes + to]! += 1;
  }

  heal(from: NodeId, to: NodeId): void {
    const link = from * this.#nodes + to;
    if ((this.#cuts[link] as number) > 0) this.#cuts[link]! -= 1;
  }

  /** Delay of the next copy, µs, or undefined: this message is lost. */
  arrival(from: NodeId, to: NodeId, nowUs: number, _message?: unknown): number | undefined {
    const link = from * this.#nodes + to;
    const law = this.#laws[link] as LinkLaw;
    if ((this.#cuts[link] as number) > 0 || this.#happens(law.loss)) return undefined;
    return this.#delayed(link, law, nowUs);
  }

  /** When a second copy of the same message arrives, or undefined: there is none. */
  repeatArrival(from: NodeId, to: NodeId, nowUs: number): number | undefined {
    const link = from * this.#nodes + to;
    const law = this.#laws[link] as LinkLaw;
    return this.#happens(law.repeat) ? this.#delayed(link, law, nowUs) : undefined;
  }

  #delayed(link: number, law: LinkLaw, nowUs: number): number {
    let delay = law.minUs + (law.spanUs > 0 ? this.#random.below(law.spanUs) : 0);
    if (this.#happens(law.slow)) delay *= 1 + this.#random.below(law.slowFactor);
    const at = nowUs + delay;
    if (!law.ordered) return at;
    const ordered = Math.max(at, this.#lastArrival[link] as number);
    this.#lastArrival[link] = ordered;
    return ordered;
  }

  #happens(ratio: Ratio): boolean {
    return ratio[0] > 0 && this.#random.chance(ratio[0], ratio[1]);
  }
}
