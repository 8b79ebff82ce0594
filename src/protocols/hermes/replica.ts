/**
 * A Hermes replica: the data path and a membership, composed once for every host. Each input goes to
 * the part that it concerns; views and leases go from the membership to the data path, hints back.
 */
import { Reader, Writer } from '../../base/bytes.ts';
import type { NodeStatus } from '../../base/operation.ts';
import type { Effects, Input, Machine } from '../machine.ts';
import { MEMBERSHIP_TIMER, type Membership, type Standing, type ViewPort } from '../membership.ts';
import { onRequest } from './admission.ts';
import { note } from './answers.ts';
import { newCore, onMessage, onTimer } from './core.ts';
import { onGone } from './deadlines.ts';
import { type HermesGhost, hermesGhost } from './ghost.ts';
import { install } from './install.ts';
import { CONCERNS, type CoreHolder, hermesInvariants } from './invariants.ts';
import type { HermesMessage } from './messages.ts';
import { loadCore, saveCore } from './save.ts';
import { settle } from './settle.ts';
import { type Core, type HermesEffects, STATE_NAMES, operational, recordOf } from './state.ts';

/** State of a replica: its data path and its membership. */
export interface ReplicaState<MS> extends CoreHolder {
  readonly core: Core;
  readonly membership: MS;
  readonly port: ViewPort;
}

type Step<MM, MA> = Input<HermesMessage | MM, MA>;

/** The machine of a Hermes replica with this membership. */
export function hermesReplica<MS, MM extends { readonly kind: string }, MR, MA>(
  membership: Membership<MS, MM, MR, MA>,
): Machine<ReplicaState<MS>, HermesMessage | MM, MR, MA, HermesGhost> {
  type Out = Effects<HermesMessage | MM, MR>;

  /** Planted bug M18: nobody has incarnations, every life of a node is its first. */
  function reused(core: Core, input: Step<MM, MA>): Step<MM, MA> {
    if (input.kind !== 'message' || !core.bugs['no-incarnation']) return input;
    return { ...input, from: { id: input.from.id, inc: 1 } };
  }

  /** Both parts send through the same sink: each sends its own messages only. */
  function enter(core: Core, nowUs: number, out: Out): void {
    core.nowUs = nowUs;
    core.out = out as unknown as HermesEffects;
  }

  function step(s: ReplicaState<MS>, given: Step<MM, MA>, nowUs: number, out: Out): void {
    const { core } = s;
    const input = reused(core, given);
    enter(core, nowUs, out);
    switch (input.kind) {
      case 'request':
        onRequest(core, input.id, input.command, input.deadlineUs);
        break;
      case 'message':
        if (isData(input.message)) onMessage(core, input.from, input.message);
        else membership.step(s.membership, input as Input<MM, MA>, nowUs, out, s.port);
        break;
      case 'timer':
        if (!input.timer.startsWith(MEMBERSHIP_TIMER)) onTimer(core, input.timer);
        else membership.step(s.membership, input, nowUs, out, s.port);
        break;
      case 'gone':
        onGone(core, input.id);
        break;
      case 'durable':
      case 'admin':
        membership.step(s.membership, input, nowUs, out, s.port);
        break;
    }
    settle(core);
  }

  /** Hints go to the membership within the step that gives them. */
  function join(core: Core, state: MS): ReplicaState<MS> {
    const out = (): Out => core.out as unknown as Out;
    core.hints = {
      suspect: (ref) => membership.suspect(state, ref, core.nowUs, out()),
      behind: (epoch, from) => membership.behind(state, epoch, from, core.nowUs, out()),
      caughtUp: () => membership.caughtUp(state, core.nowUs, out()),
    };
    return { core, membership: state, port: portOf(core) };
  }

  return {
    init(config, given, nowUs, out) {
      const boot = config.bugs.has('no-incarnation') ? { ...given, incarnation: 1 } : given;
      const core = newCore(config, boot.incarnation, out as unknown as HermesEffects);
      enter(core, nowUs, out);
      if (out.quiet !== true) out.event({ type: 'boot', detail: core.self });
      if (given.former !== undefined && core.bugs['keep-entries'])
        keepKeys(given.former.core, core);
      const state = membership.init(config, boot, nowUs, out, portOf(core));
      settle(core);
      return join(core, state);
    },
    step,
    save(s) {
      const w = new Writer();
      saveCore(s.core, w);
      membership.save(s.membership, w);
      return Uint8Array.from(w.view());
    },
    load(bytes, config) {
      const r = new Reader(bytes);
      const core = loadCore(r, config);
      return join(core, membership.load(r, config));
    },
    status: (s, nowUs) => statusOf(s.core, nowUs, membership.standing(s.membership, nowUs)),
    ghost: hermesGhost,
    invariants: hermesInvariants,
    concerns: CONCERNS,
  };
}

/** Planted bug M28: what the life before held is held by this one too, as Invalid. */
function keepKeys(former: Core, core: Core): void {
  for (const { key, ts, value, rmw, lastWriter } of former.keys.values()) {
    const rec = recordOf(core, key);
    Object.assign(rec, { ts, value, rmw, lastWriter });
    note(core, 'adopt', rec);
  }
}

/** What the membership may do to the data path. */
function portOf(core: Core): ViewPort {
  return {
    view(view) {
      if (!install(core, view)) core.out.reborn();
    },
    lease(untilUs) {
      core.leaseUntilUs = untilUs;
    },
    lost(lost) {
      core.lost = lost;
    },
  };
}

const DATA_KINDS: Readonly<Record<HermesMessage['kind'], true>> = {
  INV: true,
  ACK: true,
  VAL: true,
  CHUNK_REQ: true,
  CHUNK: true,
};

/** True for a message of the data path; false for one of the membership. */
export function isData(message: { readonly kind: string }): message is HermesMessage {
  return message.kind in DATA_KINDS;
}

function statusOf(core: Core, nowUs: number, { left, ...standing }: Standing): NodeStatus {
  const { installed, transfer } = core;
  const leaseLeftUs =
    core.leaseUntilUs === Infinity ? null : Math.max(0, core.leaseUntilUs - nowUs);
  const keys = Object.fromEntries(STATE_NAMES.map((name, i) => [name, core.census[i] as number]));
  return {
    id: core.self.id,
    incarnation: core.self.inc,
    state: stateOf(core, nowUs, left),
    role: installed === undefined ? 'none' : installed.full ? 'full' : 'shadow',
    epoch: installed?.view.epoch ?? 0,
    members: installed === undefined ? [] : [...installed.view.full, ...installed.view.shadow],
    copying: installed?.view.shadow.map((ref) => ref.id) ?? [],
    leaseLeftUs,
    ...standing,
    ...(transfer && { transfer: { keys: transfer.keys, of: transfer.of } }),
    keys: { ...keys, all: core.keys.size },
    counters: { ...core.counters },
  };
}

function stateOf(core: Core, nowUs: number, left: boolean): NodeStatus['state'] {
  if (left) return 'left';
  if (core.lost) return 'lost';
  if (operational(core, nowUs)) return 'serving';
  if (core.installed === undefined) return 'not-member';
  return core.installed.full ? 'no-lease' : 'joining';
}
