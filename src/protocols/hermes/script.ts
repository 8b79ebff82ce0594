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
 *                                             its process lives on, and only its incarnation is new
 *     state [k]                               what every node holds
 *
 * A line that begins with a dot is carried out and leaves no transcript: the way to a situation.
 * Answers, messages, timers, and changes of state are printed in the order in which they happen;
 * a line that begins with `!!` is an invariant that broke.
 */
import { nodeId, nodeName } from '../../base/node-name.ts';
import type { NodeId } from '../../base/operation.ts';
import { type View, firstView } from '../membership.ts';
import { nextView } from '../next-view.ts';
import type { ScriptedCommand } from '../scripted-membership.ts';
import type { ReplicaState } from './replica.ts';
import { micros, parseCommand } from './script-words.ts';
import {
  type Flight,
  HEARTBEAT,
  type Node,
  type Options,
  RELIABLE,
  SCRIPTED,
  type ScriptWatcher,
  ScriptWorld,
} from './script-world.ts';

/** Runs the commands of a whole script; `reload`: saves and loads the state after every step. */
export class Script {
  readonly #world: ScriptWorld;
  #views: View[] = [];
  #requests = 0;

  constructor(reload = false, watcher?: ScriptWatcher) {
    this.#world = new ScriptWorld(reload, watcher);
  }

  /** Runs one command and returns the lines of its transcript. */
  run(line: string): readonly string[] {
    this.#world.lines = [];
    const silent = line.startsWith('. ');
    const [word = '', ...args] = line
      .slice(silent ? 2 : 0)
      .trim()
      .split(/\s+/);
    const command = this.#commands[word];
    if (nodeId(word) !== undefined) this.#request(this.#world.node(word), args);
    else if (command !== undefined) command(args);
    else throw new TypeError(`no such command: ${line}`);
    this.#world.showChanges();
    if (silent) this.#world.lines = [];
    this.#world.showBroken();
    return this.#world.lines;
  }

  /** State of a node, for tests that ask more than a transcript shows. */
  state(name: string): ReplicaState<unknown> {
    return this.#world.node(name).state;
  }

  /** Messages under way. */
  get flights(): readonly Flight[] {
    return this.#world.flights;
  }

  readonly #commands: Readonly<Record<string, (args: string[]) => void>> = {
    nodes: (args) => this.#start(args),
    deliver: (args) => this.#deliver(args, false),
    repeat: (args) => this.#deliver(args, true),
    drop: (args) => {
      for (const flight of this.#pick(args)) this.#world.drop(flight);
    },
    settle: () => this.#world.settle(new Set()),
    timer: ([name, ...timer]) => this.#world.fire(this.#world.node(name), timer.join(' ')),
    advance: ([time]) => {
      this.#world.nowUs += micros(time);
    },
    view: (args) => this.#view(args),
    lease: ([name, time]) => {
      const lasts =
        time === 'none' ? -this.#world.nowUs : time === 'forever' ? Infinity : micros(time);
      const command: ScriptedCommand = { f: 'lease', untilUs: this.#world.nowUs + lasts };
      this.#world.step(this.#world.node(name), { kind: 'admin', id: 0, command });
    },
    beat: (names) => {
      const nodes =
        names.length > 0 ? names.map((name) => this.#world.node(name)) : this.#world.nodes;
      for (const node of nodes) if (node.up) this.#world.fire(node, HEARTBEAT);
    },
    form: () => {
      this.#world.settle(new Set());
      for (let round = 0; round < 4; round++)
        for (const node of this.#world.nodes) this.#world.live(node);
    },
    run: ([time]) => this.#world.run(this.#world.nowUs + micros(time)),
    cut: (links) => {
      for (const link of links) this.#world.cut.add(link);
    },
    heal: () => this.#world.cut.clear(),
    disk: ([name, speed]) => {
      const node = this.#world.node(name);
      node.disk = speed === 'slow' ? 'slow' : 'fast';
      this.#world.write(node);
    },
    crash: ([name]) => this.#world.crash(this.#world.node(name)),
    restart: ([name, keeping]) =>
      this.#world.restart(this.#world.node(name), keeping === 'keeping'),
    state: ([key]) => this.#world.show(key),
  };

  #start(args: string[]): void {
    const [count, ...rest] = args.filter((arg) => arg !== 'membership');
    const protocol = args.includes('membership') ? RELIABLE : SCRIPTED;
    const pairs = rest.map((arg) => arg.split('=') as [string, string]);
    const bugs = new Set(pairs.filter(([name]) => name === 'bug').map(([, value]) => value));
    const options = pairs
      .filter(([name]) => name !== 'bug')
      .map(([name, value]) => [name, JSON.parse(value) as boolean | number]);
    this.#requests = 0;
    this.#views = [firstView(Array.from({ length: Number(count) }, (_, id) => id))];
    this.#world.start(Number(count), protocol, bugs, Object.fromEntries(options) as Options);
  }

  #request(node: Node, args: string[]): void {
    const [word, ...rest] = args;
    const command = this.#world.protocol.admin?.([word?.toUpperCase() ?? '']);
    if (command !== undefined) {
      this.#world.step(node, { kind: 'admin', id: ++this.#requests, command });
      return;
    }
    if (word === 'gone') {
      this.#world.step(node, { kind: 'gone', id: Number(rest[0]) });
      return;
    }
    const at = rest.indexOf('within');
    const deadlineUs = at < 0 ? Infinity : this.#world.nowUs + micros(rest[at + 1]);
    const asked = parseCommand(word, at < 0 ? rest : rest.slice(0, at));
    this.#world.step(node, { kind: 'request', id: ++this.#requests, command: asked, deadlineUs });
  }

  #pick(args: string[]): Flight[] {
    const all = args[0] === 'all';
    const [kind = '*', from = '*', to = '*', key = '*'] = all ? args.slice(1) : args;
    const fits = (pattern: string, is: string) => pattern === '*' || pattern === is;
    const found = this.#world.flights.filter(
      (f) =>
        fits(kind, f.message.kind) &&
        fits(from, nodeName(f.from.id)) &&
        fits(to, nodeName(f.to)) &&
        fits(key, 'key' in f.message ? f.message.key : ''),
    );
    if (found.length === 0) throw new TypeError(`nothing under way fits: ${args.join(' ')}`);
    return all ? found : found.slice(0, 1);
  }

  #deliver(args: string[], keep: boolean): void {
    for (const flight of this.#pick(args))
      this.#world.arrive(keep ? flight : this.#world.take(flight));
  }

  #view(args: string[]): void {
    const at = args.indexOf('at');
    const where =
      at < 0 ? this.#world.nodes.map((n) => n.name) : (args[at + 1] as string).split(',');
    const places = where.filter((name) => name !== 'nobody');
    const shadow = args.indexOf('shadow');
    const epoch = Number(args[0]);
    if (this.#views.length < epoch) {
      const refs = (text: string) =>
        text
          .split(',')
          .map((name) => ({ id: nodeId(name) as NodeId, inc: this.#world.node(name).inc }));
      const shadows = shadow < 0 ? [] : refs(args[shadow + 1] as string);
      const full = refs(args[1] as string);
      this.#views.push(nextView(this.#views.at(-1) as View, full, shadows));
    }
    const view = this.#views[epoch - 1] as View;
    for (const name of places)
      this.#world.step(this.#world.node(name), {
        kind: 'admin',
        id: 0,
        command: { f: 'view', view },
      });
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
