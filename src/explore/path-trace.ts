/** A path in the words of a trace, to be drawn; and each of its steps as a line. */
import { nodeName } from '../base/node-name.ts';
import type { ShownEvent } from '../base/trace-event.ts';
import { Tracer, messageText } from '../trace/tracer.ts';
import type { Letter, NodeInput, Transition } from './machines.ts';
import type { Move } from './posts.ts';
import type { Space, StepTaken } from './space.ts';

/** One line: `n2 receives INV k0 2.0 ="a" from n1`. */
export function stepText(space: Space, step: StepTaken): string {
  if (step.by === 'environment') return step.choice.name;
  const node = nodeName(step.node);
  const letter = space.machines.letters[step.move.letter];
  if (letter === undefined) return `${node} ${inputOf(space, step.node, step.move).name}`;
  const what = `${space.model.protocol.show(letter.message)} from ${nodeName(letter.from.id)}`;
  if (step.move.charge === 'loss') return `${node} never gets ${what}`;
  return `${node} receives ${what}${step.move.charge === 'dup' ? ', which stays under way' : ''}`;
}

/** Events of a path; `at` is the number of the step, from 1. */
export function traceOf(space: Space, steps: readonly StepTaken[]): ShownEvent[] {
  const writer = new PathTrace(space);
  let state = space.initial;
  steps.forEach((step, i) => {
    writer.step(i + 1, step, state);
    state = space.again(state, step) as Uint32Array;
  });
  return writer.events;
}

class PathTrace {
  readonly events: ShownEvent[] = [];
  readonly #space: Space;
  readonly #tracers: readonly Tracer[];
  /** By letter: the sends of it that are under way. In a set the last one stays for ever. */
  readonly #underWay = new Map<number, string[]>();
  #sends = 0;

  constructor(space: Space) {
    this.#space = space;
    this.#tracers = space.model.configs.map(
      ({ self }) => new Tracer(space.model.protocol, nodeName(self), (e) => this.events.push(e)),
    );
  }

  step(at: number, step: StepTaken, before: Uint32Array): void {
    const moves = step.by === 'node' ? [[step.node, step.move] as const] : step.moves;
    for (const [node, move] of moves) this.#move(at, node, move, before);
  }

  #move(at: number, node: number, move: Move, before: Uint32Array): void {
    const tracer = this.#tracers[node]!;
    const { machines, posts } = this.#space;
    const letter = machines.letters[move.letter];
    if (letter !== undefined && move.charge === 'loss') return this.#lost(at, letter, move.letter);
    if (letter !== undefined)
      tracer.receive(at, letter.from.id, letter.message, this.#arrives(move));
    else this.#begins(at, node, move);
    const local = posts.locals[before[node] as number] as number;
    const made = machines.transitions[machines.step(local, move.input)];
    if (made !== undefined) this.#effects(at, tracer, made);
    const { state, crash } = machines.locals[posts.locals[move.next] as number]!;
    if (crash === undefined) tracer.end(at, state);
  }

  #begins(at: number, node: number, move: Move): void {
    const tracer = this.#tracers[node]!;
    const { input } = inputOf(this.#space, node, move);
    if (input.kind === 'request') tracer.request(at, input.id, input.command, `c${input.id}`);
    else if (input.kind === 'timer') tracer.timer(at, input.timer);
    else if (input.kind === 'boot') this.events.push({ type: 'restart', at, node: nodeName(node) });
    else this.#ordered(at, node, inputOf(this.#space, node, move).name);
  }

  /** Views are told by the machine itself when it installs them. */
  #ordered(at: number, node: number, name: string): void {
    if (name.includes('lease'))
      this.events.push({ type: 'lease', at, node: nodeName(node), held: name.includes('gets') });
  }

  #effects(at: number, tracer: Tracer, made: Transition): void {
    const { machines, model } = this.#space;
    for (const list of made.sends)
      for (const id of machines.lists[list] ?? []) {
        if (model.network === 'set' && this.#underWay.has(id)) continue;
        const name = `m${++this.#sends}`;
        this.#underWay.set(id, [...(this.#underWay.get(id) ?? []), name]);
        const { to, message } = machines.letters[id] as Letter;
        tracer.send(at, to, message, name);
      }
    for (const one of machines.happenings[made.happenings] ?? [])
      if (one.what === 'told') tracer.reply(at, one.id, one.result);
      else if (one.what === 'event') tracer.event(at, one.event);
  }

  #arrives({ letter, charge }: Move): string {
    const names = this.#underWay.get(letter) ?? [];
    const stays = this.#space.model.network === 'set' || charge === 'dup';
    return (stays ? names[0] : names.shift()) ?? '';
  }

  #lost(at: number, { from, to, message }: Letter, id: number): void {
    this.events.push({
      type: 'drop',
      at,
      node: nodeName(from.id),
      id: this.#underWay.get(id)?.shift() ?? '',
      to: nodeName(to),
      ...messageText(this.#space.model.protocol, message),
    });
  }
}

function inputOf(space: Space, node: number, move: Move): NodeInput {
  return space.machines.inputs[node]![move.input] as NodeInput;
}
