/**
 * The data path of Hermes as a model: clients with a few operations, view changes that a membership
 * could decide on, restarts with loss of memory. Membership itself is scripted: the environment is it.
 *
 * What the lease of a real membership guarantees is kept: when a view without a node is chosen, that
 * node has no lease any more. Who installs it when, who skips an epoch, and whether a removed node ever
 * hears of it, is open.
 */
import { nodeName } from '../base/node-name.ts';
import type { Command, NodeId, NodeRef } from '../base/operation.ts';
import type { HermesGhost } from '../protocols/hermes/ghost.ts';
import type { HermesMessage } from '../protocols/hermes/messages.ts';
import { scriptedHermes } from '../protocols/hermes/protocol.ts';
import type { ReplicaState } from '../protocols/hermes/replica.ts';
import { compareTs } from '../protocols/hermes/timestamp.ts';
import { type Config, HOST_TIMING } from '../protocols/machine.ts';
import { type View, firstView } from '../protocols/membership.ts';
import { nextView } from '../protocols/next-view.ts';
import type { ScriptedCommand } from '../protocols/scripted-membership.ts';
import type { NodeInput } from './machines.ts';
import type {
  Abstraction,
  Charge,
  Choice,
  Environment,
  Model,
  Network,
  NodeStep,
} from './model.ts';

type State = ReplicaState<undefined>;

/** The size of an exploration. */
export interface HermesBounds {
  readonly nodes: number;
  readonly keys: number;
  /** Blind writes, by node. */
  readonly writes: readonly number[];
  /** Read-modify-writes, by node. */
  readonly rmws: readonly number[];
  /** Members that may be removed from a view, by a true or a false suspicion. */
  readonly removals: number;
  /** Restarts with loss of memory; each node may come back, copy and be promoted. */
  readonly restarts: number;
  readonly network: Network;
  /** In a bag: messages that may be lost, and repeated. */
  readonly loss: number;
  readonly dup: number;
  /** How often an update or a chunk may be asked for again. */
  readonly resends: number;
  /** `any`: a reader waits at every node, so that any Invalid key may be replayed at any time.
   * `orphans`: only updates whose last writer is no member are, at once after a view change. */
  readonly replays: 'any' | 'orphans';
  readonly bugs: readonly string[];
  readonly options: Readonly<Record<string, boolean | number>>;
  /** Invariants by name; undefined: all, and linearizability. */
  readonly invariants: readonly string[] | undefined;
  readonly symmetry: boolean;
  /** Leave out states that others stand for. */
  readonly reduce: boolean;
}

/** As in the table of configurations: every message may be lost, repeated and reordered; the plain protocol. */
export const PLAIN: HermesBounds = {
  nodes: 3,
  keys: 1,
  writes: [],
  rmws: [],
  removals: 0,
  restarts: 0,
  network: 'set',
  loss: 0,
  dup: 0,
  resends: 0,
  replays: 'any',
  bugs: [],
  options: {},
  invariants: undefined,
  symmetry: false,
  reduce: true,
};

/** What the environment has done so far. */
interface World {
  /** By node: writes and read-modify-writes that were asked for. */
  readonly asked: readonly (readonly [number, number])[];
  /** Chosen views after the first. */
  readonly views: readonly View[];
  /** Lives of each node so far. */
  readonly lives: readonly number[];
  readonly removals: number;
  readonly restarts: number;
  readonly joins: number;
  readonly charged: Readonly<Record<Charge, number>>;
}

type Chosen = Choice<World, State, ScriptedCommand>;

interface Update {
  readonly node: NodeId;
  readonly kind: 0 | 1;
  /** Place among the updates of its node and kind. */
  readonly nth: number;
  readonly id: number;
  readonly command: Command;
}

export function hermesModel(
  bounds: HermesBounds,
): Model<State, HermesMessage, ScriptedCommand, HermesGhost, World> {
  const updates = updatesOf(bounds);
  const members = Array.from({ length: bounds.nodes }, (_, id) => id);
  const { invariants } = scriptedHermes.machine;
  const wanted = bounds.invariants ?? Object.keys(invariants);
  return {
    protocol: scriptedHermes,
    configs: members.map((self) => configOf(bounds, self, members)),
    network: bounds.network,
    environment: environmentOf(bounds, updates, members),
    timer: (name) =>
      /^(replay|retry) /.test(name) ? 'free' : bounds.resends > 0 ? 'charged' : 'never',
    requests: new Map(updates.map(({ id, command }) => [id, command])),
    probes: keysOf(bounds).map((key) => ({ f: 'get', key })),
    probesWait: bounds.replays === 'any',
    invariants: Object.fromEntries(
      Object.entries(invariants).filter(([name]) => wanted.includes(name)),
    ),
    linearizable: bounds.invariants?.includes(LINEARIZABLE) ?? true,
    abstraction: abstractionOf(bounds),
    reduce: bounds.reduce,
    alike: bounds.symmetry ? idle(bounds, members) : [],
  };
}

/** Name of the judgement of what clients were told, among the invariants. */
export const LINEARIZABLE = 'linearizable';

function configOf(bounds: HermesBounds, self: NodeId, members: readonly NodeId[]): Config {
  return {
    self,
    members,
    timing: HOST_TIMING,
    // Eager replays are replays at any time that come at once; without chance there are no virtual ids.
    options: {
      x1: false,
      x3: false,
      retry: false,
      eagerReplays: bounds.replays === 'any' ? 0 : 64,
      ...bounds.options,
    },
    bugs: new Set(bounds.bugs),
    seed: undefined,
  };
}

function keysOf(bounds: HermesBounds): readonly string[] {
  return Array.from({ length: bounds.keys }, (_, i) => `k${i}`);
}

/** Every update writes a value of its own; on several keys any of them may be its key. */
function updatesOf(bounds: HermesBounds): readonly Update[] {
  const found: Update[] = [];
  let value = 0;
  for (let node = 0; node < bounds.nodes; node++)
    for (const kind of [0, 1] as const) {
      const count = (kind === 0 ? bounds.writes : bounds.rmws)[node] ?? 0;
      for (let nth = 0; nth < count; nth++, value++)
        for (const key of keysOf(bounds)) {
          const bytes = Buffer.from(String.fromCharCode(97 + value), 'latin1');
          const command: Command = { f: kind === 0 ? 'set' : 'getset', key, value: bytes };
          found.push({ node, kind, nth, id: found.length + 1, command });
        }
    }
  return found;
}

function environmentOf(
  bounds: HermesBounds,
  updates: readonly Update[],
  members: readonly NodeId[],
): Environment<World, State, ScriptedCommand> {
  const limits: Readonly<Record<Charge, number>> = {
    loss: bounds.loss,
    dup: bounds.dup,
    timer: bounds.resends,
  };
  return {
    initial: {
      asked: members.map(() => [0, 0]),
      views: [],
      lives: members.map(() => 1),
      removals: 0,
      restarts: 0,
      joins: 0,
      charged: { loss: 0, dup: 0, timer: 0 },
    },
    choices: (e) => [
      ...requests(e, updates),
      ...installs(e, members),
      ...removals(e, bounds, members),
      ...restarts(e, bounds, members),
      ...joins(e, bounds, members),
      ...promotions(e, bounds),
    ],
    permuted: (e, to) => ({
      ...e,
      asked: moved(e.asked, to),
      lives: moved(e.lives, to),
      views: e.views.map((view) => renamedView(view, to)),
    }),
    renamed: (given, node, to) => {
      const { input } = given;
      const command = input.kind === 'admin' ? (input.command as ScriptedCommand) : undefined;
      if (command?.f !== 'view') return given;
      return install(to[node] as number, renamedView(command.view, to)) as NodeInput;
    },
    charge: (e, what) =>
      e.charged[what] < limits[what]
        ? { ...e, charged: { ...e.charged, [what]: e.charged[what] + 1 } }
        : undefined,
  };
}

/** An update is asked for when the node can begin it; what waits in a queue begins no sooner. */
function requests(e: World, updates: readonly Update[]): Chosen[] {
  return updates
    .filter(({ node, kind, nth }) => e.asked[node]?.[kind] === nth)
    .map(({ node, kind, id, command }) => {
      const asked = e.asked.map((counts, at) =>
        at === node ? counts.map((n, k) => (k === kind ? n + 1 : n)) : counts,
      ) as World['asked'];
      const text = 'value' in command ? Buffer.from(command.value).toString('latin1') : '';
      const name = `${command.f} ${command.key} ${text}`;
      const input = { kind: 'request', id, command, deadlineUs: Infinity } as const;
      const step: NodeStep<State, ScriptedCommand> = { node, name, input, atOnce: true };
      return { name: `${nodeName(node)} ${name}`, next: { ...e, asked }, steps: [step] };
    });
}

/** Any node may install any view that it is in; one that is not in it any more begins a new life. */
function installs(e: World, members: readonly NodeId[]): Chosen[] {
  return e.views.flatMap((view) =>
    members.map((node): Chosen => {
      const leaves = refOf(view, node) === undefined;
      const lives = e.lives.map((n, at) => (at === node && leaves ? n + 1 : n));
      const step = install(node, view);
      return { name: `${nodeName(node)} ${step.name}`, next: { ...e, lives }, steps: [step] };
    }),
  );
}

function install(node: NodeId, view: View): NodeStep<State, ScriptedCommand> {
  const own = refOf(view, node);
  return {
    node,
    name: `${own === undefined ? 'leaves for' : 'installs'} ${printed(view)}`,
    input: { kind: 'admin', id: 0, command: { f: 'view', view } },
    when: ({ core }) =>
      own === undefined
        ? core.installed !== undefined && core.installed.view.epoch < view.epoch
        : core.self.inc === own.inc && (core.installed?.view.epoch ?? 0) < view.epoch,
  };
}

/** What stood at a node stands where the node goes. */
function moved<T>(items: readonly T[], to: readonly NodeId[]): readonly T[] {
  const found = [...items];
  for (const [id, item] of items.entries()) found[to[id] as number] = item;
  return found;
}

function renamedView(view: View, to: readonly NodeId[]): View {
  const name = (refs: readonly NodeRef[]): readonly NodeRef[] =>
    sorted(refs.map(({ id, inc }) => ({ id: to[id] as number, inc })));
  const table = (by: View['gen']): View['gen'] =>
    Object.fromEntries(Object.entries(by).map(([id, n]) => [to[Number(id)] as number, n]));
  const { epoch, full, shadow, gen, maxInc } = view;
  return { epoch, full: name(full), shadow: name(shadow), gen: table(gen), maxInc: table(maxInc) };
}

/** The lease of a removed member is over before the view without it is chosen. */
function removals(e: World, bounds: HermesBounds, members: readonly NodeId[]): Chosen[] {
  if (e.removals === bounds.removals) return [];
  return members.flatMap((node) => {
    const view = without(latest(e), node);
    if (view === undefined) return [];
    const next = { ...e, views: [...e.views, view], removals: e.removals + 1 };
    return [{ name: `chosen: ${printed(view)}`, next, steps: [lease(node, false)] }];
  });
}

function restarts(e: World, bounds: HermesBounds, members: readonly NodeId[]): Chosen[] {
  if (e.restarts === bounds.restarts) return [];
  return members.map((node) => {
    const lives = e.lives.map((n, at) => (at === node ? n + 1 : n));
    const step: NodeStep<State, ScriptedCommand> = {
      node,
      name: 'restarts',
      input: { kind: 'boot' },
    };
    const next = { ...e, lives, restarts: e.restarts + 1 };
    return { name: `${nodeName(node)} restarts`, next, steps: [step] };
  });
}

/** A new life enters as a shadow; the view drops the one before. */
function joins(e: World, bounds: HermesBounds, members: readonly NodeId[]): Chosen[] {
  if (e.joins === bounds.restarts) return [];
  const last = latest(e);
  return members.flatMap((node) => {
    const inc = e.lives[node] as number;
    if (inc <= (last.maxInc[node] ?? 0)) return [];
    const full = last.full.filter((ref) => ref.id !== node);
    if (full.length === 0) return [];
    const others = last.shadow.filter((ref) => ref.id !== node);
    const view = nextView(last, full, sorted([...others, { id: node, inc }]));
    const next = { ...e, views: [...e.views, view], joins: e.joins + 1 };
    return [{ name: `chosen: ${printed(view)}`, next, steps: [lease(node, false)] }];
  });
}

/** A shadow that has copied everything becomes a full member, and gets a lease. */
function promotions(e: World, bounds: HermesBounds): Chosen[] {
  const last = latest(e);
  return last.shadow
    .filter((ref) => e.lives[ref.id] === ref.inc)
    .map((ref) => {
      const shadow = last.shadow.filter((other) => other !== ref);
      const view = nextView(last, sorted([...last.full, ref]), shadow);
      const next = { ...e, views: [...e.views, view] };
      const copied = bounds.bugs.includes('promote-early')
        ? undefined
        : ({ core }: State): boolean => core.transfer?.done === true;
      const given = lease(ref.id, true);
      const step =
        copied === undefined ? given : { ...given, name: `copied, ${given.name}`, when: copied };
      return { name: `chosen: ${printed(view)}`, next, steps: [step] };
    });
}

function lease(node: NodeId, unlimited: boolean): NodeStep<State, ScriptedCommand> {
  const command = { f: 'lease', untilUs: unlimited ? Infinity : 0 } as const;
  const name = unlimited ? 'gets a lease' : 'has no lease any more';
  return { node, name, input: { kind: 'admin', id: 0, command } };
}

function latest(e: World): View {
  return e.views.at(-1) ?? firstView(e.lives.map((_, id) => id));
}

function without(view: View, node: NodeId): View | undefined {
  if (refOf(view, node) === undefined) return undefined;
  const full = view.full.filter((ref) => ref.id !== node);
  const shadow = view.shadow.filter((ref) => ref.id !== node);
  return full.length === 0 ? undefined : nextView(view, full, shadow);
}

function refOf(view: View, node: NodeId): NodeRef | undefined {
  return [...view.full, ...view.shadow].find((ref) => ref.id === node);
}

function sorted(refs: readonly NodeRef[]): readonly NodeRef[] {
  return refs.toSorted((a, b) => a.id - b.id);
}

/** A view with everything that makes it this view: generations behind a slash unless they are 1. */
function printed(view: View): string {
  const ref = ({ id, inc }: NodeRef): string => {
    const gen = view.gen[id] === 1 ? '' : `/${view.gen[id]}`;
    return `${nodeName(id)}${inc === 1 ? '' : `.${inc}`}${gen}`;
  };
  const shadows = view.shadow.length === 0 ? '' : ` | shadow ${view.shadow.map(ref).join(' ')}`;
  return `view ${view.epoch} {${view.full.map(ref).join(' ')}${shadows}}`;
}

/** Bugs through which a message of an old epoch or timestamp does something. */
const UNDEAD = [
  'epoch-not-checked',
  'chunk-from-old-epoch',
  'no-incarnation',
  'ack-any-timestamp',
  'val-any-timestamp',
  'no-tie-break',
];

/** Epochs and timestamps of a node only grow, and a Valid key is never again Invalid at its timestamp. */
function isDead(m: HermesMessage, { core }: State): boolean {
  if (m.epoch < (core.installed?.view.epoch ?? 0)) return true;
  if (m.kind !== 'ACK' && m.kind !== 'VAL') return false;
  const rec = core.keys.get(m.key);
  if (rec === undefined || m.epoch !== core.installed?.view.epoch) return false;
  if (rec.pend !== undefined && compareTs(m.ts, rec.pend.ts) === 0) return false;
  const order = compareTs(m.ts, rec.ts);
  return order < 0 || (order === 0 && rec.state === 'V');
}

function abstractionOf(bounds: HermesBounds): Abstraction<State, HermesMessage> {
  const strict = !bounds.bugs.some((bug) => UNDEAD.includes(bug));
  return {
    forget({ core }) {
      core.transfer &&= { ...core.transfer, keys: 0, of: 0 };
      for (const rec of core.keys.values()) {
        // Only eager replays ask who wrote last; how often an INV was repeated only sets a wait.
        if (bounds.replays === 'any') rec.lastWriter = core.self;
        if (rec.pend !== undefined) rec.pend.resent = 0;
      }
    },
    ...(strict && { dead: isDead }),
    // A node that needs help is helped by a repeated INV, and does the same otherwise.
    stronger: (m) => (m.kind === 'INV' && !m.re ? { ...m, re: true } : undefined),
  };
}

/** Nodes that make no timestamps: nothing but their ids tells them apart. */
function idle(bounds: HermesBounds, members: readonly NodeId[]): readonly (readonly NodeId[])[] {
  // A shadow chooses its source by position; that bug lets everybody make timestamps.
  if (bounds.restarts > 0 || bounds.bugs.includes('replay-new-timestamp')) return [];
  const alike = members.filter((id) => !bounds.writes[id] && !bounds.rmws[id]);
  return alike.length > 1 ? [alike] : [];
}
