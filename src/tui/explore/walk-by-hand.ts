/** `hermes explore --step`: shows where the walk is, and takes the number of the next step. */
import { createInterface } from 'node:readline';
import { UserError } from '../../base/user-error.ts';
import { drawText } from '../../diagram/draw-text.ts';
import { ByHand } from '../../explore/by-hand.ts';
import type { Space } from '../../explore/space.ts';

export interface WalkOptions {
  readonly path: readonly number[];
  /** The command that comes back here, without its path. */
  readonly again: string;
  readonly print: (line: string) => void;
  /** Shows a prompt, without a line break. */
  readonly ask: (prompt: string) => void;
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
}

const PROMPT = 'number, b(ack), d(iagram), q(uit) > ';

/** `1,4,2`. Throws a `UserError`. */
export function pathOf(text: string | undefined): readonly number[] {
  if (text === undefined || text === '') return [];
  const numbers = text.split(',').map(Number);
  if (numbers.every((n) => Number.isInteger(n) && n > 0)) return numbers;
  throw new UserError(`--path ${text} is no list of steps.`, 'Write the numbers: --path 1,4,2');
}

/** Ends with the input, or with `q`. Without a terminal it shows the end of the path only. */
export async function walkByHand(space: Space, options: WalkOptions): Promise<ByHand> {
  const walk = new ByHand(space);
  for (const number of options.path)
    if (!walk.take(number))
      throw new UserError(
        `There is no step ${number} after ${walk.path.join() || 'the start'}.`,
        `There are ${walk.steps().length}; ${lineOf(walk, options)} shows them.`,
      );
  show(walk, options);
  if (options.input.isTTY !== true) return walk;
  options.ask(PROMPT);
  for await (const line of createInterface({ input: options.input })) {
    const word = line.trim();
    if (word === 'q') break;
    act(walk, word, options);
    options.ask(PROMPT);
  }
  return walk;
}

function act(walk: ByHand, word: string, options: WalkOptions): void {
  if (word === 'd') options.print(drawText(walk.events(), { clock: 'steps' }));
  else if (word === 'b' ? walk.back() : walk.take(Number(word))) show(walk, options);
  else options.print(word === 'b' ? 'this is the start' : `there is no step ${word}`);
}

function show(walk: ByHand, options: WalkOptions): void {
  const wrong = walk.violation();
  options.print('');
  for (const line of walk.state()) options.print(`  ${line}`);
  if (wrong !== undefined) options.print(`  ✘ ${wrong.name}: ${wrong.message}`);
  options.print('');
  for (const [i, step] of walk.steps().entries())
    options.print(`${String(i + 1).padStart(4)}  ${step}`);
  options.print('');
  options.print(`  here again: ${lineOf(walk, options)}`);
}

function lineOf(walk: ByHand, { again }: WalkOptions): string {
  return `${again} --step${walk.path.length === 0 ? '' : ` --path ${walk.path.join()}`}`;
}
