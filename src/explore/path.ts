/**
 * From a state that was found back to the steps that lead to it: one at a time, as they would be taken by
 * hand, and none that the end can do without.
 */
import type { Space, StepTaken } from './space.ts';

/** The steps along these states, of which each follows from the one before. */
export function stepsAlong(space: Space, states: readonly Uint32Array[]): StepTaken[] {
  const taken: StepTaken[] = [];
  let at: Uint32Array = space.initial;
  for (const wanted of states.slice(1)) {
    const found = space
      .steps(at)
      .find(({ next }) => equal(space.canonical(space.settle(next)), wanted));
    if (found === undefined) throw new Error('a state does not follow from the one before it');
    taken.push(found.step);
    at = found.next;
    for (let more = quiet(space, at); more !== undefined; more = quiet(space, at)) {
      taken.push(more.step);
      at = more.next;
    }
  }
  return taken;
}

/** A delivery that changes nothing but what is under way. */
function quiet(space: Space, state: Uint32Array): ReturnType<Space['steps']>[number] | undefined {
  const settled = space.settle(state);
  if (equal(settled, state)) return undefined;
  return space.steps(state).find(({ next }) => equal(space.settle(next), settled));
}

/** Leaves out steps, the last ones first, as long as the end is as bad. */
export function shortest(
  space: Space,
  steps: readonly StepTaken[],
  bad: (state: Uint32Array) => boolean,
): readonly StepTaken[] {
  let kept = steps;
  for (let i = steps.length - 1; i >= 0; i--) {
    const without = kept.toSpliced(i, 1);
    const end = endOf(space, without);
    if (end !== undefined && bad(end)) kept = without;
  }
  return kept;
}

/** Where steps lead from the start; undefined: one of them does not exist. */
function endOf(space: Space, steps: readonly StepTaken[]): Uint32Array | undefined {
  let at: Uint32Array | undefined = space.initial;
  for (const step of steps) at = at && space.again(at, step);
  return at;
}

function equal(a: Uint32Array, b: Uint32Array): boolean {
  return a.every((x, i) => x === b[i]);
}
