/**
 * Swarm testing (Groce et al., ISSTA 2012): a run with every fault at once hides what one with a few of
 * them finds. So each seed draws which kinds take part, in which shapes, how densely they follow each
 * other, and how strong they are. Every kind draws from a label of its own. Pure.
 */
import type { Random } from '../base/random.ts';
import type { Fault } from './fault.ts';
import type { FaultChoice } from './nemesis.ts';

const STRENGTHS = [0.4, 1, 1, 1.5] as const;
const PACES = [0.5, 1, 1, 2.5] as const;
const MOST_PERCENT = 90;

/** The choices that take part: those that were named, and what the seed draws of the others; never none. */
export function drawSwarm(random: Random, choices: readonly FaultChoice[]): FaultChoice[] {
  const drawn = choices.map((choice) => {
    if (choice.swarm !== true) return choice;
    const own = random.split(`swarm ${choice.kind}`);
    return own.chance(1, 2) ? drawShapes(own, choice) : undefined;
  });
  const taken = drawn.filter((choice) => choice !== undefined);
  if (taken.length > 0 || choices.length === 0) return taken;
  const one = random.split('swarm one').pick(choices);
  return [drawShapes(random.split(`swarm ${one.kind}`), one)];
}

function drawShapes(random: Random, choice: FaultChoice): FaultChoice {
  const some = choice.shapes.filter(() => random.chance(1, 2));
  const shapes = some.length > 0 ? some : [random.pick(choice.shapes)];
  return { ...choice, shapes, strength: random.pick(STRENGTHS) };
}

/** Scale of the gaps between faults. 1 where nothing was drawn by a swarm. */
export function paceOf(random: Random, choices: readonly FaultChoice[]): number {
  return choices.some(({ swarm }) => swarm) ? random.split('swarm pace').pick(PACES) : 1;
}

/** The fault, so much stronger or weaker: more or fewer of the messages or packets. */
export function withStrength(fault: Fault, strength = 1): Fault {
  const { percent } = fault.params;
  if (strength === 1 || percent === undefined) return fault;
  const scaled = Math.max(1, Math.min(MOST_PERCENT, Math.round(percent * strength)));
  return { ...fault, params: { ...fault.params, percent: scaled } };
}
