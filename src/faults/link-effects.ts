/**
 * What can be done to the frames of one direction of a link, and which fault asks for what: by the link
 * proxy to those of real replicas, by the simulator to those of its own.
 */
import type { NodeName } from '../base/operation.ts';
import type { Random } from '../base/random.ts';
import { random } from '../base/random.ts';
import { distributionOf, drawDelayMs, type Distribution } from './distribution.ts';
import type { Fault } from './fault.ts';

/** Shares are in percent, times in milliseconds. */
export type Effect =
  /** Every frame is swallowed and new connections are refused. */
  | { readonly kind: 'cut' }
  /** Protocol frames of this direction are swallowed; link control passes. */
  | { readonly kind: 'mute' }
  /** Every frame comes later, in order. */
  | {
      readonly kind: 'delay';
      readonly delayMs: number;
      readonly jitterMs: number;
      readonly distribution: Distribution;
    }
  /** No more than so many bytes in a millisecond; frames wait, in order. */
  | { readonly kind: 'rate'; readonly bytesPerMs: number }
  /** Single protocol frames: lost, sent again a little later, held while others pass. */
  | { readonly kind: 'lose'; readonly percent: number }
  | { readonly kind: 'repeat'; readonly percent: number; readonly delayMs: number }
  | {
      readonly kind: 'hold';
      readonly counter: 'messagesDelayed' | 'messagesReordered';
      readonly percent: number;
      readonly delayMs: number;
      readonly jitterMs: number;
      readonly distribution: Distribution;
    };

/** An effect on one direction, with its own chance and what it did so far. */
export interface ActiveEffect {
  readonly id: number;
  readonly effect: Effect;
  readonly random: Random;
  /** Shared by all directions of the fault. */
  readonly counters: Record<string, number>;
}

/** Values where a fault names none (see the table in `faults/shapes.ts`). */
const DEFAULTS = { percent: 20, delayMs: 30, jitterMs: 10, kbit: 256 } as const;

const BITS_PER_BYTE = 8;

/**
 * What the fault does to `from → to`, one of its links; undefined: it is no fault of frames. A
 * partition that lists a link in both directions cuts it; in one direction alone it mutes it.
 */
export function effectOf(fault: Fault, from: NodeName, to: NodeName): Effect | undefined {
  const param = (name: keyof typeof DEFAULTS): number => fault.params[name] ?? DEFAULTS[name];
  const delayMs = param('delayMs');
  const percent = param('percent');
  const distribution = distributionOf(fault.params['distribution']);
  switch (`${fault.kind}:${fault.kind === 'partition' ? '' : fault.shape}`) {
    case 'partition:':
      return { kind: fault.links.some(([a, b]) => a === to && b === from) ? 'cut' : 'mute' };
    case 'link:delay':
      return { kind: 'delay', delayMs, jitterMs: param('jitterMs'), distribution };
    case 'link:rate':
      return { kind: 'rate', bytesPerMs: param('kbit') / BITS_PER_BYTE };
    case 'messages:lose':
      return { kind: 'lose', percent };
    case 'messages:repeat':
      return { kind: 'repeat', percent, delayMs };
    case 'messages:delay':
      return {
        kind: 'hold',
        counter: 'messagesDelayed',
        percent: fault.params['percent'] ?? 100,
        delayMs,
        jitterMs: param('jitterMs'),
        distribution,
      };
    case 'messages:reorder':
      return {
        kind: 'hold',
        counter: 'messagesReordered',
        percent,
        delayMs: 1,
        jitterMs: Math.max(0, delayMs - 1),
        distribution: 'uniform',
      };
    default:
      return undefined;
  }
}

/** The effect set to work on `from → to`, with a generator that depends on the fault and the link. */
export function activate(
  fault: Fault,
  effect: Effect,
  link: readonly [NodeName, NodeName],
  counters: Record<string, number>,
): ActiveEffect {
  const seed = `${fault.params['seed'] ?? 0}/${fault.id}/${link.join('>')}`;
  return { id: fault.id, effect, random: random(seed), counters };
}

/** How long a frame waits, in ms. */
export function delayOf(
  { random }: ActiveEffect,
  effect: { delayMs: number; jitterMs: number; distribution: Distribution },
): number {
  return drawDelayMs(random, effect.delayMs, effect.jitterMs, effect.distribution);
}

/** Adds to one of the counters of a fault. */
export function count(active: Pick<ActiveEffect, 'counters'>, name: string, by = 1): void {
  active.counters[name] = (active.counters[name] ?? 0) + by;
}
