/**
 * Takes the recorded steps of real replicas again: each input, given to a fresh machine of the same
 * protocol, must lead to the same bytes. That is what makes the simulator and the explorer speak of
 * the replicas that run on sockets.
 */
import { Reader } from '../base/bytes.ts';
import type { NodeName } from '../base/operation.ts';
import type { BootRecord, TraceEvent } from '../base/trace-event.ts';
import type { Config, Protocol, Timing } from '../protocols/machine.ts';
import { decodeInput, EffectsWriter } from './step-codec.ts';

/** A step that a fresh machine does not repeat. */
export interface Deviation {
  readonly node: NodeName;
  readonly incarnation: number;
  /** Which input of that life, from 1; 0: its boot. */
  readonly step: number;
  /** As in the trace. */
  readonly at: number;
  readonly what: string;
}

/** What was taken again. */
export interface Taken {
  readonly lives: number;
  readonly steps: number;
  /** Bytes of outputs that were compared. */
  readonly bytes: number;
  /** At most one per life: after it a machine is not as it was. */
  readonly deviations: readonly Deviation[];
}

/** A life under way. */
interface Living {
  readonly boot: BootRecord;
  readonly protocol: Protocol;
  readonly out: EffectsWriter;
  state: unknown;
  step: number;
  /** What the fresh machine asked for in the step whose output comes next, or that it threw. */
  expected: Buffer | Error | undefined;
}

/** Checks a trace event by event, in the order of the file. */
export class TakeAgain {
  readonly #load: (protocol: string) => Protocol | undefined;
  readonly #lives = new Map<NodeName, Living>();
  readonly #deviations: Deviation[] = [];
  #count = 0;
  #steps = 0;
  #bytes = 0;

  /** `load`: a protocol by its name. */
  constructor(load: (protocol: string) => Protocol | undefined) {
    this.#load = load;
  }

  take(event: TraceEvent): void {
    if (event.type === 'boot') this.#boot(event);
    const life = this.#lives.get(event.node);
    if (life === undefined) return;
    if (event.type === 'input') this.#input(life, event);
    if (event.type === 'output') this.#output(life, event);
  }

  /** What was found so far. */
  get taken(): Taken {
    const { length } = this.#deviations;
    return {
      lives: this.#count,
      steps: this.#steps,
      bytes: this.#bytes,
      deviations: this.#deviations.slice(0, length),
    };
  }

  #boot(boot: BootRecord): void {
    const protocol = this.#load(boot.protocol);
    const former = boot.reborn === true ? this.#lives.get(boot.node)?.state : undefined;
    this.#lives.delete(boot.node);
    const out = protocol && new EffectsWriter(protocol, boot.lsn);
    if (protocol === undefined || out === undefined) {
      this.#deviate(boot, 0, boot.at, `there is no protocol "${boot.protocol}"`);
      return;
    }
    this.#count++;
    const life: Living = { boot, protocol, out, state: undefined, step: 0, expected: undefined };
    this.#lives.set(boot.node, life);
    this.#guard(life, () => {
      life.state = begin(protocol, boot, former, out);
    });
  }

  #input(life: Living, event: Extract<TraceEvent, { type: 'input' }>): void {
    if (life.expected !== undefined) {
      this.#fail(life, event.at, 'the output of the step before is missing');
      return;
    }
    life.step++;
    const input = decodeInput(life.protocol, Buffer.from(event.bytes, 'base64'));
    if (input === undefined) {
      this.#fail(life, event.at, 'the input is damaged');
      return;
    }
    this.#steps++;
    this.#guard(life, () => life.protocol.machine.step(life.state, input, event.nowUs, life.out));
  }

  /** A step at which the replica itself broke has no output: then this one may break too. */
  #guard(life: Living, run: () => void): void {
    try {
      run();
      life.expected = Buffer.from(life.out.take());
    } catch (error) {
      life.expected = error as Error;
    }
  }

  #output(life: Living, event: Extract<TraceEvent, { type: 'output' }>): void {
    const recorded = Buffer.from(event.bytes, 'base64');
    const { expected } = life;
    life.expected = undefined;
    if (expected === undefined) this.#fail(life, event.at, 'an output without an input');
    else if (expected instanceof Error)
      this.#fail(life, event.at, `a fresh machine throws: ${expected.message}`);
    else if (!expected.equals(recorded)) this.#fail(life, event.at, difference(recorded, expected));
    else this.#bytes += recorded.length;
  }

  #fail(life: Living, at: number, what: string): void {
    this.#lives.delete(life.boot.node);
    this.#deviate(life.boot, life.step, at, what);
  }

  #deviate({ node, incarnation }: BootRecord, step: number, at: number, what: string): void {
    this.#deviations.push({ node, incarnation, step, at, what });
  }
}

function begin(protocol: Protocol, boot: BootRecord, former: unknown, out: EffectsWriter): unknown {
  const { machine, records } = protocol;
  const config = configOf(boot);
  if (boot.state !== undefined) return machine.load(Buffer.from(boot.state, 'base64'), config);
  const log = (boot.records ?? []).map(
    (text) => records.decode(new Reader(Buffer.from(text, 'base64'))) as unknown,
  );
  const { incarnation, nowUs } = boot;
  return machine.init(config, { incarnation, records: log, former }, nowUs, out);
}

function configOf({ config }: BootRecord): Config {
  return {
    ...config,
    timing: config.timing as unknown as Timing,
    bugs: new Set(config.bugs),
    seed: config.seed,
  };
}

function difference(recorded: Buffer, expected: Buffer): string {
  const at = recorded.findIndex((byte, i) => byte !== expected[i]);
  const from = at < 0 ? recorded.length : at;
  return `it recorded ${recorded.length} bytes of output, a fresh machine gives ${expected.length}; they differ from byte ${from} on`;
}
