/** The named traces of docs/protocol.md, step by step on the real machines: `hermes replay G3`. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeId, nodeName } from '../base/node-name.ts';
import type { NodeId, NodeName } from '../base/operation.ts';
import type { ShownEvent } from '../base/trace-event.ts';
import { UserError } from '../base/user-error.ts';
import { type NamedScript, namedScripts, withoutBug } from '../protocols/hermes/named-scripts.ts';
import { Script } from '../protocols/hermes/script.ts';
import { showEvent } from '../protocols/hermes/script-words.ts';
import type { Flight, Node, ScriptWatcher } from '../protocols/hermes/script-world.ts';
import type { Input, ProtocolEvent } from '../protocols/machine.ts';
import { reliableHermes } from '../protocols/hermes/reliable.ts';
import { Tracer, messageText } from '../trace/tracer.ts';
import { packageRoot } from './build-info.ts';

/** Ours, or without the rule that the trace is about, as it was published. */
export type Rules = 'ours' | 'published';

export interface NamedTrace {
  readonly name: string;
  /** Other numbers that it goes by: finding and planted bug. */
  readonly also: readonly string[];
  readonly rules: Rules;
  /** What happens, in a sentence or two. */
  readonly about: string;
  /** `at` counts steps. */
  readonly events: readonly ShownEvent[];
  /** Invariants that broke, in order; none: nothing is wrong. */
  readonly broken: readonly { readonly invariant: string; readonly message: string }[];
}

/** All scripts that have a name. */
async function allScripts(): Promise<NamedScript[]> {
  const folder = join(await packageRoot(), 'src', 'protocols', 'hermes', 'scripts');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.txt')).toSorted();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return texts.flatMap(namedScripts);
}

/** Names that `namedTrace` knows, each once: those of the findings first. */
export async function traceNames(): Promise<string[]> {
  const names = new Set((await allScripts()).map(({ name }) => name));
  return [...names].toSorted(
    (a, b) => a.charCodeAt(0) - b.charCodeAt(0) || parseInt(a.slice(1)) - parseInt(b.slice(1)),
  );
}

/** Is it the name of a trace, or of what one shows (`F1`, `M9`)? */
export async function isTraceName(name: string): Promise<boolean> {
  return (await allScripts()).some((script) => goesBy(script, name));
}

function goesBy({ name, also }: NamedScript, asked: string): boolean {
  return [name, ...also].some((known) => known.toLowerCase() === asked.toLowerCase());
}

/** Runs it. Throws a `UserError` for a name that nobody knows. */
export async function namedTrace(
  name: string,
  { rules }: { readonly rules: Rules },
): Promise<NamedTrace> {
  const scripts = (await allScripts()).filter((script) => goesBy(script, name));
  const [first] = scripts;
  if (first === undefined)
    throw new UserError(
      `There is no trace "${name}".`,
      `Known: ${(await traceNames()).join(' ')}.`,
    );
  const ruled = rules === 'ours';
  const script = scripts.find((s) => s.ruled === ruled) ?? (ruled ? withoutBug(first) : first);
  const recorder = new Recorder();
  const runner = new Script(false, recorder);
  for (const command of script.commands) runner.run(command);
  const { also } = scripts.find((s) => s.also.length > 0) ?? first;
  const { about } = script;
  const { events, broken } = recorder;
  return { name: script.name, also, rules, about, events, broken };
}

/** Events that a diagram tells as notes; the others follow from messages and states. */
const NOTED = new Set(['doom', 'abort', 'retry', 'replay', 'help']);

/** Puts what happens in a script into the words of traces. */
class Recorder implements ScriptWatcher {
  readonly events: ShownEvent[] = [];
  readonly broken: { invariant: string; message: string }[] = [];
  readonly #tracers = new Map<NodeName, Tracer>();
  #at = 0;
  #last: NodeName = 'n1';
  #notes: ShownEvent[] = [];

  began(node: Node, what: 'boot' | Input<unknown, unknown>, flight?: Flight): void {
    const name = node.name as NodeName;
    const at = ++this.#at;
    this.#last = name;
    const tracer = this.#tracer(name);
    if (what === 'boot') {
      if (node.inc > 1)
        this.events.push({ type: 'restart', at, node: name, incarnation: node.inc });
    } else if (what.kind === 'message' && flight !== undefined)
      tracer.receive(at, flight.from.id, flight.message, flight.id);
    else if (what.kind === 'timer') tracer.timer(at, what.timer);
    else if (what.kind === 'request')
      tracer.request(at, what.id, what.command, `c${nodeId(name) as NodeId}`);
    else if (what.kind === 'admin') this.#admin(name, what.command as AdminCommand);
  }

  #admin(node: NodeName, command: AdminCommand): void {
    if (command.f === 'lease')
      this.events.push({ type: 'lease', at: this.#at, node, held: (command.untilUs ?? 0) > 0 });
  }

  #tracer(name: NodeName): Tracer {
    let tracer = this.#tracers.get(name);
    if (tracer === undefined) {
      tracer = new Tracer(reliableHermes, name, (event) => this.events.push(event));
      this.#tracers.set(name, tracer);
    }
    return tracer;
  }

  sent(flight: Flight): void {
    this.#tracer(this.#last).send(this.#at, flight.to, flight.message, flight.id);
  }

  replied(node: Node, id: number, result: Parameters<ScriptWatcher['replied']>[2]): void {
    if (id > 0) this.#tracer(node.name as NodeName).reply(this.#at, id, result);
  }

  happened(node: Node, event: ProtocolEvent): void {
    const name = node.name as NodeName;
    this.#tracer(name).event(this.#at, event);
    if (!NOTED.has(event.type)) return;
    const key = event.key === undefined ? {} : { key: event.key };
    this.#notes.push({ type: 'note', at: this.#at, node: name, ...key, text: showEvent(event) });
  }

  ended(node: Node): void {
    this.#tracer(node.name as NodeName).end(this.#at, node.state);
    this.events.push(...this.#notes.splice(0));
  }

  dropped({ from, to, message, id }: Flight): void {
    const said = messageText(reliableHermes, message);
    const [node, receiver] = [nodeName(from.id), nodeName(to)];
    this.events.push({ type: 'drop', at: ++this.#at, node, to: receiver, id, ...said });
  }

  crashed(node: Node): void {
    this.#last = node.name as NodeName;
    this.events.push({ type: 'crash', at: ++this.#at, node: this.#last });
  }

  broke(invariant: string, message: string): void {
    this.broken.push({ invariant, message });
    const text = `${invariant}: ${message}`;
    this.events.push({ type: 'note', at: this.#at, node: this.#last, text });
  }
}

interface AdminCommand {
  readonly f: string;
  readonly untilUs?: number;
}
