/** The states that were found as a graph for Graphviz. */
import { nodeName } from '../base/node-name.ts';
import { UserError } from '../base/user-error.ts';
import { stepText } from './path-trace.ts';
import type { Search } from './search.ts';
import type { Space } from './space.ts';

const MOST = 2000;

/** Every state with how each key stands at each node; every step an arrow. Throws a `UserError`. */
export function dotOf(search: Search): string {
  const { space, distinct } = search;
  if (distinct > MOST)
    throw new UserError(
      `A graph of ${distinct} states cannot be read.`,
      `At most ${MOST} are drawn: take a smaller configuration, or --max-states ${MOST}.`,
    );
  const lines = ['digraph states {', '  node [shape=box fontname="monospace"]'];
  const wrong = search.end?.type === 'violation' ? search.end.state : -1;
  for (let id = 0; id < distinct; id++) {
    const state = search.state(id);
    const color = id === wrong ? ' color=red' : '';
    lines.push(`  s${id} [label=${quoted(stateLines(space, state).join('\n'))}${color}]`);
    for (const { step, next } of space.steps(state)) {
      const to = search.find(space.canonical(space.settle(next)));
      if (to >= 0 && to !== id)
        lines.push(`  s${id} -> s${to} [label=${quoted(stepText(space, step))}]`);
    }
  }
  return [...lines, '}', ''].join('\n');
}

/** `n1  V 2.0=a   under way to it: 2`, a line for each node. */
export function stateLines(space: Space, state: Uint32Array): string[] {
  return space.model.configs.map(({ self }) => {
    const post = state[self] as number;
    const local = space.machines.locals[space.posts.locals[post] as number]!;
    if (local.crash !== undefined) return `${nodeName(self)}  ${local.crash}`;
    const keys = space.keys().map((key) => {
      const { state: name, ts, value } = space.model.protocol.peek(local.state, key);
      const text = value === null ? '' : `=${Buffer.from(value).toString('latin1')}`;
      return `${name} ${ts}${text}`;
    });
    const { role, epoch } = space.model.protocol.machine.status(local.state, 0);
    const view = epoch === 1 && role === 'full' ? '' : `   ${role} in epoch ${epoch}`;
    const waiting = space.posts.letters(post).length;
    return `${nodeName(self)}  ${keys.join('  ')}${view}${waiting === 0 ? '' : `   ${waiting} under way to it`}`;
  });
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\l')}\\l"`;
}
