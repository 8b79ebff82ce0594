/**
 * The nodes by themselves: every state that a node was seen in, by number, and what each input makes of
 * it, worked out once by the real machine. Two states of a node are one if their saved bytes and armed
 * timers are the same.
 */
import type { Bytes, Command, NodeId, NodeRef, Result } from '../base/operation.ts';
import type { Effects, Input, ProtocolEvent, TimerId } from '../protocols/machine.ts';
import type { Happening } from './happening.ts';
import { Interner } from './interner.ts';
import type { BootInput, Model } from './model.ts';
import { textOf } from './plain-data.ts';
import type { Born } from './symmetry.ts';

/** A node between two steps. */
export interface Local {
  readonly node: NodeId;
  /** Never stepped: it is there to be looked at. */
  readonly state: unknown;
  readonly saved: Uint8Array;
  readonly incarnation: number;
  readonly timers: readonly TimerId[];
  /** Requests that are not answered, clients' and probes'. */
  readonly open: readonly number[];
  /** What each probe was answered; undefined: nothing, or an error. */
  readonly answers: readonly (Bytes | null | undefined)[];
  /** Where it was first reached. */
  readonly born: Born;
  /** The machine threw this in the step that led here. */
  readonly crash?: string;
  /** By input: transition + 2; 1: impossible; 0: not known yet. */
  row: Int32Array;
}

/** A message as it lies in an inbox. */
export interface Letter {
  readonly message: unknown;
  readonly from: NodeRef;
  readonly to: NodeId;
  /** What tells it from others. */
  readonly name: string;
  /** Where it was first sent: the `nth` to its receiver in that step. */
  readonly born: Born & { readonly nth: number };
  /** Name of the one that makes it superfluous. */
  readonly stronger: string | undefined;
  /** Its number among the inputs of the receiver. */
  readonly input: number;
}

/** An input to one node. */
export interface NodeInput {
  readonly name: string;
  readonly input: Input<unknown, unknown> | BootInput;
  /** A letter arrives. */
  readonly letter?: number;
  readonly when?: (state: unknown) => boolean;
  readonly atOnce?: boolean;
}

export interface Transition {
  readonly next: number;
  /** By receiver: the list of letters that it gets; 0: none. Empty: nobody gets any. */
  readonly sends: readonly number[];
  /** Number of the list of happenings. */
  readonly happenings: number;
}

const BOOT: NodeInput = { name: 'boot', input: { kind: 'boot' } };

/** Requests from this number on are probes. */
export const FIRST_PROBE = 1000;

export class Machines {
  readonly model: Model;
  readonly locals: Local[] = [];
  readonly letters: Letter[] = [];
  readonly transitions: Transition[] = [];
  /** Letters that are sent together to one receiver, in the order in which they are sent. */
  readonly lists: (readonly number[])[] = [];
  readonly happenings: (readonly Happening[])[] = [];
  /** Where each list of happenings was first seen; undefined: the empty one. */
  readonly happeningsBorn: (Born | undefined)[] = [];
  readonly inputs: readonly NodeInput[][];
  readonly #localIds = new Interner();
  readonly #letterIds = new Interner();
  readonly #listIds = new Interner();
  readonly #happeningIds = new Interner();
  readonly #inputIds: readonly Interner[];

  constructor(model: Model) {
    this.model = model;
    this.inputs = model.configs.map(() => []);
    this.#inputIds = model.configs.map(() => new Interner());
    this.#happeningsOf([], undefined);
    this.listOf([]);
  }

  /** First life of a node: what it does when it boots. */
  boot(node: NodeId): Transition {
    return this.#run({ before: -1, node, input: -1 }, undefined, BOOT) as Transition;
  }

  /** Number of an input of a node. */
  inputOf(node: NodeId, input: NodeInput): number {
    const id = this.#inputIds[node]!.of(input.name);
    this.inputs[node]![id] ??= input;
    return id;
  }

  /** Number of a list of letters. */
  listOf(letters: readonly number[]): number {
    const id = this.#listIds.of(letters.join());
    if (id === this.lists.length) this.lists.push(letters);
    return id;
  }

  /** Number of the transition; −1: the input is impossible here. */
  step(local: number, input: number): number {
    const at = this.locals[local] as Local;
    if (input >= at.row.length) at.row = widened(at.row, input + 1);
    const known = at.row[input] as number;
    if (known !== 0) return known - 2;
    const born = { before: local, node: at.node, input };
    const made = this.#run(born, at, this.inputs[at.node]![input] as NodeInput);
    const id = made === undefined ? -1 : this.transitions.push(made) - 1;
    at.row[input] = id + 2;
    return id;
  }

  #run(born: Born, before: Local | undefined, given: NodeInput): Transition | undefined {
    const { node } = born;
    const { machine } = this.model.protocol;
    const config = this.model.configs[node]!;
    if (before !== undefined && given.when?.(before.state) === false) return undefined;
    const sink = new Sink(node, before);
    let state: unknown;
    let crash: string | undefined;
    try {
      if (given.input.kind === 'boot') state = sink.begin(this.model);
      else {
        state = machine.load((before as Local).saved, config);
        machine.step(state, this.#arriving(sink, given.input, before as Local), 0, sink);
      }
      if (sink.wantsRebirth) state = sink.begin(this.model, state);
      if (given.atOnce === true && !sink.begun) return undefined;
      if (before === undefined || !this.#same(sink, state, before)) this.#probe(sink, state);
    } catch (error) {
      crash = String(error);
    }
    return this.#transition(born, sink, state, crash);
  }

  /** The step changed nothing at the node: then its probes would be answered as before. */
  #same(sink: Sink, state: unknown, before: Local): boolean {
    this.model.abstraction.forget?.(state);
    const saved = this.model.protocol.machine.save(state);
    if (sink.incarnation !== before.incarnation || Buffer.compare(saved, before.saved) !== 0)
      return false;
    for (const [i, value] of before.answers.entries())
      if (value !== undefined) sink.answers.set(FIRST_PROBE + i, { type: 'value', value });
    return true;
  }

  #arriving(sink: Sink, input: Input<unknown, unknown>, before: Local): Input<unknown, unknown> {
    if (input.kind === 'timer') sink.timers.delete(input.timer);
    if (input.kind === 'request') sink.ask(input.id);
    if (input.kind !== 'message') return input;
    const arrive = this.model.abstraction.arrive;
    return arrive ? { ...input, message: arrive(input.message, before.state) } : input;
  }

  #probe(sink: Sink, state: unknown): void {
    const { probes, probesWait, protocol } = this.model;
    for (const [i, command] of probes.entries()) {
      const id = FIRST_PROBE + i;
      if (sink.open.has(id)) continue;
      const before = sink.happened.splice(0);
      sink.ask(id);
      const request = { kind: 'request', id, command, deadlineUs: Infinity } as const;
      protocol.machine.step(state, request, 0, sink);
      const happened = sink.happened.splice(0, Infinity, ...before);
      if (sink.open.has(id)) {
        if (probesWait) sink.happened.push(...happened);
        else {
          protocol.machine.step(state, { kind: 'gone', id }, 0, sink);
          sink.open.delete(id);
        }
      } else sink.happened.push(...answeredAtOnce(id, command, happened, sink.answers.get(id)));
    }
  }

  #transition(born: Born, sink: Sink, state: unknown, crash: string | undefined): Transition {
    const sends: number[][] = [];
    for (const { from, to, message } of sink.sent) {
      const receivers = this.model.abstraction.receivers?.(message, from, to) ?? [to];
      for (const receiver of receivers) {
        const nth = sends[receiver]?.length ?? 0;
        const letter = this.#letter(message, from, receiver, { ...born, nth });
        if (letter !== undefined) (sends[receiver] ??= []).push(letter);
      }
    }
    const next = this.#local(born, sink, state, crash);
    const happenings = this.#happeningsOf(sink.happened, born);
    // Receivers that get nothing leave holes in the list.
    return { next, sends: Array.from(sends, (letters) => this.listOf(letters ?? [])), happenings };
  }

  #letter(message: unknown, from: NodeRef, to: NodeId, born: Letter['born']): number | undefined {
    const { abstraction } = this.model;
    const identity = abstraction.messageIdentity
      ? abstraction.messageIdentity(message, from, to)
      : textOf(message);
    if (identity === undefined) return undefined;
    // An identity of the model's own says who sent it, if that matters (a VAL of TLA+ names nobody).
    const sender = abstraction.messageIdentity ? '' : `${from.id}/${from.inc}`;
    const link = `${sender}>${to}`;
    const name = `${link} ${identity}`;
    const id = this.#letterIds.of(name);
    if (id === this.letters.length) {
      const more = abstraction.stronger?.(message);
      const stronger = more === undefined ? undefined : `${link} ${textOf(more)}`;
      const input = this.inputOf(to, {
        name,
        input: { kind: 'message', from, message },
        letter: id,
      });
      this.letters.push({ message, from, to, name, born, stronger, input });
    }
    return id;
  }

  #local(born: Born, sink: Sink, state: unknown, crash: string | undefined): number {
    const { abstraction, protocol } = this.model;
    if (crash === undefined) abstraction.forget?.(state);
    const saved = crash === undefined ? protocol.machine.save(state) : Buffer.from(crash);
    const timers = [...sink.timers].filter((t) => this.model.timer(t) !== 'never').toSorted();
    const identity = abstraction.nodeIdentity?.(state) ?? `${timers.join()} ${latin1(saved)}`;
    const id = this.#localIds.of(`${sink.node}/${sink.incarnation} ${identity}`);
    if (id < this.locals.length) return id;
    const { node, incarnation } = sink;
    this.locals.push({
      node,
      state,
      saved,
      incarnation,
      timers,
      open: [...sink.open].toSorted((a, b) => a - b),
      answers: this.model.probes.map((_, i) => {
        const answer = sink.answers.get(FIRST_PROBE + i);
        return answer?.type === 'value' ? answer.value : undefined;
      }),
      born,
      ...(crash !== undefined && { crash }),
      row: new Int32Array(16),
    });
    return id;
  }

  #happeningsOf(happened: readonly Happening[], born: Born | undefined): number {
    const id = this.#happeningIds.of(textOf(happened));
    if (id === this.happenings.length) {
      this.happenings.push(happened);
      this.happeningsBorn.push(born);
    }
    return id;
  }
}

/** What is left of a probe that took no time: that the value was read. A refusal is nothing. */
function answeredAtOnce(
  id: number,
  { key }: Command,
  happened: readonly Happening[],
  answer: Result | undefined,
): readonly Happening[] {
  if (answer?.type !== 'value') return [];
  const own = (one: Happening): boolean =>
    one.what === 'event' && one.event.op === id && ['invoke', 'reply'].includes(one.event.type);
  return [...happened.filter((one) => !own(one)), { what: 'read', key, value: answer.value }];
}

/** What a machine asks for in one step. */
class Sink implements Effects<unknown, unknown> {
  readonly node: NodeId;
  incarnation: number;
  readonly timers: Set<TimerId>;
  readonly open: Set<number>;
  readonly sent: { readonly from: NodeRef; readonly to: NodeId; readonly message: unknown }[] = [];
  readonly answers = new Map<number, Result>();
  readonly happened: Happening[] = [];
  wantsRebirth = false;
  /** A request was begun or answered. */
  begun = false;

  constructor(node: NodeId, before: Local | undefined) {
    this.node = node;
    this.incarnation = before?.incarnation ?? 0;
    this.timers = new Set(before?.timers);
    this.open = new Set(before?.open);
  }

  /** A new life: what was in memory is gone, and with it whoever waited for an answer. */
  begin(model: Model, former?: unknown): unknown {
    this.incarnation++;
    this.wantsRebirth = false;
    this.timers.clear();
    this.open.clear();
    const boot = { incarnation: this.incarnation, records: [], former };
    return model.protocol.machine.init(model.configs[this.node]!, boot, 0, this);
  }

  ask(id: number): void {
    this.open.add(id);
    if (id < FIRST_PROBE) this.happened.push({ what: 'invoked', id });
  }

  send(to: NodeId, message: unknown): void {
    this.sent.push({ from: { id: this.node, inc: this.incarnation }, to, message });
  }

  reply(id: number, result: Result): void {
    this.open.delete(id);
    this.answers.set(id, result);
    this.begun = true;
    if (id < FIRST_PROBE) this.happened.push({ what: 'told', id, result });
  }

  append(): number {
    throw new Error('explored machines have no log');
  }

  checkpoint(): number {
    throw new Error('explored machines have no log');
  }

  reborn(): void {
    this.wantsRebirth = true;
  }

  setTimer(timer: TimerId): void {
    this.timers.add(timer);
  }

  cancelTimer(timer: TimerId): void {
    this.timers.delete(timer);
  }

  event(event: ProtocolEvent): void {
    if (event.type === 'issue') this.begun = true;
    this.happened.push({ what: 'event', node: this.node, event });
  }
}

function widened(row: Int32Array, least: number): Int32Array {
  const wider = new Int32Array(Math.max(2 * row.length, least));
  wider.set(row);
  return wider;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
