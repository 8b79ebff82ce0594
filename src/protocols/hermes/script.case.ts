/**
 * Scripts with transcripts, in the manner of etcd/raft: commands, a line of dashes, and under it
 * exactly what the replicas did. Nothing happens that the script does not say: messages lie in the
 * network until they are delivered or dropped, timers wait until they are fired.
 *
 *     nodes 3 [option=value …] [bug=name …]   a new world; everything before it is forgotten
 *     n1 set k a [within 50ms]                a request; its number counts from 1
 *     n1 gone 2                               the client of request 2 leaves
 *     deliver INV n1 n2                       the oldest such message arrives (`repeat`: and stays)
 *     deliver all [INV [n1 [n2]]]             all that are under way now, in order; `*` = any
 *     drop INV n1 n2                          it is lost (`drop all …` likewise)
 *     settle                                  deliver until nothing is under way
 *     timer n1 replay k                       an armed timer goes off, the clock moves to it
 *     advance 10ms                            time passes
 *     nodes 3 membership …                    the same with a membership that decides by itself; every
 *                                             append is on disk at once
 *     beat [n1 …]                             their heartbeats are due: all, or these, in this order
 *     form                                    all hear each other, agree on view 1, and serve
 *     run 500ms                               so much time passes: heartbeats and holds come due, what is
 *                                             sent arrives at once; heartbeats are not printed
 *     cut n1>n2 [n2>n1 …]                     from now on these links carry nothing; `heal` ends all
 *     n1 leave | n1 join                      an operator asks
 *     disk n1 slow|fast                       its appends stay unwritten until `fast`
 *     crash n1                                it is down: what it is sent is lost; `restart` ends that
 *     view 2 n1,n2 [shadow n3] [at n1,n2]     a view is installed at all, or `at` these, or `at nobody`
 *     lease n1 none|50ms|forever              a lease from now on
 *     restart n1 [keeping]                    its memory is lost, its incarnation grows; `keeping`:
 *                                             it wrongly keeps its keys, as Invalid (M28)
 *     state [k]                               what every node holds
 *
 * A line that begins with a dot is carried out and leaves no transcript: the way to a situation.
 * Answers, messages, timers, and changes of state are printed in the order in which they happen;
 * a line that begins with `!!` is an invariant that broke.
 */
import { isDeepStrictEqual } from 'node:util';
import { nodeId, nodeName } from '../../base/node-name.ts';
import type { NodeId, NodeRef } from '../../base/operation.ts';
import { HOST_TIMING, type Effects, type Input, type Protocol } from '../machine.ts';
import { MEMBERSHIP_TIMER, type View, firstView } from '../membership.ts';
import { nextView } from '../next-view.ts';
import type { ScriptedCommand } from '../scripted-membership.ts';
import type { HermesGhost } from './ghost.ts';
import { brief, full, micros, parseCommand, showEvent, showResult } from './script-words.case.ts';
import { scriptedHermes } from './protocol.ts';
import type { ReplicaState } from './replica.ts';
import { reliableHermes } from './reliable.ts';
import { recordOf } from './state.ts';

/** Events that a transcript shows; the others follow from messages and states. */
const SHOWN = [
  ...['doom', 'abort', 'retry', 'replay', 'help', 'suspect', 'drop', 'leave'],
  ...['chosen', 'retire'],
];

const HEARTBEAT = 'membership heartbeat';

interface Flight {
  readonly from: NodeRef;
  readonly to: NodeId;
  readonly message: Message;
}

type Message = Parameters<typeof reliableHermes.show>[0];
type AnyProtocol = Protocol<ReplicaState<unknown>, Message, unknown, unknown, HermesGhost>;

const SCRIPTED = scriptedHermes as unknown as AnyProtocol;
const RELIABLE = reliableHermes as unknown as AnyProtocol;

interface Node {
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

/** Runs the commands of a whole script; `reload`: saves and loads the state after every step. */
export class Script {
  #nodes: Node[] = [];
  #flights: Flight[] = [];
  #protocol: AnyProtocol = SCRIPTED;
  #ghost: HermesGhost = SCRIPTED.machine.ghost.init();
  #options: Record<string, boolean | number> = {};
  #bugs = new Set<string>();
  #views: View[] = [];
  #nowUs = 0;
  #requests = 0;
  #lines: string[] = [];
  #broken = new Set<string>();
  /** Links that carry nothing, as `n1>n2`. */
  readonly #cut = new Set<string>();
  readonly #reload: boolean;

  constructor(reload = false) {
    this.#reload = reload;
  }

  /** Runs one command and returns the lines of its transcript. */
  run(line: string): readonly string[] {
    this.#lines = [];
    const silent = line.startsWith('. ');
    const [word = '', ...args] = line
      .slice(silent ? 2 : 0)
      .trim()
      .split(/\s+/);
    const command = this.#commands[word];
    if (nodeId(word) !== undefined) this.#request(this.#node(word), args);
    else if (command !== undefined) command(args);
    else throw new TypeError(`no such command: ${line}`);
    this.#showChanges();
    if (silent) this.#lines = [];
    this.#showBroken();
    return this.#lines;
  }

  /** State of a node, for tests that ask more than a transcript shows. */
  state(name: string): ReplicaState<unknown> {
    return this.#node(name).state;
  }

  /** Messages under way. */
  get flights(): readonly Flight[] {
    return this.#flights;
  }

  readonly #commands: Readonly<Record<string, (args: string[]) => void>> = {
    nodes: (args) => this.#start(args),
    deliver: (args) => this.#deliver(args, false),
    repeat: (args) => this.#deliver(args, true),
    drop: (args) => {
      for (const flight of this.#pick(args)) this.#take(flight);
    },
    settle: () => this.#settle(new Set()),
    timer: ([name, ...timer]) => this.#fire(this.#node(name), timer.join(' ')),
    advance: ([time]) => {
      this.#nowUs += micros(time);
    },
    view: (args) => this.#view(args),
    lease: ([name, time]) => {
      const lasts = time === 'none' ? -this.#nowUs : time === 'forever' ? Infinity : micros(time);
      const command: ScriptedCommand = { f: 'lease', untilUs: this.#nowUs + lasts };
      this.#step(this.#node(name), { kind: 'admin', id: 0, command });
    },
    beat: (names) => {
      const nodes = names.length > 0 ? names.map((name) => this.#node(name)) : this.#nodes;
      for (const node of nodes) if (node.up) this.#fire(node, HEARTBEAT);
    },
    form: () => {
      this.#settle(new Set());
      for (let round = 0; round < 4; round++) for (const node of this.#nodes) this.#live(node);
    },
    run: ([time]) => this.#run(this.#nowUs + micros(time)),
    cut: (links) => {
      for (const link of links) this.#cut.add(link);
    },
    heal: () => this.#cut.clear(),
    disk: ([name, speed]) => {
      const node = this.#node(name);
      node.disk = speed === 'slow' ? 'slow' : 'fast';
      this.#write(node);
    },
    crash: ([name]) => this.#crash(this.#node(name)),
    restart: ([name, keeping]) => this.#restart(this.#node(name), keeping === 'keeping'),
    state: ([key]) => this.#show(key),
  };

  #start(args: string[]): void {
    const [count, ...rest] = args.filter((arg) => arg !== 'membership');
    this.#protocol = args.includes('membership') ? RELIABLE : SCRIPTED;
    const pairs = rest.map((arg) => arg.split('=') as [string, string]);
    this.#bugs = new Set(pairs.filter(([name]) => name === 'bug').map(([, value]) => value));
    const options = pairs.filter(([name]) => name !== 'bug');
    this.#options = Object.fromEntries(
      options.map(([name, value]) => [name, JSON.parse(value) as boolean | number]),
    );
    this.#ghost = this.#protocol.machine.ghost.init();
    this.#flights = [];
    this.#nowUs = 0;
    this.#requests = 0;
    this.#cut.clear();
    this.#broken.clear();
    const ids = Array.from({ length: Number(count) }, (_, id) => id);
    this.#views = [firstView(ids)];
    this.#nodes = [];
    for (const id of ids) {
      const node: Partial<Node> = { name: nodeName(id), timers: new Map(), log: [], durable: 0 };
      this.#nodes.push(Object.assign(node as Node, { disk: 'fast', held: [], up: true }));
    }
    for (const node of this.#nodes) this.#boot(node, 1);
  }

  #boot(node: Node, inc: number): void {
    node.inc = inc;
    node.timers.clear();
    node.shown = new Map();
    Object.assign(node, { up: true, reborn: false, held: [] });
    node.log = node.log.slice(0, node.durable);
    const boot = { incarnation: inc, records: node.log };
    const { machine } = this.#protocol;
    node.state = machine.init(this.#config(node), boot, this.#nowUs, this.#effects(node));
    this.#write(node);
  }

  /** Its heartbeat, and all that comes of it. */
  #live(node: Node): void {
    const before = new Set(this.#flights);
    this.#fire(node, HEARTBEAT);
    this.#settle(before);
  }

  /** Delivers all but those, until nothing else is under way. */
  #settle(but: ReadonlySet<Flight>): void {
    for (let i = 0; i < 10_000; i++) {
      const next = this.#flights.find((flight) => !but.has(flight));
      if (next === undefined) return;
      this.#arrive(this.#take(next));
    }
  }

  /** Fires the timers of the memberships in the order in which they are due. */
  #run(untilUs: number): void {
    const before = new Set(this.#flights);
    for (;;) {
      const due = this.#nodes.flatMap((node) =>
        [...node.timers].map(([timer, us]) => ({ node, timer, us })),
      );
      const [next] = due
        .filter(({ timer, us }) => timer.startsWith(MEMBERSHIP_TIMER) && us <= untilUs)
        .toSorted((a, b) => a.us - b.us);
      if (next === undefined) break;
      this.#fire(next.node, next.timer);
      this.#settle(before);
    }
    this.#nowUs = untilUs;
    this.#lines = this.#lines.filter((line) => !/^n\d+ -> \S+ {2}HB/.test(line));
  }

  #crash(node: Node): void {
    node.up = false;
    node.timers.clear();
    node.held = [];
    this.#flights = this.#flights.filter(({ to }) => to !== nodeId(node.name));
  }

  /** What was appended goes to disk, unless that is slow; what waited for it leaves. */
  #write(node: Node): void {
    if (node.disk === 'slow' || node.durable === node.log.length) return;
    node.durable = node.log.length;
    this.#step(node, { kind: 'durable', lsn: node.durable });
    const ready = node.held.filter(({ after }) => after <= node.durable);
    node.held = node.held.filter(({ after }) => after > node.durable);
    for (const { leave } of ready) leave();
  }

  #restart(node: Node, keeping: boolean): void {
    const before = node.state.core.keys;
    this.#boot(node, node.inc + 1);
    if (!keeping) return;
    for (const rec of before.values()) {
      const kept = recordOf(node.state.core, rec.key);
      const { ts, value, rmw, lastWriter } = rec;
      Object.assign(kept, { ts, value, rmw, lastWriter });
    }
  }

  #config(node: Node) {
    return {
      self: nodeId(node.name) as NodeId,
      members: this.#nodes.map((_, id) => id),
      timing: HOST_TIMING,
      options: this.#options,
      bugs: this.#bugs,
      seed: undefined,
    };
  }

  #node(name: string | undefined): Node {
    const node = this.#nodes.find((n) => n.name === name);
    if (node === undefined) throw new TypeError(`no such node: ${name}`);
    return node;
  }

  #request(node: Node, args: string[]): void {
    const [word, ...rest] = args;
    const command = this.#protocol.admin?.([word?.toUpperCase() ?? '']);
    if (command !== undefined) {
      this.#step(node, { kind: 'admin', id: ++this.#requests, command });
      return;
    }
    if (word === 'gone') {
      this.#step(node, { kind: 'gone', id: Number(rest[0]) });
      return;
    }
    const at = rest.indexOf('within');
    const deadlineUs = at < 0 ? Infinity : this.#nowUs + micros(rest[at + 1]);
    const asked = parseCommand(word, at < 0 ? rest : rest.slice(0, at));
    this.#step(node, { kind: 'request', id: ++this.#requests, command: asked, deadlineUs });
  }

  #pick(args: string[]): Flight[] {
    const all = args[0] === 'all';
    const [kind = '*', from = '*', to = '*', key = '*'] = all ? args.slice(1) : args;
    const fits = (pattern: string, is: string) => pattern === '*' || pattern === is;
    const found = this.#flights.filter(
      (f) =>
        fits(kind, f.message.kind) &&
        fits(from, nodeName(f.from.id)) &&
        fits(to, nodeName(f.to)) &&
        fits(key, 'key' in f.message ? f.message.key : ''),
    );
    if (found.length === 0) throw new TypeError(`nothing under way fits: ${args.join(' ')}`);
    return all ? found : found.slice(0, 1);
  }

  #take(flight: Flight): Flight {
    this.#flights.splice(this.#flights.indexOf(flight), 1);
    return flight;
  }

  #deliver(args: string[], keep: boolean): void {
    for (const flight of this.#pick(args)) this.#arrive(keep ? flight : this.#take(flight));
  }

  #arrive({ from, to, message }: Flight): void {
    const node = this.#node(nodeName(to));
    if (node.up) this.#step(node, { kind: 'message', from, message });
    this.#showChanges();
  }

  #fire(node: Node, timer: string): void {
    const due = node.timers.get(timer);
    if (due === undefined) throw new TypeError(`${node.name} has no timer ${timer}`);
    node.timers.delete(timer);
    this.#nowUs = Math.max(this.#nowUs, due);
    this.#step(node, { kind: 'timer', timer });
  }

  #view(args: string[]): void {
    const at = args.indexOf('at');
    const where = at < 0 ? this.#nodes.map((n) => n.name) : (args[at + 1] as string).split(',');
    const places = where.filter((name) => name !== 'nobody');
    const shadow = args.indexOf('shadow');
    const epoch = Number(args[0]);
    if (this.#views.length < epoch) {
      const refs = (text: string) =>
        text.split(',').map((name) => ({ id: nodeId(name) as NodeId, inc: this.#node(name).inc }));
      const shadows = shadow < 0 ? [] : refs(args[shadow + 1] as string);
      const full = refs(args[1] as string);
      this.#views.push(nextView(this.#views.at(-1) as View, full, shadows));
    }
    const view = this.#views[epoch - 1] as View;
    for (const name of places)
      this.#step(this.#node(name), { kind: 'admin', id: 0, command: { f: 'view', view } });
  }

  #step(node: Node, input: Input<Message, unknown>): void {
    const { machine } = this.#protocol;
    machine.step(node.state, input, this.#nowUs, this.#effects(node));
    if (this.#reload) this.#saveAndLoad(node);
    if (node.reborn && this.#protocol === RELIABLE) this.#rebirth(node);
    else this.#write(node);
  }

  /** What is written and what waits for that comes first, as at a host. */
  #rebirth(node: Node): void {
    node.durable = node.log.length;
    for (const { leave } of node.held.splice(0)) leave();
    this.#boot(node, node.inc + 1);
  }

  #saveAndLoad(node: Node): void {
    const { machine } = this.#protocol;
    const bytes = machine.save(node.state);
    node.state = machine.load(bytes, this.#config(node));
    if (!isDeepStrictEqual(machine.save(node.state), bytes)) throw new Error('save is not stable');
    const ghost = machine.ghost.save(this.#ghost);
    this.#ghost = machine.ghost.load(ghost);
    if (!isDeepStrictEqual(machine.ghost.save(this.#ghost), ghost))
      throw new Error('the ghost is not saved as it is');
  }

  /** Leaves now, or when its log position is on disk. */
  #after(node: Node, after: number, leave: () => void): void {
    if (after <= node.durable) leave();
    else node.held.push({ after, leave });
  }

  #effects(node: Node): Effects<Message, unknown> {
    const { machine, show } = this.#protocol;
    const print = (text: string) => this.#lines.push(`${node.name} ${text}`);
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
        if (this.#cut.has(`${node.name}>${nodeName(to)}`)) return;
        const from = { id: nodeId(node.name) as NodeId, inc: node.inc };
        const before = this.#flights.at(-1);
        this.#flights.push({ from, to, message });
        const last = this.#lines.at(-1);
        if (before?.message === message && last?.startsWith(`${node.name} -> `)) {
          this.#lines[this.#lines.length - 1] = last.replace(/ -> \S+/, `$&,${nodeName(to)}`);
        } else print(`-> ${nodeName(to)}  ${show(message)}`);
      },
      reply: (id, result) => {
        if (id > 0) print(`answers ${id}: ${showResult(result)}`);
      },
      append: (record) => node.log.push(record),
      checkpoint: (records) => node.log.push(...records),
      reborn: () => {
        if (!node.reborn) print('asks to be reborn');
        node.reborn = true;
      },
      setTimer: (id, inUs) => {
        node.timers.set(id, this.#nowUs + inUs);
        if (id !== HEARTBEAT) print(`sets ${id} ${inUs / 1000}ms`);
      },
      cancelTimer: (id) => {
        if (node.timers.delete(id)) print(`clears ${id}`);
      },
      event: (event) => {
        machine.ghost.on(this.#ghost, nodeId(node.name) as NodeId, event);
        if (SHOWN.includes(event.type)) print(showEvent(event));
      },
    };
  }

  /** A line for every key whose state or timestamp is not what it was. */
  #showChanges(): void {
    for (const node of this.#nodes) {
      const recs = [...node.state.core.keys.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
      const now = new Map(recs.map((rec) => [rec.key, brief(rec)]));
      for (const [key, text] of now) {
        const before = node.shown.get(key) ?? 'V 0';
        if (before !== text) this.#lines.push(`${node.name} ${key}: ${before} => ${text}`);
      }
      node.shown = now;
    }
  }

  #showBroken(): void {
    const world = {
      nodes: this.#nodes.filter((node) => node.up).map((node) => node.state),
      messages: this.#flights.map((flight) => flight.message),
      ghost: this.#ghost,
      atUs: this.#nowUs,
      trueUs: (_: NodeId, us: number) => us,
    };
    for (const [name, invariant] of Object.entries(this.#protocol.machine.invariants)) {
      const wrong = invariant(world);
      if (wrong === undefined || this.#broken.has(name)) continue;
      this.#broken.add(name);
      this.#lines.push(`!! ${name}: ${wrong}`);
    }
  }

  #show(only: string | undefined): void {
    for (const { name, state, up } of this.#nodes) {
      const { core } = state;
      if (!up) {
        this.#lines.push(`${name} down`);
        continue;
      }
      const view = core.installed === undefined ? 'no view' : `epoch ${core.installed.view.epoch}`;
      const keys = [...core.keys.values()].filter((rec) => only === undefined || rec.key === only);
      const parts = keys.map((rec) => `${rec.key} ${full(rec)}`);
      this.#lines.push(`${name} ${view}: ${parts.length === 0 ? 'no keys' : parts.join('; ')}`);
    }
  }
}

/** The whole script with transcripts as they are now. */
export function transcribe(text: string, reload = false): string {
  const script = new Script(reload);
  const blocks = text.trimEnd().split(/\n{2,}/);
  const written = blocks.map((block) => {
    const [commands = ''] = block.split(/^----$/m);
    const lines = commands.trimEnd().split('\n');
    const runnable = lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
    if (runnable.length === 0) return lines.join('\n');
    const output = runnable.flatMap((line) => {
      try {
        return script.run(line);
      } catch (error) {
        throw new Error(`${(error as Error).message} in:\n${block}`, { cause: error });
      }
    });
    return [...lines, '----', ...output].join('\n');
  });
  return `${written.join('\n\n')}\n`;
}
