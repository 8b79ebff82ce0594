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
 *     view 2 n1,n2 [shadow n3] [at n1,n2]     a view is installed at all, or `at` these, or `at nobody`
 *     lease n1 none|50ms|forever              a lease from now on
 *     restart n1                              its memory is lost, its incarnation grows
 *     state [k]                               what every node holds
 *
 * A line that begins with a dot is carried out and leaves no transcript: the way to a situation.
 * Answers, messages, timers, and changes of state are printed in the order in which they happen;
 * a line that begins with `!!` is an invariant that broke.
 */
import { isDeepStrictEqual } from 'node:util';
import { nodeId, nodeName } from '../../base/node-name.ts';
import type { Bytes, Command, NodeId, NodeRef, Result } from '../../base/operation.ts';
import { HOST_TIMING, type Effects, type Input, type ProtocolEvent } from '../machine.ts';
import { type View, firstView } from '../membership.ts';
import { type ScriptedCommand, nextView } from '../scripted-membership.ts';
import type { HermesGhost } from './ghost.ts';
import { type HermesMessage, showMessage, showValue } from './messages.ts';
import { scriptedHermes } from './protocol.ts';
import type { ReplicaState } from './replica.ts';
import { stateName, type KeyRec } from './state.ts';
import { printTs } from './timestamp.ts';

const { machine } = scriptedHermes;

/** Events that a transcript shows; the others follow from messages and states. */
const SHOWN = ['doom', 'abort', 'retry', 'replay', 'help', 'suspect', 'drop', 'leave'];

interface Flight {
  readonly from: NodeRef;
  readonly to: NodeId;
  readonly message: HermesMessage;
}

interface Node {
  readonly name: string;
  inc: number;
  state: ReplicaState<undefined>;
  readonly timers: Map<string, number>;
  shown: Map<string, string>;
}

/** Runs the commands of a whole script; `reload`: saves and loads the state after every step. */
export class Script {
  #nodes: Node[] = [];
  #flights: Flight[] = [];
  #ghost: HermesGhost = machine.ghost.init();
  #options: Record<string, boolean | number> = {};
  #bugs = new Set<string>();
  #views: View[] = [];
  #nowUs = 0;
  #requests = 0;
  #lines: string[] = [];
  #broken = new Set<string>();
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
  state(name: string): ReplicaState<undefined> {
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
    settle: () => {
      for (let i = 0; i < 10_000 && this.#flights.length > 0; i++)
        this.#arrive(this.#take(this.#flights[0] as Flight));
    },
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
    restart: ([name]) => this.#boot(this.#node(name), this.#node(name).inc + 1),
    state: ([key]) => this.#show(key),
  };

  #start(args: string[]): void {
    const [count, ...rest] = args;
    const pairs = rest.map((arg) => arg.split('=') as [string, string]);
    this.#bugs = new Set(pairs.filter(([name]) => name === 'bug').map(([, value]) => value));
    const options = pairs.filter(([name]) => name !== 'bug');
    this.#options = Object.fromEntries(
      options.map(([name, value]) => [name, JSON.parse(value) as boolean | number]),
    );
    this.#ghost = machine.ghost.init();
    this.#flights = [];
    this.#nowUs = 0;
    this.#requests = 0;
    this.#broken.clear();
    const ids = Array.from({ length: Number(count) }, (_, id) => id);
    this.#views = [firstView(ids)];
    this.#nodes = [];
    for (const id of ids) {
      const node = { name: nodeName(id), inc: 1, timers: new Map(), shown: new Map() } as Node;
      this.#nodes.push(node);
    }
    for (const node of this.#nodes) this.#boot(node, 1);
  }

  #boot(node: Node, inc: number): void {
    node.inc = inc;
    node.timers.clear();
    node.shown = new Map();
    const boot = { incarnation: inc, records: [] };
    node.state = machine.init(this.#config(node), boot, this.#nowUs, this.#effects(node));
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
    if (word === 'gone') {
      this.#step(node, { kind: 'gone', id: Number(rest[0]) });
      return;
    }
    const at = rest.indexOf('within');
    const deadlineUs = at < 0 ? Infinity : this.#nowUs + micros(rest[at + 1]);
    const command = parseCommand(word, at < 0 ? rest : rest.slice(0, at));
    this.#step(node, { kind: 'request', id: ++this.#requests, command, deadlineUs });
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
        fits(key, f.message.key),
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
    this.#step(this.#node(nodeName(to)), { kind: 'message', from, message });
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

  #step(node: Node, input: Input<HermesMessage, ScriptedCommand>): void {
    machine.step(node.state, input, this.#nowUs, this.#effects(node));
    if (!this.#reload) return;
    const bytes = machine.save(node.state);
    node.state = machine.load(bytes, this.#config(node));
    if (!isDeepStrictEqual(machine.save(node.state), bytes)) throw new Error('save is not stable');
    const ghost = machine.ghost.save(this.#ghost);
    this.#ghost = machine.ghost.load(ghost);
    if (!isDeepStrictEqual(machine.ghost.save(this.#ghost), ghost))
      throw new Error('the ghost is not saved as it is');
  }

  #effects(node: Node): Effects<HermesMessage, never> {
    const print = (text: string) => this.#lines.push(`${node.name} ${text}`);
    return {
      send: (to, message) => {
        const from = { id: nodeId(node.name) as NodeId, inc: node.inc };
        const before = this.#flights.at(-1);
        this.#flights.push({ from, to, message });
        const last = this.#lines.at(-1);
        if (before?.message === message && last?.startsWith(`${node.name} -> `)) {
          this.#lines[this.#lines.length - 1] = last.replace(/ -> \S+/, `$&,${nodeName(to)}`);
        } else print(`-> ${nodeName(to)}  ${showMessage(message)}`);
      },
      reply: (id, result) => {
        if (id > 0) print(`answers ${id}: ${showResult(result)}`);
      },
      append: () => 0,
      checkpoint: () => 0,
      reborn: () => print('asks to be reborn'),
      setTimer: (id, inUs) => {
        node.timers.set(id, this.#nowUs + inUs);
        print(`sets ${id} ${inUs / 1000}ms`);
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
      nodes: this.#nodes.map((node) => node.state),
      messages: this.#flights.map((flight) => flight.message),
      ghost: this.#ghost,
      trueUs: (_: NodeId, us: number) => us,
    };
    for (const [name, invariant] of Object.entries(machine.invariants)) {
      const wrong = invariant(world);
      if (wrong === undefined || this.#broken.has(name)) continue;
      this.#broken.add(name);
      this.#lines.push(`!! ${name}: ${wrong}`);
    }
  }

  #show(only: string | undefined): void {
    for (const { name, state } of this.#nodes) {
      const { core } = state;
      const view = core.installed === undefined ? 'no view' : `epoch ${core.installed.view.epoch}`;
      const keys = [...core.keys.values()].filter((rec) => only === undefined || rec.key === only);
      const parts = keys.map((rec) => `${rec.key} ${full(rec)}`);
      this.#lines.push(`${name} ${view}: ${parts.length === 0 ? 'no keys' : parts.join('; ')}`);
    }
  }
}

function brief(rec: KeyRec): string {
  const pend = rec.pend !== undefined && rec.pend.ts !== rec.ts ? rec.pend : undefined;
  const own = pend === undefined || printTs(pend.ts) === printTs(rec.ts) ? '' : printTs(pend.ts);
  return `${stateName(rec)} ${printTs(rec.ts)}${own === '' ? '' : ` (own ${own})`}`;
}

function full(rec: KeyRec): string {
  const waiting = rec.waiting;
  const queue = (waiting?.reads.length ?? 0) + (waiting?.updates.length ?? 0);
  const doomed = waiting?.doomed === undefined ? '' : `, doomed ${printTs(waiting.doomed.ts)}`;
  const last = `last writer ${nodeName(rec.lastWriter.id)}`;
  return `${brief(rec)} =${showValue(rec.value)}, ${last}${queue > 0 ? `, ${queue} wait` : ''}${doomed}`;
}

function showEvent(event: ProtocolEvent): string {
  const op = event.op === undefined ? '' : ` request ${event.op}`;
  switch (event.type) {
    case 'suspect':
      return `suspects ${nodeName((event.detail as NodeRef).id)}`;
    case 'drop':
      return `drops ${showMessage(event.detail as HermesMessage)}`;
    case 'leave':
      return 'is removed';
    case 'retry':
      return `tries${op} again`;
    case 'abort':
      return `aborts ${event.ts}${op}`;
    case 'doom':
      return `dooms ${event.ts}${op}`;
    case 'replay':
      return `replays ${event.ts}`;
    default:
      return `${event.type}s with ${event.ts}`;
  }
}

function showResult(result: Result): string {
  switch (result.type) {
    case 'value':
      return showValue(result.value);
    case 'done':
      return 'done';
    case 'integer':
      return String(result.value);
    case 'mismatch':
      return `no: it is ${showValue(result.observed)}`;
    case 'error':
      return `${result.code} ${result.message}`;
  }
}

function parseCommand(f: string | undefined, args: readonly string[]): Command {
  const [key = 'k', a, b] = args;
  switch (f) {
    case 'get':
    case 'delete':
      return { f, key };
    case 'set':
    case 'setxx':
    case 'getset':
    case 'append':
      return { f, key, value: bytes(a) };
    case 'add':
      return { f, key, delta: BigInt(a ?? 1) };
    case 'cas':
      return { f, key, expected: a === 'nothing' ? null : bytes(a), value: bytes(b) };
    default:
      throw new TypeError(`no such operation: ${f}`);
  }
}

function bytes(text: string | undefined): Bytes {
  return Buffer.from(text ?? '', 'utf8');
}

function micros(text: string | undefined): number {
  const [, number, unit] = /^(\d+)(us|ms|s)$/.exec(text ?? '') ?? [];
  if (number === undefined) throw new TypeError(`not a duration: ${text}`);
  return Number(number) * (unit === 's' ? 1_000_000 : unit === 'ms' ? 1000 : 1);
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
