/**
 * The published TLA+ specifications (`HSpec`, and `HRSpec` with read-modify-writes) as a model over real
 * machines: their rules, their network, their failures. It must have as many distinct states as theirs.
 *
 * Messages are addressed to nobody and stay for ever; a failure is a view change at all nodes at once;
 * versions are bounded. docs/tla.md says which action is which input.
 */
import { nodeName } from '../../base/node-name.ts';
import type { NodeId } from '../../base/operation.ts';
import { FINDINGS } from '../../protocols/hermes/findings.ts';
import type { HermesMessage } from '../../protocols/hermes/messages.ts';
import { scriptedHermes } from '../../protocols/hermes/protocol.ts';
import { compareTs, printTs } from '../../protocols/hermes/timestamp.ts';
import {
  type Config,
  HOST_TIMING,
  type Invariant,
  type Protocol,
} from '../../protocols/machine.ts';
import type { Abstraction, Choice, Environment, Model, NodeStep } from '../model.ts';
import {
  type TlaAction,
  type TlaCommits,
  type TlaNode,
  hasAllAcks,
  project,
  projectMessage,
  seen,
  tlaMachine,
} from './tla-node.ts';

export interface TlaBounds {
  /** At least 2: the last two never fail. */
  readonly nodes: number;
  /** H_MAX_VERSION. */
  readonly maxVersion: number;
  /** HRSpec; else HSpec. */
  readonly rmws: boolean;
  /**
   * What two states of a node are told apart by: the variables of the specification, or everything that
   * the machine saves. Both must give the same projected states.
   */
  readonly identity?: 'specification' | 'machine';
  /** Further planted bugs. */
  readonly bugs?: readonly string[];
  /** Our rules where the specification has others: bugs of `tlaBugs` that are not planted. */
  readonly without?: readonly string[];
  /** Options of the machine, over those of the specification. */
  readonly options?: Readonly<Record<string, boolean | number>>;
}

/** `tla-3x2` (3 nodes, version 2, HSpec), `tla-3x2-rmw` (HRSpec); undefined: another name. */
export function tlaBounds(name: string): TlaBounds | undefined {
  const [, nodes, version, rmw] = /^tla-([2-5])x([1-9])(-rmw)?$/.exec(name) ?? [];
  if (nodes === undefined || version === undefined) return undefined;
  return { nodes: Number(nodes), maxVersion: Number(version), rmws: rmw !== undefined };
}

/** Who is left. */
interface Survivors {
  readonly alive: readonly NodeId[];
}

type TlaModel = Model<TlaNode, HermesMessage, TlaAction, TlaCommits, Survivors>;

export function tlaModel(bounds: TlaBounds): TlaModel {
  const members = Array.from({ length: bounds.nodes }, (_, id) => id);
  return {
    protocol: tlaProtocol,
    configs: members.map((self) => configOf(bounds, self, members)),
    network: 'set',
    environment: environmentOf(bounds, members),
    timer: () => 'never',
    requests: new Map(),
    probes: [],
    probesWait: false,
    invariants: bounds.rmws ? { HConsistent, HRSemanticsRMW } : { HConsistent },
    linearizable: false,
    abstraction: abstractionOf(bounds, members),
    reduce: false,
    alike: [],
  };
}

const tlaProtocol = {
  ...scriptedHermes,
  name: 'hermes-tla',
  machine: tlaMachine,
  peek: (s: TlaNode, key: string) => scriptedHermes.peek(s.inner, key),
} as unknown as Protocol<TlaNode, HermesMessage, unknown, TlaAction, TlaCommits>;

/**
 * Which of our rules the specification does not have. F6 is not among them: since 2024 it forgets all
 * acknowledgements with a failure. Nor has it help, or VALs that answer an INV.
 */
export function tlaBugs(rmws: boolean): readonly string[] {
  const findings = FINDINGS.filter(({ id }) => id !== 'F6').flatMap(({ bugs }) => bugs);
  // HSpec counts versions by one; HRSpec leaves room between two writes.
  return [...findings, 'no-help', 'val-own-ignored', ...(rmws ? [] : ['write-plus-one'])];
}

function configOf(bounds: TlaBounds, self: NodeId, members: readonly NodeId[]): Config {
  const { rmws, bugs = [], without = [], options } = bounds;
  const planted = [...tlaBugs(rmws), ...bugs].filter((bug) => !without.includes(bug));
  return {
    self,
    members,
    timing: HOST_TIMING,
    options: { x1: false, x3: false, eagerReplays: 0, ...options },
    bugs: new Set(planted),
    seed: undefined,
  };
}

type Step = NodeStep<TlaNode, TlaAction>;

function environmentOf(
  bounds: TlaBounds,
  members: readonly NodeId[],
): Environment<Survivors, TlaNode, TlaAction> {
  return {
    initial: { alive: members },
    choices: (e) => [
      ...e.alive.flatMap((node) => actions(bounds, e, node)),
      ...(e.alive.length > 2 ? e.alive.map((node) => failure(members, e, node)) : []),
    ],
    charge: () => undefined,
  };
}

/** nodeFailure: everybody knows at once. */
function failure(
  members: readonly NodeId[],
  e: Survivors,
  failing: NodeId,
): Choice<Survivors, TlaNode, TlaAction> {
  const alive = e.alive.filter((id) => id !== failing);
  const name = `nodeFailure: ${alive.map(nodeName).join(' ')} are left`;
  const command = { f: 'failure', alive } as const;
  const steps = members.map((node): Step => ({ node, name, input: admin(command) }));
  return { name: `nodeFailure(${nodeName(failing)})`, next: { alive }, steps };
}

function admin(command: TlaAction): Step['input'] {
  return { kind: 'admin', id: 0, command };
}

type Guard = (s: TlaNode) => boolean;

/** The actions of a node that are no messages, with their guards. */
function actions(
  { maxVersion, rmws }: TlaBounds,
  e: Survivors,
  node: NodeId,
): Choice<Survivors, TlaNode, TlaAction>[] {
  const room =
    (step: number): Guard =>
    (s) =>
      seen(s).state === 'valid' && seen(s).ts.v + step <= maxVersion;
  const pending: Guard = (s) => ['write', 'replay'].includes(seen(s).state);
  const guarded: readonly (readonly [string, TlaAction, Guard])[] = [
    rmws ? ['HRWrite', { f: 'write' }, room(2)] : ['HWrite', { f: 'write' }, room(1)],
    ['HRRMW', { f: 'rmw' }, (s) => rmws && room(1)(s)],
    ['HSendVals', { f: 'send-vals' }, (s) => pending(s) && hasAllAcks(s)],
    [
      'HCoordWriteReplay',
      { f: 'coordinator-replay' },
      (s) => pending(s) && !hasAllAcks(s) && s.writeEpoch < epochOf(s),
    ],
    [
      `HFollowerWriteReplay, ${e.alive.map(nodeName).join(' ')} alive`,
      { f: 'follower-replay' },
      (s) => seen(s).state.startsWith('invalid') && !e.alive.includes(s.lastWriter),
    ],
  ];
  return guarded.map(([name, command, when]) => ({
    name: `${name.split(',')[0]}(${nodeName(node)})`,
    next: e,
    steps: [{ node, name, input: admin(command), when }],
  }));
}

function epochOf(s: TlaNode): number {
  return s.inner.core.installed?.view.epoch ?? 0;
}

function abstractionOf(
  bounds: TlaBounds,
  members: readonly NodeId[],
): Abstraction<TlaNode, HermesMessage> {
  const whole = bounds.identity === 'machine';
  return {
    nodeIdentity: (s) => {
      const saved = whole ? Buffer.from(tlaMachine.save(s)).toString('latin1') : '';
      return `${s.dead} ${JSON.stringify(s.inner.core.installed?.others)} ${project(s)} ${saved}`;
    },
    messageIdentity: (message, from) => projectMessage(message, from.id),
    // One `msgs` for all: who sent a message and who is dead have it in their inboxes too.
    receivers: () => members,
  };
}

type Check = Invariant<TlaNode, HermesMessage, TlaCommits>;

/** Two live nodes that are valid have one timestamp. */
const HConsistent: Check = ({ nodes }) => {
  const valid = nodes.filter((s) => !s.dead && seen(s).state === 'valid');
  const [first] = valid;
  const other = valid.find((s) => compareTs(seen(s).ts, seen(first as TlaNode).ts) !== 0);
  if (first === undefined || other === undefined) return undefined;
  const show = (s: TlaNode): string =>
    `${nodeName(s.inner.core.self.id)} with ${printTs(seen(s).ts)}`;
  return `valid are ${show(first)} and ${show(other)}`;
};

/** No committed RMW shares its version with another one, or with a write, or is one below a write. */
const HRSemanticsRMW: Check = ({ ghost }) => {
  for (const x of ghost.rmws) {
    const write = ghost.writes.find((y) => x.v === y.v || x.v === y.v - 1);
    const rmw = ghost.rmws.find((y) => x.v === y.v && x.c !== y.c);
    const other = write ?? rmw;
    if (other !== undefined)
      return `both are committed: RMW ${x.v}.${x.c} and ${write ? 'write' : 'RMW'} ${other.v}.${other.c}`;
  }
  return undefined;
};
