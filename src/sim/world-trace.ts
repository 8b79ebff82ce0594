/** What happens in a world, in the words of traces. A message's id is its name in a list of steps. */
import { nodeName } from '../base/node-name.ts';
import type { Command, NodeId, Outcome, Result } from '../base/operation.ts';
import type { TraceEvent } from '../base/trace-event.ts';
import type { Protocol, ProtocolEvent } from '../protocols/machine.ts';
import { messageText, Tracer } from '../trace/tracer.ts';
import type { Armed } from './host.ts';
import { formatMessageName } from './step.ts';
import type { Envelope, Witness } from './watcher.ts';

export class WorldTrace implements Witness {
  readonly #protocol: Protocol;
  readonly #nowUs: () => number;
  readonly #emit: (event: TraceEvent) => void;
  readonly #tracers = new Map<NodeId, Tracer>();

  /** `nowUs`: true time since the run began. */
  constructor(protocol: Protocol, nowUs: () => number, emit: (event: TraceEvent) => void) {
    this.#protocol = protocol;
    this.#nowUs = nowUs;
    this.#emit = emit;
  }

  sent(envelope: Envelope): void {
    const id = formatMessageName(envelope);
    this.#of(envelope.from.id).send(this.#nowUs(), envelope.to, envelope.message, id);
  }

  received(envelope: Envelope): void {
    const id = formatMessageName(envelope);
    this.#of(envelope.to).receive(this.#nowUs(), envelope.from.id, envelope.message, id);
  }

  lost(envelope: Envelope): void {
    this.#emit({
      type: 'drop',
      at: this.#nowUs(),
      node: nodeName(envelope.from.id),
      to: nodeName(envelope.to),
      id: formatMessageName(envelope),
      ...messageText(this.#protocol, envelope.message),
    });
  }

  asked(node: NodeId, id: number, client: number, command: Command): void {
    this.#of(node).request(this.#nowUs(), id, command, `c${client}`);
  }

  replied(node: NodeId, id: number, result: Result): void {
    this.#of(node).reply(this.#nowUs(), id, result);
  }

  gaveUp(node: NodeId, op: number, outcome: Outcome): void {
    const { type } = outcome;
    const text = type === 'ok' ? 'ok' : outcome.error;
    const at = this.#nowUs();
    this.#emit({ type: 'reply', at, node: nodeName(node), op, outcome: type, text });
  }

  timer({ node, timer }: Armed): void {
    this.#of(node).timer(this.#nowUs(), timer);
  }

  event(node: NodeId, event: ProtocolEvent): void {
    this.#of(node).event(this.#nowUs(), event);
  }

  crashed(node: NodeId): void {
    this.#emit({ type: 'crash', at: this.#nowUs(), node: nodeName(node) });
    // The next life begins with nothing.
    this.#tracers.delete(node);
  }

  booted(node: NodeId, incarnation: number): void {
    if (incarnation === 1) return;
    this.#emit({ type: 'restart', at: this.#nowUs(), node: nodeName(node), incarnation });
  }

  stepped(node: NodeId, state: unknown): void {
    this.#of(node).end(this.#nowUs(), state);
  }

  #of(node: NodeId): Tracer {
    let tracer = this.#tracers.get(node);
    if (tracer === undefined) {
      tracer = new Tracer(this.#protocol, nodeName(node), this.#emit);
      this.#tracers.set(node, tracer);
    }
    return tracer;
  }
}
