/**
 * A run as a list of steps: every choice that was made, and nothing else.
 *
 * A step has a number that it keeps when others are taken out. A message is named by the step that
 * sent it, its receiver, and its place among the messages of that step to that receiver, so that a
 * shortened list still speaks of the same messages. The written form is for people and programs
 * alike; what stands behind `#` is a remark.
 *
 *     4 @250 request n1 c0 write k0 7
 *     5 @340 deliver 4>n2
 *     6 @800 timer n1 retransmit:k0
 */
import { nodeId, nodeName } from '../base/node-name.ts';
import type { NodeId, Op, Value } from '../base/operation.ts';
import { UserError } from '../base/user-error.ts';

/** Which message: the `nth` (from 0) that step `cause` sent to node `to`. */
export interface MessageName {
  readonly cause: number;
  readonly to: NodeId;
  readonly nth: number;
}

export type Action =
  /** A client asks a node. `withinUs`: its deadline, from now, on the node's clock. */
  | {
      readonly do: 'request';
      readonly node: NodeId;
      readonly client: number;
      readonly op: Op;
      readonly withinUs: number;
    }
  /** The client of the request of that step leaves without an answer. */
  | { readonly do: 'gone'; readonly request: number }
  /** `keep`: a copy stays under way (the network repeats it). */
  | ({ readonly do: 'deliver'; readonly keep: boolean } & MessageName)
  | ({ readonly do: 'drop' } & MessageName)
  | { readonly do: 'timer'; readonly node: NodeId; readonly timer: string }
  /** The fsync that is under way returns. */
  | { readonly do: 'durable'; readonly node: NodeId }
  /**
   * The process dies: memory, timers and what was not yet on disk are lost. `synced`: the group that
   * was being written had reached the disk, though nobody was told.
   */
  | { readonly do: 'crash' | 'crash-synced'; readonly node: NodeId }
  /** `restart-empty`: its disk is lost as well. */
  | { readonly do: 'restart' | 'restart-empty'; readonly node: NodeId }
  /** Words as the protocol's `admin` takes them. */
  | { readonly do: 'admin'; readonly node: NodeId; readonly words: readonly string[] }
  /** A brand-new node boots; `node` is its id, the next that is free. */
  | { readonly do: 'add'; readonly node: NodeId }
  | {
      readonly do: 'clock';
      readonly node: NodeId;
      readonly change: ClockChange;
      readonly by: number;
    };

/**
 * `bump`: the clock jumps by so many µs (backward it stands still until it is caught up with); `rate`: it
 * gains so many parts per million from now on; `skew`: the wall clock is off by so many ms.
 */
export type ClockChange = 'bump' | 'rate' | 'skew';

/** `id`: its number, unique and ascending in a list. `atUs`: true time; never decreases. */
export type Step = Action & { readonly id: number; readonly atUs: number };

/** One line, without a remark. */
export function formatStep(step: Step): string {
  return `${step.id} @${step.atUs} ${formatAction(step)}`;
}

function formatAction(a: Action): string {
  switch (a.do) {
    case 'request': {
      const deadline = a.withinUs === NO_DEADLINE ? '' : ` within ${a.withinUs}`;
      // A # begins a remark, so none may stand in a value.
      const json = JSON.stringify(a.op.value).replaceAll('#', '\\u0023');
      const value = a.op.value === null ? '' : ` ${json}`;
      return `request ${nodeName(a.node)} c${a.client}${deadline} ${a.op.f} k${a.op.key}${value}`;
    }
    case 'gone':
      return `gone ${a.request}`;
    case 'deliver':
      return `${a.keep ? 'deliver-copy' : 'deliver'} ${formatMessageName(a)}`;
    case 'drop':
      return `drop ${formatMessageName(a)}`;
    case 'timer':
      return `timer ${nodeName(a.node)} ${a.timer}`;
    case 'admin':
      return `admin ${nodeName(a.node)} ${a.words.join(' ')}`;
    case 'clock':
      return `clock ${nodeName(a.node)} ${a.change} ${a.by}`;
    default:
      return `${a.do} ${nodeName(a.node)}`;
  }
}

/** A request without a deadline: a thousand seconds. */
export const NO_DEADLINE = 1_000_000_000;

export function formatMessageName(m: MessageName): string {
  return `${m.cause}>${nodeName(m.to)}${m.nth === 0 ? '' : `/${m.nth + 1}`}`;
}

/** Reads one line; undefined: it is empty or a remark. Throws a `UserError` that quotes the line. */
export function parseStep(line: string): Step | undefined {
  const text = line.replace(/(^|\s)#.*$/, '').trim();
  if (text === '') return undefined;
  const found = /^(\d+) +@(\d+) +([a-z-]+) +(.+)$/.exec(text);
  const action = found && parseAction(found[3] as string, found[4] as string);
  if (!found || !action)
    throw new UserError(`not a step: ${line.trim()}`, 'A step reads like: 5 @340 deliver 4>n2');
  return { ...action, id: Number(found[1]), atUs: Number(found[2]) };
}

function parseAction(verb: string, rest: string): Action | undefined {
  switch (verb) {
    case 'request':
      return parseRequest(rest);
    case 'gone':
      return /^\d+$/.test(rest) ? { do: 'gone', request: Number(rest) } : undefined;
    case 'deliver':
    case 'deliver-copy': {
      const name = parseMessageName(rest);
      return name && { do: 'deliver', keep: verb === 'deliver-copy', ...name };
    }
    case 'drop': {
      const name = parseMessageName(rest);
      return name && { do: 'drop', ...name };
    }
    default:
      return parseNodeAction(verb, rest);
  }
}

function parseNodeAction(verb: string, rest: string): Action | undefined {
  const [name = '', ...words] = rest.split(' ');
  const node = nodeId(name);
  if (node === undefined) return undefined;
  if (verb === 'timer' && words.length > 0) return { do: 'timer', node, timer: words.join(' ') };
  if (verb === 'admin' && words.length > 0) return { do: 'admin', node, words };
  if (verb === 'clock') return parseClock(node, words);
  if (words.length > 0) return undefined;
  return NODE_VERBS.has(verb) ? { do: verb as 'durable', node } : undefined;
}

function parseClock(node: NodeId, [change = '', by = '', ...more]: string[]): Action | undefined {
  if (more.length > 0 || !/^(bump|rate|skew)$/.test(change) || !/^-?\d+(\.\d+)?$/.test(by))
    return undefined;
  return { do: 'clock', node, change: change as ClockChange, by: Number(by) };
}

const NODE_VERBS: ReadonlySet<string> = new Set([
  'add',
  'durable',
  'crash',
  'crash-synced',
  'restart',
  'restart-empty',
] satisfies Action['do'][]);

function parseRequest(rest: string): Action | undefined {
  const found = /^(n\d+) c(\d+)(?: within (\d+))? (\S+) k(\d+)(?: (.+))?$/.exec(rest);
  const node = nodeId(found?.[1] ?? '');
  if (!found || node === undefined) return undefined;
  const op = { f: found[4] as string, key: Number(found[5]), value: parseValue(found[6]) };
  const withinUs = found[3] === undefined ? NO_DEADLINE : Number(found[3]);
  return { do: 'request', node, client: Number(found[2]), op, withinUs };
}

function parseValue(text: string | undefined): Value {
  if (text === undefined) return null;
  try {
    return JSON.parse(text) as Value;
  } catch {
    throw new UserError(`not a value: ${text}`, 'Values are written as JSON.');
  }
}

function parseMessageName(text: string): MessageName | undefined {
  const found = /^(\d+)>(n\d+)(?:\/(\d+))?$/.exec(text);
  const to = nodeId(found?.[2] ?? '');
  if (!found || to === undefined) return undefined;
  return { cause: Number(found[1]), to, nth: Number(found[3] ?? 1) - 1 };
}
