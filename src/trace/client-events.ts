/** What clients and faults did, from a recorded history, in the words of a trace. */
import type { Value } from '../base/operation.ts';
import type { ClientEvent, NodeEvent } from '../base/trace-event.ts';
import type { History, HistoryEvent, NemesisEvent } from '../history/event.ts';

/** In the order of the history. Numbers of operations are negative: the nodes' own are not. */
export function clientEvents({
  events,
  nemesis,
}: Pick<History, 'events' | 'nemesis'>): (ClientEvent | NodeEvent)[] {
  const open = new Map<number | string, { op: number; node: string }>();
  const told = events.flatMap((event) => {
    if (event.type === 'invoke') {
      if (event.node === undefined) return [];
      open.set(event.process, { op: -event.index - 1, node: event.node });
    }
    const asked = open.get(event.process);
    return asked === undefined ? [] : [clientEvent(event, asked)];
  });
  return [...told, ...nemesis.flatMap(faultEvents)].toSorted((a, b) => a.at - b.at);
}

function clientEvent(event: HistoryEvent, asked: { op: number; node: string }): ClientEvent {
  const at = Math.floor(event.time / 1000);
  const key = event.key === undefined ? {} : { key: `k${event.key}` };
  const common = { at, ...asked, client: `c${event.process}`, ...key };
  return event.type === 'invoke'
    ? { ...common, type: 'request', text: askedText(event.f, event.value) }
    : { ...common, type: 'reply', outcome: event.type, text: toldText(event) };
}

/** `read`, `write 7`, `cas 3 to 4`. */
function askedText(f: string, value: Value): string {
  if (f === 'cas' && Array.isArray(value)) return `cas ${text(value[0])} to ${text(value[1])}`;
  return value === null ? f : `${f} ${text(value)}`;
}

function toldText(event: HistoryEvent): string {
  if (event.type === 'ok') {
    if (event.result !== undefined) return text(event.result);
    return event.f === 'read' || event.f === 'txn' ? text(event.value) : 'ok';
  }
  const seen = event.observed === undefined ? '' : `: ${text(event.observed)}`;
  return `${event.error ?? event.type}${seen}`;
}

function text(value: Value | undefined): string {
  return value === null || value === undefined ? 'nil' : JSON.stringify(value);
}

function faultEvents({ f, value, time }: NemesisEvent): NodeEvent[] {
  const at = Math.floor(time / 1000);
  const [verb, kind = 'fault'] = f.split(' ');
  const begins = verb === 'start';
  const { nodes, links } = value;
  if (kind === 'kill' && begins) return nodes.map((node) => ({ type: 'crash', at, node }));
  // A restart is told by the replica itself, when it boots.
  if (kind === 'kill') return [];
  const [from] = links;
  if (from !== undefined) return [{ type: 'fault', at, node: from[0], kind, begins, links }];
  return nodes.map((node) => ({ type: 'fault', at, node, kind, begins }));
}
