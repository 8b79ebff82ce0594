/**
 * A membership that does as it is told, for tests and exploration: admin commands install a view or
 * set the lease at one node. Nothing is checked and nothing is agreed on: that is up to the script.
 */
import { type Membership, type View, firstView } from './membership.ts';

/** What a script may order. `untilUs` is absolute local time. */
export type ScriptedCommand =
  | { readonly f: 'view'; readonly view: View }
  | { readonly f: 'lease'; readonly untilUs: number };

export const scriptedMembership: Membership<undefined, never, never, ScriptedCommand> = {
  init(config, boot, _nowUs, _out, port) {
    if (boot.incarnation !== 1) return undefined;
    port.view(firstView(config.members));
    port.lease(Infinity);
    return undefined;
  },
  step(_s, input, _nowUs, out, port) {
    if (input.kind !== 'admin') return;
    if (input.command.f === 'view') port.view(input.command.view);
    else port.lease(input.command.untilUs);
    out.reply(input.id, { type: 'done' }, 0);
  },
  suspect() {},
  behind() {},
  caughtUp() {},
  standing: () => ({ left: false }),
  save() {},
  load: () => undefined,
};
