/**
 * The world of a script: a few machines whose messages lie in the network until somebody delivers them,
 * whose timers wait until they are fired, and a transcript of what they do.
 */
import { nodeId, nodeName } from '../../base/node-name.ts';
import type { NodeId, NodeRef, Result } from '../../base/operation.ts';
import {
  type Config,
  type Effects,
  HOST_TIMING,
  type Input,
  type Protocol,
  type ProtocolEvent,
} from '../machine.ts';
import { MEMBERSHIP_TIMER } from '../membership.ts';
import { sameBytes } from './evaluate.ts';
import type { HermesGhost } from './ghost.ts';
import { brief, full, showEvent, showResult } from './script-words.ts';
import { scriptedHermes } from './protocol.ts';
import type { ReplicaState } from './replica.ts';
import { reliableHermes } from './reliable.ts';

/** Events that a transcript shows; the others follow from messages and states. */
const SHOWN = [
  ...['doom', 'abort', 'retry', 'replay', 'help', 'suspect', 'drop', 'leave'],
  ...['chosen', 'retire'],
];

export const HEARTBEAT = 'membership heartbeat';

export interface Flight {
  /** Unique for the send. */
  readonly id: string;
  readonly from: NodeRef;
  readonly to: NodeId;
  readonly message: Message;
}

export type Message = Parameters<typeof reliableHermes.show>[0];
export type AnyProtocol = Protocol<ReplicaState<unknown>, Message, unknown, unknown, HermesGhost>;

export const SCRIPTED = scriptedHermes as unknown as AnyProtocol;
export const RELIABLE = reliableHermes as unknown as AnyProtocol;

export interface Node {
  readonly name: string;
  inc: number;
  state: ReplicaState<unknown>;
  readonly timers: Map<string, number>;
  shown: Map<string, string>;
  up: boolean;
  disk: 'fast' | 'slow';
  /** What was appended; how much of it is on disk; what waits for more. */
  log: unknown[];
  durable: number;
  held: { readonly after: number; readonly leave: () => void }[];
  reborn: boolean;
}

export type Options = Record<string, boolean | number>;

/** Who draws what happens, in order. Everything between `began` and `ended` belongs to one step. */
export interface ScriptWatcher {
  /** A node boots, or takes an input; `flight`: the message that it is. */
  began(node: Node, what: 'boot' | Input<Message, unknown>, flight?: Flight): void;
  sent(flight: Flight): void;
  replied(node: Node, id: number, result: Result): void;
  happened(node: Node, event: ProtocolEvent): void;
  ended(node: Node): void;
  /** A message is lost. */
  dropped(flight: Flight): void;
  crashed(node: Node): void;
  /** An invariant broke for the first time. */
  broke(name: string, message: string): void;
}

export class ScriptWorld {
  nodes: Node[] = [];
  flights: Flight[] = [];
  protocol: AnyProtocol = SCRIPTED;
  nowUs = 0;
  /** What the transcript shows of the command under way. */
  lines: string[] = [];
  /** Links that carry nothing, as `n1>n2`. */
  readonly cut = new Set<string>();
  #ghost: HermesGhost = SCRIPTED.machine.ghost.init();
  #options: Options = {};
  #bugs: ReadonlySet<string> = new Set();
  readonly #broken = new Set<string>();
  #sends = 0;
  readonly #reload: boolean;
  readonly #watcher: ScriptWatcher | undefined;

  /** @param reload saves and loads the state after every step */
  constructor(reload: boolean, watcher?: ScriptWatcher) {
    this.#reload = reload;
    this.#watcher = watcher;
  }

  /** A new world; everything before it is forgotten. */
  start(count: number, protocol: AnyProtocol, bugs: ReadonlySet<string>, options: Options): void {
    this.protocol = protocol;
    this.#bugs = bugs;
    this.#options = options;
    this.#ghost = protocol.machine.ghost.init();
    this.flights = [];
    this.nowUs = 0;
    this.cut.clear();
    this.#broken.clear();
    this.nodes = [];
    for (let id = 0; id < count; id++) {
      const node: Partial<Node> = { name: nodeName(id), timers: new Map(), log: [], durable: 0 };
      this.nodes.push(Object.assign(node as Node, { disk: 'fast', held: [], up: true }));
    }
    for (const node of this.nodes) this.#boot(node, 1);
  }

  #boot(node: Node, inc: number, former?: ReplicaState<unknown>): void {
    node.inc = inc;
    node.timers.clear();
    node.shown = new Map();
    Object.assign(node, { up: true, reborn: false, held: [] });
    node.log = node.log.slice(0, node.durable);
    const boot = { incarnation: inc, records: node.log, ...(former !== undefined && { former }) };
    const { machine } = this.protocol;
    this.#watcher?.began(node, 'boot');
    node.state = machine.init(this.#config(node), boot, this.nowUs, this.#effects(node));
    this.#watcher?.ended(node);
    this.write(node);
  }

  /** Its heartbeat, and all that comes of it. */
  live(node: Node): void {
    const before = new Set(this.flights);
    this.fire(node, HEARTBEAT);
    this.settle(before);
  }

  /** Delivers all but those, until nothing else is under way. */
  settle(but: ReadonlySet<Flight>): void {
    for (let i = 0; i < 10_000; i++) {
      const next = this.flights.find((flight) => !but.has(flight));
      if (next === undefined) return;
      this.arrive(this.take(next));
    }
  }

  /** Fires the timers of the memberships in the order in which they are due. */
  run(untilUs: number): void {
    const before = new Set(this.flights);
    for (;;) {
      const due = this.nodes.flatMap((node) =>
        [...node.timers].map(([timer, us]) => ({ node, timer, us })),
      );
      const [next] = due
        .filter(({ timer, us }) => timer.startsWith(MEMBERSHIP_TIMER) && us <= untilUs)
        .toSorted((a, b) => a.us - b.us);
      if (next === undefined) break;
      this.fire(next.node, next.timer);
      this.settle(before);
    }
    this.nowUs = untilUs;
    this.lines = this.lines.filter((line) => !/^n\d+ -> \S+ {2}HB/.test(line));
  }

  /** It is down: what it is sent is lost. */
  crash(node: Node): void {
    this.#watcher?.crashed(node);
    node.up = false;
    node.timers.clear();
    node.held = [];
    this.flights = this.flights.filter(({ to }) => to !== nodeId(node.name));
  }

  /** What was appended goes to disk, unless that is slow; what waited for it leaves. */
  write(node: Node): void {
    if (node.disk === 'slow' || node.durable === node.log.length) return;
    node.durable = node.log.length;
    this.step(node, { kind: 'durable', lsn: node.durable });
    const ready = node.held.filter(({ after }) => after <= node.durable);
    node.held = node.held.filter(({ after }) => after > node.durable);
    for (const { leave } of ready) leave();
  }

  /** A new life; `keeping`: of the same process, which still has what it held (only M28 looks at it). */
  restart(node: Node, keeping: boolean): void {
    this.#boot(node, node.inc + 1, keeping ? node.state : undefined);
  }

  #config(node: Node): Config {
    return {
      self: nodeId(node.name) as NodeId,
      members: this.nodes.map((_, id) => id),
      timing: HOST_TIMING,
      options: this.#options,
      bugs: this.#bugs,
      seed: undefined,
    };
  }

  /** The node of that name. */
  node(name: string | undefined): Node {
    const node = this.nodes.find((n) => n.name === name);
    if (node === undefined) throw new TypeError(`no such node: ${name}`);
    return node;
  }

  /** Takes a message off the network. */
  take(flight: Flight): Flight {
    this.flights.splice(this.flights.indexOf(flight), 1);
    return flight;
  }

  /** A message is lost. */
  drop(flight: Flight): void {
    this.take(flight);
    this.#watcher?.dropped(flight);
  }

  /** It reaches its receiver, if that is up. */
  arrive(flight: Flight): void {
    const { from, to, message } = flight;
    const node = this.node(nodeName(to));
    if (node.up) this.step(node, { kind: 'message', from, message }, flight);
    this.showChanges();
  }

  /** An armed timer goes off; the clock moves to it. */
  fire(node: Node, timer: string): void {
    const due = node.timers.get(timer);
    if (due === undefined) throw new TypeError(`${node.name} has no timer ${timer}`);
    node.timers.delete(timer);
    this.nowUs = Math.max(this.nowUs, due);
    this.step(node, { kind: 'timer', timer });
  }

  /** One input to one machine, and what comes of it. */
  step(node: Node, input: Input<Message, unknown>, flight?: Flight): void {
    const { machine } = this.protocol;
    this.#watcher?.began(node, input, flight);
    machine.step(node.state, input, this.nowUs, this.#effects(node));
    this.#watcher?.ended(node);
    if (this.#reload) this.#saveAndLoad(node);
    if (node.reborn && this.protocol === RELIABLE) this.#rebirth(node);
    else this.write(node);
  }

  /** What is written and what waits for that comes first, as at a host. */
  #rebirth(node: Node): void {
    node.durable = node.log.length;
    for (const { leave } of node.held.splice(0)) leave();
    this.#boot(node, node.inc + 1, node.state);
  }

  #saveAndLoad(node: Node): void {
    const { machine } = this.protocol;
    const bytes = machine.save(node.state);
    node.state = machine.load(bytes, this.#config(node));
    if (!sameBytes(machine.save(node.state), bytes)) throw new Error('save is not stable');
    const ghost = machine.ghost.save(this.#ghost);
    this.#ghost = machine.ghost.load(ghost);
    if (!sameBytes(machine.ghost.save(this.#ghost), ghost))
      throw new Error('the ghost is not saved as it is');
  }

  /** Leaves now, or when its log position is on disk. */
  #after(node: Node, after: number, leave: () => void): void {
    if (after <= node.durable) leave();
    else node.held.push({ after, leave });
  }

  #effects(node: Node): Effects<Message, unknown> {
    const { machine, show } = this.protocol;
    const print = (text: string) => this.lines.push(`${node.name} ${text}`);
    const effects = this.#sink(node, print, machine, show);
    return {
      ...effects,
      send: (to, message, after = node.log.length) =>
        this.#after(node, after, () => effects.send(to, message)),
      reply: (id, result, after = node.log.length) =>
        this.#after(node, after, () => effects.reply(id, result)),
    };
  }

  #sink(
    node: Node,
    print: (text: string) => void,
    machine: AnyProtocol['machine'],
    show: AnyProtocol['show'],
  ): Effects<Message, unknown> {
    return {
      send: (to, message) => {
        if (this.cut.has(`${node.name}>${nodeName(to)}`)) return;
        const from = { id: nodeId(node.name) as NodeId, inc: node.inc };
        const before = this.flights.at(-1);
        const flight: Flight = { id: String(++this.#sends), from, to, message };
        this.flights.push(flight);
        this.#watcher?.sent(flight);
        const last = this.lines.at(-1);
        if (before?.message === message && last?.startsWith(`${node.name} -> `)) {
          this.lines[this.lines.length - 1] = last.replace(/ -> \S+/, `$&,${nodeName(to)}`);
        } else print(`-> ${nodeName(to)}  ${show(message)}`);
      },
      reply: (id, result) => {
        this.#watcher?.replied(node, id, result);
        if (id > 0) print(`answers ${id}: ${showResult(result)}`);
      },
      append: (record) => node.log.push(record),
      checkpoint: (records) => node.log.push(...records),
      reborn: () => {
        if (!node.reborn) print('asks to be reborn');
        node.reborn = true;
      },
      setTimer: (id, inUs) => {
        node.timers.set(id, this.nowUs + inUs);
        if (id !== HEARTBEAT) print(`sets ${id} ${inUs / 1000}ms`);
      },
      cancelTimer: (id) => {
        if (node.timers.delete(id)) print(`clears ${id}`);
      },
      event: (event) => {
        machine.ghost.on(this.#ghost, nodeId(node.name) as NodeId, event);
        this.#watcher?.happened(node, event);
        if (SHOWN.includes(event.type)) print(showEvent(event));
      },
    };
  }

  /** A line for every key whose state or timestamp is not what it was. */
  showChanges(): void {
    for (const node of this.nodes) {
      const recs = [...node.state.core.keys.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
      const now = new Map(recs.map((rec) => [rec.key, brief(rec)]));
      for (const [key, text] of now) {
        const before = node.shown.get(key) ?? 'V 0';
        if (before !== text) this.lines.push(`${node.name} ${key}: ${before} => ${text}`);
      }
      node.shown = now;
    }
  }

  /** A line for every invariant that breaks for the first time. */
  showBroken(): void {
    const world = {
      nodes: this.nodes.filter((node) => node.up).map((node) => node.state),
      messages: this.flights.map((flight) => flight.message),
      ghost: this.#ghost,
      atUs: this.nowUs,
      trueUs: (_: NodeId, us: number) => us,
    };
    for (const [name, invariant] of Object.entries(this.protocol.machine.invariants)) {
      const wrong = invariant(world);
      if (wrong === undefined || this.#broken.has(name)) continue;
      this.#broken.add(name);
      this.#watcher?.broke(name, wrong);
      this.lines.push(`!! ${name}: ${wrong}`);
    }
  }

  /** What every node holds. */
  show(only: string | undefined): void {
    for (const { name, state, up } of this.nodes) {
      const { core } = state;
      if (!up) {
        this.lines.push(`${name} down`);
        continue;
      }
      const view = core.installed === undefined ? 'no view' : `epoch ${core.installed.view.epoch}`;
      const keys = [...core.keys.values()].filter((rec) => only === undefined || rec.key === only);
      const parts = keys.map((rec) => `${rec.key} ${full(rec)}`);
      this.lines.push(`${name} ${view}: ${parts.length === 0 ? 'no keys' : parts.join('; ')}`);
    }
  }
}
