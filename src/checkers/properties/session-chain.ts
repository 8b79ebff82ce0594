/** Why one operation lies in the past of another: steps within sessions, and reads of writes. */
import type { Call } from '../calls.ts';
import type { Look, Moment, Sessions, Write } from './session-history.ts';

/** The shortest chain from one to the other, both included; the two alone if there is none. */
export function chainBetween(sessions: Sessions, from: Write, to: Write | Look): readonly Call[] {
  const next = links(sessions.moments);
  const came = new Map<Call, Call | undefined>([[from.call, undefined]]);
  const queue: Call[] = [from.call];
  for (const call of queue) {
    if (call === to.call) return pathTo(call, came);
    for (const then of next.get(call) ?? [])
      if (!came.has(then)) {
        came.set(then, call);
        queue.push(then);
      }
  }
  return [from.call, to.call];
}

function pathTo(last: Call, came: ReadonlyMap<Call, Call | undefined>): Call[] {
  const path: Call[] = [];
  for (let at: Call | undefined = last; at !== undefined; at = came.get(at)) path.unshift(at);
  return path;
}

function links(moments: readonly Moment[]): Map<Call, Call[]> {
  const next = new Map<Call, Call[]>();
  const link = (a: Call, b: Call): void => {
    const known = next.get(a);
    if (known === undefined) next.set(a, [b]);
    else known.push(b);
  };
  const last = new Map<number, Call>();
  for (const moment of moments) {
    const { call, session } = 'write' in moment ? moment.write : moment.look;
    const before = last.get(session);
    if (before !== undefined && before !== call) link(before, call);
    last.set(session, call);
    if ('look' in moment) for (const write of moment.look.saw) link(write.call, call);
  }
  return next;
}
