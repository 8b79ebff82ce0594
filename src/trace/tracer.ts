/**
 * Tells what one replica does in the words of `TraceEvent`: what began a step, how keys stand after it,
 * what left because of it. Simulator, explorer and host call it alike, and only while a trace is wanted.
 */
import { nodeName } from '../base/node-name.ts';
import type { Command, NodeId, NodeName, NodeRef, Result } from '../base/operation.ts';
import { DEFINITE } from '../base/outcomes.ts';
import type { ShownEvent, TraceMessage } from '../base/trace-event.ts';
import type { Protocol, ProtocolEvent } from '../protocols/machine.ts';
import type { View } from '../protocols/membership.ts';
import { printView } from '../protocols/membership/messages.ts';

export class Tracer {
  readonly #protocol: Protocol;
  readonly #node: NodeName;
  readonly #emit: (event: ShownEvent) => void;
  /** Keys that the step may have changed, and how each was printed last. */
  readonly #touched = new Set<string>();
  readonly #states = new Map<string, { to: string; ts: string; value: string | undefined }>();
  /** What follows from the step: told after the states that it left. */
  #effects: ShownEvent[] = [];

  /** `emit` gets whole steps, in order. */
  constructor(protocol: Protocol, node: NodeName, emit: (event: ShownEvent) => void) {
    this.#protocol = protocol;
    this.#node = node;
    this.#emit = emit;
  }

  // What begins a step.

  /** `id`: of the send; see `MessageEvent`. */
  receive(at: number, from: NodeId, message: unknown, id: string): void {
    const said = this.#message(message);
    this.#emit({ type: 'receive', at, node: this.#node, id, from: nodeName(from), ...said });
  }

  request(at: number, op: number, command: Command, client?: string): void {
    const named = client === undefined ? {} : { client };
    const { key } = command;
    this.#touched.add(key);
    this.#emit({
      type: 'request',
      at,
      node: this.#node,
      op,
      ...named,
      key,
      text: commandText(command),
    });
  }

  timer(at: number, timer: string): void {
    this.#emit({ type: 'timer', at, node: this.#node, timer });
    // By convention a timer of a key ends in its name.
    const key = timer.slice(timer.indexOf(' ') + 1);
    if (this.#states.has(key)) this.#touched.add(key);
  }

  // What it leads to.

  send(at: number, to: NodeId, message: unknown, id: string): void {
    const said = this.#message(message);
    this.#effects.push({ type: 'send', at, node: this.#node, id, to: nodeName(to), ...said });
  }

  reply(at: number, op: number, result: Result): void {
    const { outcome, text } = resultText(result);
    this.#effects.push({ type: 'reply', at, node: this.#node, op, outcome, text });
  }

  event(at: number, event: ProtocolEvent): void {
    if (event.key !== undefined) this.#touched.add(event.key);
    const told = this.#told(event);
    if (told !== undefined) this.#effects.push({ at, node: this.#node, ...told });
  }

  /** The step is over; `state` is the machine's. */
  end(at: number, state: unknown): void {
    for (const key of this.#touched) this.#look(at, key, state);
    this.#touched.clear();
    for (const event of this.#effects) this.#emit(event);
    this.#effects = [];
  }

  #look(at: number, key: string, state: unknown): void {
    const { state: to, ts, value: bytes } = this.#protocol.peek(state, key);
    const value = bytes === null ? undefined : valueText(bytes);
    const before = this.#states.get(key);
    if (before?.to === to && before.ts === ts && before.value === value) return;
    this.#states.set(key, { to, ts, value });
    this.#emit({
      type: 'state',
      at,
      node: this.#node,
      key,
      ...(before !== undefined && { from: before.to }),
      to,
      ts,
      ...(value !== undefined && { value }),
    });
  }

  #message(message: unknown): TraceMessage {
    const said = messageText(this.#protocol, message);
    if (said.key !== undefined) this.#touched.add(said.key);
    return said;
  }

  #told(event: ProtocolEvent): Told | undefined {
    switch (event.type) {
      case 'install':
      case 'leave': {
        const { view } = event.detail as { readonly view: View };
        const members = [...view.full, ...view.shadow].map(({ id }) => nodeName(id));
        return { type: 'view', epoch: view.epoch, members, text: printView(view) };
      }
      case 'serves':
        return { type: 'lease', held: true };
      case 'lapse':
        return { type: 'lease', held: false };
      case 'drop':
        return note('drops it: not of this view', event.key);
      case 'suspect':
        return note(`suspects ${nodeName((event.detail as NodeRef).id)}`);
      case 'lost':
      case 'found':
        return note(this.#protocol.notice?.(event) ?? event.type);
      default:
        return undefined;
    }
  }
}

type Told =
  | { type: 'view'; epoch: number; members: NodeName[]; text: string }
  | { type: 'lease'; held: boolean }
  | { type: 'note'; text: string; key?: string };

function note(text: string, key?: string): Told {
  return { type: 'note', text, ...(key !== undefined && { key }) };
}

/** A message in print. What `Protocol.show` says begins with the kind, then key and timestamp, if it has them. */
export function messageText(protocol: Protocol, message: unknown): TraceMessage {
  const { key } = message as { readonly key?: unknown };
  const [kind = '', ...words] = protocol.show(message).split(' ');
  if (typeof key !== 'string' || words[0] !== key)
    return words.length === 0 ? { kind } : { kind, text: words.join(' ') };
  const [, ts, ...rest] = words;
  return {
    kind,
    key,
    ...(ts !== undefined && { ts }),
    ...(rest.length > 0 && { text: rest.join(' ') }),
  };
}

/** `read`, `write 7`, `cas 3 to 4`. */
export function commandText(command: Command): string {
  switch (command.f) {
    case 'get':
      return 'read';
    case 'set':
      return `write ${valueText(command.value)}`;
    case 'cas':
      return `cas ${command.expected === null ? 'nil' : valueText(command.expected)} to ${valueText(command.value)}`;
    case 'add':
      return `add ${command.delta}`;
    case 'delete':
      return 'delete';
    case 'setxx':
    case 'getset':
    case 'append':
      return `${command.f} ${valueText(command.value)}`;
  }
}

function resultText(result: Result): { outcome: 'ok' | 'fail' | 'info'; text: string } {
  switch (result.type) {
    case 'done':
      return { outcome: 'ok', text: 'ok' };
    case 'value':
      return { outcome: 'ok', text: result.value === null ? 'nil' : valueText(result.value) };
    case 'integer':
      return { outcome: 'ok', text: String(result.value) };
    case 'mismatch': {
      const seen = result.observed === null ? 'nil' : valueText(result.observed);
      return { outcome: 'fail', text: `mismatch: ${seen}` };
    }
    case 'error':
      return { outcome: DEFINITE.has(result.code) ? 'fail' : 'info', text: result.code };
  }
}

const LONGEST = 24;

/** A value in print, cut where it is long; what no terminal can show becomes dots. */
export function valueText(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  const plain = text.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '·');
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST)}…` : plain;
}
