/** A walk through the states by hand: every step numbered, back, and the way so far as numbers. */
import { stateLines } from './dot.ts';
import { traceOf, stepText } from './path-trace.ts';
import type { ShownEvent } from '../base/trace-event.ts';
import type { Violation } from './model.ts';
import type { Space, StepTaken } from './space.ts';

export class ByHand {
  readonly space: Space;
  /** Numbers of the steps taken, from 1. */
  readonly path: number[] = [];
  readonly #states: Uint32Array[];
  readonly #taken: StepTaken[] = [];

  constructor(space: Space) {
    this.space = space;
    this.#states = [space.initial.slice()];
  }

  get #at(): Uint32Array {
    return this.#states.at(-1) as Uint32Array;
  }

  /** How the nodes stand. */
  state(): string[] {
    return stateLines(this.space, this.#at);
  }

  /** What may happen next, in the order of the numbers. */
  steps(): string[] {
    return this.#steps().map(({ text }) => text);
  }

  violation(): Violation | undefined {
    return this.space.wrong(this.#at);
  }

  events(): ShownEvent[] {
    return traceOf(this.space, this.#taken);
  }

  /** Takes the step of that number. False: there is none. */
  take(number: number): boolean {
    const chosen = this.#steps()[number - 1];
    if (chosen === undefined) return false;
    this.path.push(number);
    this.#taken.push(chosen.step);
    this.#states.push(chosen.next);
    return true;
  }

  /** Takes the last step back. False: this is the start. */
  back(): boolean {
    if (this.path.length === 0) return false;
    this.path.pop();
    this.#taken.pop();
    this.#states.pop();
    return true;
  }

  /** By their lines: numbers do not depend on what was seen before. */
  #steps(): { text: string; step: StepTaken; next: Uint32Array }[] {
    return this.space
      .steps(this.#at)
      .map(({ step, next }) => ({ text: stepText(this.space, step), step, next }))
      .toSorted((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
  }
}
