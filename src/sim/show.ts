/**
 * A run as steps that a person can follow: each with what it caused and how the key then stands.
 *
 * The text is also the file that `parseRun` reads: a line `world {…}`, then one step a line;
 * everything behind `#` is a remark.
 */
import { nodeName } from '../base/node-name.ts';
import type { NodeId, Outcome } from '../base/operation.ts';
import { UserError } from '../base/user-error.ts';
import type { Protocol } from '../protocols/machine.ts';
import { replay, type ReplayOptions } from './replay.ts';
import { formatStep, parseStep, type Step } from './step.ts';
import { type Envelope, NOBODY, type Watcher } from './watcher.ts';
import type { World } from './world.ts';
import type { WorldConfig } from './world-config.ts';

/** What a text of steps holds. */
export interface RunText {
  readonly protocol: string;
  readonly config: WorldConfig;
  readonly steps: readonly Step[];
}

/** Prints a run; it is taken again for the remarks, with the invariants on. */
export function showRun(
  protocol: Protocol,
  config: WorldConfig,
  steps: readonly Step[],
  options: ReplayOptions = {},
): string {
  const remarks: string[][] = [];
  const notes = new Notes(protocol);
  const { failure } = replay(protocol, config, steps, {
    ...options,
    watcher: notes.watcher,
    onStep: (step, world) => remarks.push([formatStep(step), notes.take(step, world)]),
  });
  const width = Math.min(48, Math.max(...remarks.map(([step]) => (step as string).length), 0));
  const lines = remarks.map(([step, remark]) => `${(step as string).padEnd(width)}  # ${remark}`);
  const end = failure ? `${failure.kind} ${failure.name}: ${failure.message}`.split('\n') : [];
  return [
    formatHeader(protocol.name, config),
    ...lines,
    ...end.map((line) => `# ${line}`),
    '',
  ].join('\n');
}

function formatHeader(protocol: string, config: WorldConfig): string {
  return `world ${JSON.stringify({ protocol, ...config })}`;
}

/** Reads what `showRun` wrote. Throws a `UserError` on what is neither. */
export function parseRun(text: string): RunText {
  const lines = text.split('\n');
  const header = lines.find((line) => line.startsWith('world '));
  if (header === undefined)
    throw new UserError('no world in this list of steps', 'Its first line reads: world {…}');
  const { protocol, ...config } = parseHeader(header);
  const steps = lines
    .filter((line) => line !== header)
    .map(parseStep)
    .filter((step) => step !== undefined);
  return { protocol, config, steps };
}

function parseHeader(line: string): WorldConfig & { readonly protocol: string } {
  try {
    return JSON.parse(line.slice('world '.length)) as WorldConfig & { readonly protocol: string };
  } catch {
    throw new UserError('the world of this list of steps cannot be read', 'It is one JSON object.');
  }
}

/** Gathers what one step causes. */
class Notes {
  readonly #protocol: Protocol;
  #sent: Envelope[] = [];
  #answers: [number, Outcome][] = [];
  readonly watcher: Watcher = {
    ...NOBODY,
    sent: (envelope) => this.#sent.push(envelope),
    answered: (request, outcome) => this.#answers.push([request, outcome]),
  };
  /** What each message said, by its name's text, for the step that delivers it. */
  readonly #said = new Map<string, string>();
  #lastStates: readonly string[] = [];

  constructor(protocol: Protocol) {
    this.#protocol = protocol;
  }

  take(step: Step, world: World): string {
    const parts = [
      this.#received(step),
      this.#messages(),
      ...this.#answers.map(([request, outcome]) => `answer to ${request}: ${showOutcome(outcome)}`),
      this.#states(world),
    ];
    this.#sent = [];
    this.#answers = [];
    return parts.filter((part) => part !== '').join('; ');
  }

  #received(step: Step): string {
    return step.do === 'deliver' || step.do === 'drop'
      ? `${step.do === 'drop' ? 'lost' : 'got'} ${this.#said.get(nameText(step)) ?? '?'}`
      : '';
  }

  #messages(): string {
    const byText = new Map<string, NodeId[]>();
    for (const envelope of this.#sent) {
      const text = this.#protocol.show(envelope.message);
      this.#said.set(nameText(envelope), `${text} of ${nodeName(envelope.from.id)}`);
      byText.set(text, [...(byText.get(text) ?? []), envelope.to]);
    }
    return [...byText]
      .map(([text, to]) => `sends ${text} to ${to.map(nodeName).join(' ')}`)
      .join(', ');
  }

  /** How each key stands at each node, where that changed. */
  #states(world: World): string {
    const texts = world.config.keys.map((_, key) => showKey(world, key));
    const changed = texts.filter((text, key) => text !== this.#lastStates[key]);
    this.#lastStates = texts;
    return changed.join(' | ');
  }
}

function nameText(m: { cause: number; to: number; nth: number }): string {
  return `${m.cause}>${m.to}/${m.nth}`;
}

function showKey(world: World, key: number): string {
  const nodes = world.hosts.map((host) => {
    if (!host.up) return `${nodeName(host.id)} down`;
    const { value, ts, state } = world.protocol.peek(host.state, `k${key}`);
    const text = value === null ? 'nil' : Buffer.from(value).toString('utf8');
    return `${nodeName(host.id)} ${state} ${ts}=${text}`;
  });
  return `k${key}: ${nodes.join(', ')}`;
}

function showOutcome(outcome: Outcome): string {
  if (outcome.type !== 'ok') {
    const seen = outcome.type === 'fail' && outcome.observed !== undefined;
    return `${outcome.type} ${outcome.error}${seen ? ` (${JSON.stringify(outcome.observed)})` : ''}`;
  }
  const result = outcome.result === undefined ? '' : ` → ${JSON.stringify(outcome.result)}`;
  return `ok ${JSON.stringify(outcome.value)}${result}`;
}
