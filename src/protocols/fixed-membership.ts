/**
 * A membership that never changes: epoch 1, all configured nodes with incarnation 1, a lease
 * without end. A node that was started again has a higher incarnation, is in no view, and refuses
 * everything.
 */
import { type Membership, firstView } from './membership.ts';

/** No state, no messages, no records, no commands. */
export const fixedMembership: Membership<undefined, never, never, never> = {
  init(config, boot, _nowUs, _out, port) {
    if (boot.incarnation !== 1) return undefined;
    port.view(firstView(config.members));
    port.lease(Infinity);
    return undefined;
  },
  step() {},
  suspect() {},
  behind() {},
  caughtUp() {},
  standing: () => ({ left: false }),
  save() {},
  load: () => undefined,
};
