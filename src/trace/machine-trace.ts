/**
 * The trace of one replica, for its host: every life, every input with what it led to, as people read
 * it (`Tracer`) and as bytes that a fresh machine can be held to (`takeAgain`).
 */
import { nodeName } from '../base/node-name.ts';
import type { NodeId, NodeRef, Result } from '../base/operation.ts';
import type { BootRecord, TraceEvent } from '../base/trace-event.ts';
import type { Config, Protocol, ProtocolEvent } from '../protocols/machine.ts';
import { type AnyInput, EffectsWriter, encodeInput } from './step-codec.ts';
import { Tracer } from './tracer.ts';

/** How a life begins: with the records of its log, or, where the trace sets in later, with a state. */
export interface Life {
  readonly config: Config;
  readonly incarnation: number;
  readonly nowUs: number;
  readonly lsn: number;
  readonly records?: readonly Uint8Array[];
  /** True: in the same process as the life before. */
  readonly reborn?: boolean;
  readonly state?: Uint8Array;
}

export interface MachineTraceOptions {
  readonly protocol: Protocol;
  readonly node: NodeId;
  /** True time, µs. */
  readonly trueUs: () => number;
  readonly emit: (event: TraceEvent) => void;
}

export class MachineTrace {
  readonly #options: MachineTraceOptions;
  readonly #tracer: Tracer;
  #effects: EffectsWriter;
  #at = 0;
  #sends = 0;
  #self: NodeRef = { id: 0, inc: 0 };

  constructor(options: MachineTraceOptions) {
    const { protocol, node, emit } = options;
    this.#options = options;
    this.#tracer = new Tracer(protocol, nodeName(node), emit);
    this.#effects = new EffectsWriter(protocol, 0);
  }

  /** A life begins; its effects follow, then `end`. */
  begin(life: Life): void {
    const { protocol, node, emit } = this.#options;
    this.#at = this.#options.trueUs();
    this.#self = { id: node, inc: life.incarnation };
    this.#effects = new EffectsWriter(protocol, life.lsn);
    emit(bootRecord(protocol, this.#at, life));
  }

  /** An input is about to be given to the machine; its effects follow, then `end`. */
  input(input: AnyInput, nowUs: number): void {
    const { protocol, emit } = this.#options;
    const at = (this.#at = this.#options.trueUs());
    const bytes = encodeInput(protocol, input).toString('base64');
    emit({ type: 'input', at, node: nodeName(this.#self.id), nowUs, bytes });
    // Who the receipt belongs to is found when the traces of all replicas are put together.
    if (input.kind === 'message') this.#tracer.receive(at, input.from.id, input.message, '');
    else if (input.kind === 'request') this.#tracer.request(at, input.id, input.command);
    else if (input.kind === 'timer') this.#tracer.timer(at, input.timer);
  }

  send(to: NodeId, message: unknown, after: number | undefined): void {
    this.#effects.send(to, message, after);
    const { id, inc } = this.#self;
    this.#tracer.send(this.#at, to, message, `${nodeName(id)}.${inc}/${++this.#sends}`);
  }

  reply(id: number, result: Result, after: number | undefined): void {
    this.#effects.reply(id, result, after);
    this.#tracer.reply(this.#at, id, result);
  }

  append(record: unknown): void {
    this.#effects.append(record);
  }

  checkpoint(records: readonly unknown[]): void {
    this.#effects.checkpoint(records);
  }

  reborn(): void {
    this.#effects.reborn();
  }

  setTimer(id: string, inUs: number): void {
    this.#effects.setTimer(id, inUs);
  }

  cancelTimer(id: string): void {
    this.#effects.cancelTimer(id);
  }

  event(event: ProtocolEvent): void {
    this.#tracer.event(this.#at, event);
  }

  /** The step is over. */
  end(state: unknown): void {
    const at = this.#at;
    this.#tracer.end(at, state);
    const bytes = this.#effects.take().toString('base64');
    this.#options.emit({ type: 'output', at, node: nodeName(this.#self.id), bytes });
  }
}

function bootRecord(protocol: Protocol, at: number, life: Life): BootRecord {
  const { self, members, acceptors, timing, options, bugs, seed } = life.config;
  return {
    type: 'boot',
    at,
    node: nodeName(self),
    protocol: protocol.name,
    incarnation: life.incarnation,
    nowUs: life.nowUs,
    lsn: life.lsn,
    config: {
      self,
      members,
      ...(acceptors && { acceptors }),
      timing: { ...timing },
      options,
      bugs: [...bugs],
      ...(seed !== undefined && { seed }),
    },
    ...(life.reborn === true && { reborn: true }),
    ...(life.records && { records: life.records.map(base64) }),
    ...(life.state && { state: base64(life.state) }),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
