/**
 * The data path as a machine of its own: one input, the rule for it, then the keys that changed are
 * settled. Membership reaches it through `install` and `leaseUntilUs` only.
 */
import { random } from '../../base/random.ts';
import type { NodeRef } from '../../base/operation.ts';
import type { Config } from '../machine.ts';
import type { MembershipHints } from '../membership.ts';
import { bugsOf } from './bugs.ts';
import { onAck, retransmit } from './coordinator.ts';
import { onDeadline } from './deadlines.ts';
import { isEarly, witness } from './early-validation.ts';
import { onInv, onVal } from './follower.ts';
import type { HermesMessage } from './messages.ts';
import { optionsOf } from './options.ts';
import { onReplay, onRetry } from './settle.ts';
import {
  COUNTERS,
  type Core,
  type Counter,
  type HermesEffects,
  type Installed,
  type KeyRec,
  STATE_NAMES,
  recordOf,
} from './state.ts';
import { ZERO, compareTs, compareVersions } from './timestamp.ts';
import { TRANSFER_TIMER, onChunk, onChunkRequest, onTransferTimer } from './transfer.ts';

/** A node without keys, in no view. */
export function newCore(config: Config, incarnation: number, out: HermesEffects): Core {
  const bugs = bugsOf(config);
  return {
    config,
    self: { id: config.self, inc: incarnation },
    options: optionsOf(config),
    bugs,
    compare: bugs['no-tie-break'] ? compareVersions : compareTs,
    random: config.seed === undefined ? undefined : random(`${config.seed}/${config.self}`),
    installed: undefined,
    leaseUntilUs: 0,
    lost: false,
    keys: new Map(),
    open: [],
    openDone: 0,
    deadlineArmedUs: 0,
    queued: 0,
    eager: [],
    eagerRunning: 0,
    transfer: undefined,
    listing: undefined,
    unsettled: [],
    roundTripUs: config.timing.roundTripUs,
    census: STATE_NAMES.map(() => 0),
    counters: Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Record<Counter, number>,
    lastInv: ZERO,
    nowUs: 0,
    out,
    hints: UNHEARD,
  };
}

/** Until the membership is there. */
const UNHEARD: MembershipHints = { suspect() {}, behind() {}, caughtUp() {} };

type Handlers = {
  readonly [K in HermesMessage['kind']]: (
    s: Core,
    installed: Installed,
    from: NodeRef,
    message: Extract<HermesMessage, { kind: K }>,
  ) => void;
};

/** One handler per kind: a message without one does not compile. */
const HANDLERS: Handlers = {
  INV: (s, installed, from, m) => {
    s.lastInv = m.ts;
    onInv(s, installed, from, m, recordOf(s, m.key));
  },
  ACK: (s, installed, from, m) => {
    const known = s.keys.get(m.key);
    if (known !== undefined) onAck(s, installed, from, m, known);
    if (s.options.o3 && !m.sup) early(s, installed, from, m, known);
  },
  VAL: (s, _installed, _from, m) => {
    const rec = s.keys.get(m.key);
    if (rec !== undefined) onVal(s, m, rec);
  },
  CHUNK_REQ: onChunkRequest,
  CHUNK: onChunk,
};

/** O3: the acknowledgement may come before the INV that it answers. */
function early(
  s: Core,
  installed: Installed,
  from: NodeRef,
  m: Extract<HermesMessage, { kind: 'ACK' }>,
  known: KeyRec | undefined,
): void {
  if (isEarly(s, false)) witness(s, installed, known ?? recordOf(s, m.key), m.ts, from.id);
}

/** A message of a peer: dropped unless it speaks of the installed view and comes from it. */
export function onMessage(s: Core, from: NodeRef, m: HermesMessage): void {
  const { installed } = s;
  const sender = installed === undefined ? undefined : senderOf(s, installed, from, m);
  if (installed === undefined || sender === undefined) {
    drop(s, from, m);
    return;
  }
  // The union of handlers wants the intersection of messages; the kind says which one it is.
  (HANDLERS[m.kind] as Handlers[typeof m.kind] & ((...args: unknown[]) => void))(
    s,
    installed,
    sender,
    m as never,
  );
}

function senderOf(
  s: Core,
  installed: Installed,
  from: NodeRef,
  m: HermesMessage,
): NodeRef | undefined {
  const member = installed.members[from.id];
  if (member?.inc === from.inc && m.epoch === installed.view.epoch) return member;
  const copying = m.kind === 'CHUNK_REQ' || m.kind === 'CHUNK';
  const anyEpoch = s.bugs['epoch-not-checked'] || (copying && s.bugs['chunk-from-old-epoch']);
  return anyEpoch ? from : undefined;
}

function drop(s: Core, from: NodeRef, m: HermesMessage): void {
  s.counters.dropped++;
  if (s.out.quiet !== true)
    s.out.event({ type: 'drop', ...('key' in m ? { key: m.key } : {}), detail: m });
  const epoch = s.installed?.view.epoch ?? 0;
  if (m.epoch > epoch) s.hints.behind(m.epoch, from);
}

/** A timer of the data path went off. Unknown ones, of keys that are gone, do nothing. */
export function onTimer(s: Core, timer: string): void {
  if (timer === 'deadline') {
    onDeadline(s);
    return;
  }
  if (timer === TRANSFER_TIMER) {
    onTransferTimer(s);
    return;
  }
  const space = timer.indexOf(' ');
  const rec = s.keys.get(timer.slice(space + 1));
  const { installed } = s;
  if (rec === undefined || installed === undefined) return;
  KEY_TIMERS[timer.slice(0, space)]?.(s, installed, rec);
}

const KEY_TIMERS: Readonly<Record<string, (s: Core, installed: Installed, rec: KeyRec) => void>> = {
  retransmit,
  replay: onReplay,
  retry: (s, _installed, rec) => onRetry(s, rec),
};
