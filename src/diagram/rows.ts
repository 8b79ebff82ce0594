/**
 * A trace as the rows of a message sequence diagram, for whoever draws them as text or as a picture.
 *
 * A row is one arrow that arrives (or is lost) or one mark at a replica: its state, a view, a crash. An
 * arrow stands where it arrives, and knows at which row it left. Rows that a reader can spare are left
 * out in steps, until the rest can be taken in: first messages about no key (heartbeats), then the
 * middle of what is still too long.
 */
import { count, plural } from '../base/figures.ts';
import type { NodeName } from '../base/operation.ts';
import type { MessageEvent, ShownEvent, TraceEvent, TraceMessage } from '../base/trace-event.ts';

/** The column of all clients; the others are named as their replicas. */
export const CLIENTS = 'clients';

export interface RowOptions {
  /** Events about this key only; absent: about all. */
  readonly key?: string;
  /** In the unit of the events' `at`; absent: from the first, to the last. */
  readonly from?: number;
  readonly to?: number;
  /** Rows beyond which something is left out. Default 120. */
  readonly rows?: number;
  /**
   * True: messages about no key (heartbeats, say) stay whatever their number, false: they go. Default:
   * they stay where there is room and no key was asked for.
   */
  readonly keyless?: boolean;
}

export interface Arrow {
  readonly kind: 'message' | 'request' | 'reply';
  readonly at: number;
  readonly from: string;
  readonly to: string;
  /** The same in more and in fewer words; the first that fits is drawn. */
  readonly labels: readonly string[];
  readonly key: string | undefined;
  /** `lost`: it never arrived, and never will. `open`: it had not arrived when the trace ended. */
  readonly fate: 'arrived' | 'lost' | 'open';
  /** When it left. */
  readonly sentAt: number;
  /** Index of the row at which it left. */
  sentRow: number;
  readonly outcome?: 'ok' | 'fail' | 'info';
  /** `open`: who else it was sent to in the same step, and has not reached. */
  readonly others: string[];
}

export interface Mark {
  readonly kind: 'mark';
  readonly at: number;
  readonly node: NodeName;
  readonly tone: 'state' | 'view' | 'lease' | 'timer' | 'crash' | 'restart' | 'fault' | 'note';
  readonly text: string;
}

export interface Gap {
  readonly kind: 'gap';
  readonly at: number;
  readonly text: string;
  /** Who is down behind it. */
  readonly down: ReadonlySet<NodeName>;
}

export type Row = Arrow | Mark | Gap;

export interface Rows {
  /** Left to right: the clients, if any are named, then the replicas that take part. */
  readonly lanes: readonly string[];
  readonly rows: readonly Row[];
  /** Printed state of each key at each replica, as the trace leaves it. */
  readonly end: ReadonlyMap<string, ReadonlyMap<NodeName, string>>;
  /** What was left out, in words. */
  readonly remarks: readonly string[];
}

const DEFAULT_ROWS = 120;

/** Rows of a trace. Records of a machine's steps are passed over. */
export function rowsOf(events: readonly TraceEvent[], options: RowOptions = {}): Rows {
  const limit = options.rows ?? DEFAULT_ROWS;
  const asked = events.filter((event): event is ShownEvent => isChosen(event, options));
  const chosen = options.keyless === true ? asked : withoutStart(asked);
  const keys = new Set(chosen.map(keyOf).filter((key) => key !== undefined));
  const whole = new Rower(chosen, keys.size > 1);
  const keyed = chosen.filter((event) => !isKeyless(event));
  const spare = !(options.keyless ?? (options.key === undefined && whole.rows.length <= limit));
  const rower = spare && keyed.length < chosen.length ? new Rower(keyed, keys.size > 1) : whole;
  const remarks = rower === whole ? [] : [leftOut(chosen.filter(isKeyless))];
  return {
    lanes: lanesOf(rower.rows),
    rows: elide(rower.rows, limit),
    end: rower.end,
    remarks,
  };
}

/**
 * The mark that stands on the line of an arrow, to the right of where it arrives: what became of the
 * replica. Undefined if the next row is no such mark, or the arrow comes from the right.
 */
export function markBeside(
  arrow: Arrow,
  next: Row | undefined,
  lanes: readonly string[],
): Mark | undefined {
  if (next?.kind !== 'mark' || next.node !== arrow.to || next.at !== arrow.at) return undefined;
  const rightward = lanes.indexOf(arrow.from) < lanes.indexOf(arrow.to);
  return rightward && arrow.fate === 'arrived' ? next : undefined;
}

/** That everybody came into the first view goes without saying, unless nothing else happens. */
function withoutStart(events: readonly ShownEvent[]): readonly ShownEvent[] {
  const first = events.findIndex((event) => !STARTING.has(event.type) && !isKeyless(event));
  return events.slice(Math.max(0, first));
}

const STARTING: ReadonlySet<string> = new Set(['view', 'lease', 'timer']);

function isChosen(event: TraceEvent, { key, from, to }: RowOptions): event is ShownEvent {
  if (event.type === 'boot' || event.type === 'input' || event.type === 'output') return false;
  if (event.at < (from ?? -Infinity) || event.at > (to ?? Infinity)) return false;
  const own = keyOf(event);
  return key === undefined || own === undefined || own === key;
}

function keyOf(event: ShownEvent): string | undefined {
  return 'key' in event ? event.key : undefined;
}

/** What membership says to itself, and requests of commands that name no key. */
function isKeyless(event: ShownEvent): boolean {
  return 'id' in event && event.key === undefined;
}

function leftOut(events: readonly ShownEvent[]): string {
  const kinds = new Map<string, number>();
  for (const event of events)
    if (event.type === 'send') kinds.set(event.kind, (kinds.get(event.kind) ?? 0) + 1);
  const most = [...kinds].toSorted((a, b) => b[1] - a[1]);
  const said = most.map(([kind, times]) => `${count(times)} ${kind}`);
  return `left out: messages about no key (${said.join(', ')})`;
}

/** Clients that have names are one lane; replicas stand in the order of their numbers. */
function lanesOf(rows: readonly Row[]): string[] {
  const names = new Set<string>();
  for (const row of rows)
    if (row.kind === 'mark') names.add(row.node);
    else if (row.kind !== 'gap') names.add(row.from).add(row.to);
  const clients = names.delete(CLIENTS) ? [CLIENTS] : [];
  const nodes = [...names].toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return [...clients, ...nodes];
}

/** Makes rows one after the other. */
class Rower {
  readonly rows: Exclude<Row, Gap>[] = [];
  readonly end = new Map<string, Map<NodeName, string>>();
  readonly #manyKeys: boolean;
  readonly #sends = new Map<string, { at: number; row: number }>();
  readonly #arrived: ReadonlySet<string>;
  readonly #clients: ReadonlyMap<string, string>;
  /** A timer that went off is worth a row if anything comes of it. */
  #timer: Mark | undefined;

  constructor(events: readonly ShownEvent[], manyKeys: boolean) {
    this.#manyKeys = manyKeys;
    this.#arrived = new Set(
      events.flatMap((e) => (e.type === 'receive' || e.type === 'drop' ? [e.id] : [])),
    );
    this.#clients = namedClients(events);
    for (const event of events) this.#take(event);
  }

  #take(event: ShownEvent): void {
    if (event.type === 'timer') {
      this.#timer = markOf(event, 'timer', `timer ${event.timer}`);
      return;
    }
    if (this.#timer?.node === event.node && this.#timer.at === event.at && follows(event))
      this.rows.push(this.#timer);
    if (follows(event) || event.node === this.#timer?.node) this.#timer = undefined;
    if (event.type === 'request' || event.type === 'reply') this.#client(event);
    else if ('id' in event) this.#message(event);
    else this.#mark(event);
  }

  #message(event: MessageEvent): void {
    const last = Math.max(0, this.rows.length - 1);
    if (event.type === 'send') {
      this.#sends.set(event.id, { at: event.at, row: last });
      if (this.#arrived.has(event.id)) return;
    }
    const sent = this.#sends.get(event.id) ?? { at: event.at, row: last };
    const received = event.type === 'receive';
    const labels = labelsOf(event, this.#manyKeys);
    if (event.type === 'send' && this.#joins(event, labels[0])) return;
    this.rows.push({
      kind: 'message',
      at: event.at,
      from: received ? event.from : event.node,
      to: received ? event.node : event.to,
      labels,
      others: [],
      key: event.key,
      fate: received ? 'arrived' : event.type === 'drop' ? 'lost' : 'open',
      sentAt: sent.at,
      sentRow: sent.row,
    });
  }

  /** One row for all to whom the same was sent at once, if none of them got it. */
  #joins(event: Extract<MessageEvent, { type: 'send' }>, label: string | undefined): boolean {
    const last = this.rows.at(-1);
    if (last?.kind !== 'message' || last.fate !== 'open') return false;
    if (last.from !== event.node || last.at !== event.at || last.labels[0] !== label) return false;
    last.others.push(event.to);
    return true;
  }

  #client(event: Extract<ShownEvent, { type: 'request' | 'reply' }>): void {
    const client = event.client ?? this.#clients.get(`${event.node} ${event.op}`);
    if (client === undefined) return;
    const asks = event.type === 'request';
    const key = this.#manyKeys && event.key !== undefined ? `${event.key} ` : '';
    const text = `${client} ${asks ? key : ''}${event.text}`;
    this.rows.push({
      kind: event.type,
      at: event.at,
      from: asks ? CLIENTS : event.node,
      to: asks ? event.node : CLIENTS,
      labels: [text, client],
      others: [],
      key: event.key,
      fate: 'arrived',
      sentAt: event.at,
      sentRow: this.rows.length,
      ...(event.type === 'reply' && { outcome: event.outcome }),
    });
  }

  #mark(event: Exclude<ShownEvent, { id: string } | { op: number } | { type: 'timer' }>): void {
    switch (event.type) {
      case 'state': {
        const value = event.value === undefined ? '' : `=${event.value}`;
        const text = `${event.to} ${event.ts}${value}`;
        const at = this.end.get(event.key) ?? new Map<NodeName, string>();
        this.end.set(event.key, at.set(event.node, text));
        this.#push(event, 'state', this.#manyKeys ? `${event.key} ${text}` : text);
        break;
      }
      case 'view':
        this.#push(event, 'view', event.text);
        break;
      case 'lease':
        this.#push(event, 'lease', event.held ? 'has a lease' : 'lease is over');
        break;
      case 'crash':
        for (const states of this.end.values()) states.set(event.node, 'down');
        this.#push(event, 'crash', 'crash');
        break;
      case 'restart':
        for (const states of this.end.values()) states.set(event.node, 'up again');
        this.#push(event, 'restart', 'restart');
        break;
      case 'fault':
        this.#push(event, 'fault', faultText(event));
        break;
      case 'note':
        this.#push(event, 'note', event.text);
        break;
    }
  }

  #push(event: ShownEvent, tone: Mark['tone'], text: string): void {
    this.rows.push(markOf(event, tone, text));
  }
}

function markOf({ at, node }: ShownEvent, tone: Mark['tone'], text: string): Mark {
  return { kind: 'mark', at, node, tone, text };
}

/** Does it come of what happened before it in the same step? */
function follows(event: ShownEvent): boolean {
  return event.type === 'send' || event.type === 'state' || event.type === 'reply';
}

/** Names of clients by node and request: a reply may not say again who had asked. */
function namedClients(events: readonly ShownEvent[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const event of events)
    if (event.type === 'request' && event.client !== undefined)
      names.set(`${event.node} ${event.op}`, event.client);
  return names;
}

function labelsOf({ kind, key, ts, text }: TraceMessage, withKey: boolean): string[] {
  const head = [kind, withKey ? key : undefined, ts].filter((part) => part !== undefined);
  const short = head.join(' ');
  return [...(text === undefined ? [] : [`${short} ${text}`]), short, kind];
}

function faultText(event: Extract<ShownEvent, { type: 'fault' }>): string {
  const links = event.links?.map(([from, to]) => `${from}→${to}`).join(' ');
  const what = links === undefined || links === '' ? event.kind : `${event.kind} ${links}`;
  return event.begins ? what : `end of ${event.kind}`;
}

/** The beginning and, since what matters tends to stand there, more of the end. */
function elide(rows: readonly Exclude<Row, Gap>[], limit: number): Row[] {
  if (rows.length <= limit) return [...rows];
  const head = Math.max(1, Math.floor(limit / 3));
  const tail = Math.max(1, limit - head - 1);
  const gone = rows.length - head - tail;
  const gap: Gap = {
    kind: 'gap',
    at: (rows[head] as Row).at,
    text: `${plural(gone, 'row')} left out`,
    down: downAfter(rows.slice(0, head + gone)),
  };
  const moved = rows.slice(-tail).map((row) => {
    if (row.kind === 'mark') return row;
    return { ...row, sentRow: placeOf(row.sentRow, head, gone) };
  });
  return [...rows.slice(0, head), gap, ...moved];
}

function downAfter(rows: readonly Row[]): Set<NodeName> {
  const down = new Set<NodeName>();
  for (const row of rows) {
    if (row.kind !== 'mark') continue;
    if (row.tone === 'crash') down.add(row.node);
    if (row.tone === 'restart') down.delete(row.node);
  }
  return down;
}

/** Where a row stands once `gone` of them behind `head` are one gap. */
function placeOf(row: number, head: number, gone: number): number {
  if (row < head) return row;
  return row < head + gone ? head : row - gone + 1;
}
