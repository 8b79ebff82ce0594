/**
 * Session guarantees (Terry and others, 1994), PRAM and weak causal consistency (the bad patterns of
 * Bouajjani and others, 2017, which decide it where values are unique), in one pass.
 *
 * What a read may not miss is what lies in its past: its own session's earlier writes (read your writes),
 * what that session saw (monotonic reads), all that a session had written before a write that was seen
 * (PRAM), and what those had seen in turn (causal). A register misses a write if it shows one that lies
 * in that write's past, or the initial value; a list, if the element is not in it. Lists show in their
 * order also whether writes of a session were applied in order (monotonic writes) and after what it had
 * read (writes follow reads).
 *
 * Pasts are vectors of one count per session. A read is charged with the weakest guarantee that it breaks.
 */
import type { Anomaly } from '../verdict.ts';
import { chainBetween } from './session-chain.ts';
import { type Look, type Sessions, type Write, isSure, sessionsOf } from './session-history.ts';
import { verifySession } from './session-verify.ts';
import {
  type Calls,
  type Finding,
  type Property,
  answering,
  isOk,
  keyed,
  said,
} from './property.ts';

export const GUARANTEES = [
  'read-your-writes',
  'monotonic-reads',
  'monotonic-writes',
  'writes-follow-reads',
  'pram',
  'causal',
] as const;
export type Guarantee = (typeof GUARANTEES)[number];

/** What a stronger guarantee demands besides itself. */
const INCLUDES: Readonly<Record<Guarantee, readonly Guarantee[]>> = {
  'read-your-writes': ['read-your-writes'],
  'monotonic-reads': ['monotonic-reads'],
  'monotonic-writes': ['monotonic-writes'],
  'writes-follow-reads': ['writes-follow-reads'],
  pram: ['read-your-writes', 'monotonic-reads', 'monotonic-writes', 'pram'],
  causal: GUARANTEES,
};

const WANTS =
  'It wants sessions that read what they or others wrote: registers with unique values, or lists.';

function guarantee(name: string, demands: string, included: readonly Guarantee[]): Property {
  return {
    name,
    demands,
    wants: WANTS,
    judge: (calls) => judge(calls, included),
    verify: verifySession,
    plants: (calls) => plant(calls, included),
  };
}

/** All of them, and each by itself. */
export const sessionProperties: readonly Property[] = [
  guarantee(
    'session-guarantees',
    'every session guarantee holds, up to causal consistency',
    GUARANTEES,
  ),
  guarantee('read-your-writes', 'a session sees its own writes', INCLUDES['read-your-writes']),
  guarantee(
    'monotonic-reads',
    'a session never sees less than before',
    INCLUDES['monotonic-reads'],
  ),
  guarantee(
    'monotonic-writes',
    'writes of a session are applied in order (seen in lists)',
    INCLUDES['monotonic-writes'],
  ),
  guarantee(
    'writes-follow-reads',
    'a write comes after what its session had read (seen in lists)',
    INCLUDES['writes-follow-reads'],
  ),
  guarantee('pram', 'everyone sees the writes of a session in order', INCLUDES.pram),
  guarantee('causal', 'nobody misses what lies in the causal past of what it saw', INCLUDES.causal),
];

/** Counts of sessions times steps above which pasts would not fit into memory. */
const CELLS_MAX = 2e8;

/** Anomalies whose chain of operations is looked for. */
const EXPLAINED_MAX = 20;

function judge(calls: Calls, included: readonly Guarantee[]): Finding {
  const sessions = sessionsOf(calls);
  const nothing = { observed: 0, keys: 0, anomalies: [], figures: {} };
  if (typeof sessions === 'string') return { ...nothing, unfit: sessions };
  if (sessions.count * sessions.moments.length > CELLS_MAX)
    return { ...nothing, unfit: `${sessions.count} sessions are too many for so long a history.` };
  const pass = new Pass(sessions, included);
  const found = pass.run();
  const strange = sessions.strangers.map(({ call, value }): Anomaly => ({
    type: 'unexpected',
    ...keyed(call.invoke.key),
    why: `${said(call)} was answered with ${JSON.stringify(value)}, which nobody had written, or whose write failed.`,
    operations: [call.invoke.index],
    detail: { rule: 'stranger', element: value },
  }));
  const figures: Record<string, number> = {
    sessions: sessions.count,
    reads: pass.looked,
    keysLeftOut: sessions.skipped,
  };
  for (const name of included) figures[name] = pass.counts.get(name) ?? 0;
  return {
    observed: pass.demanding,
    keys: sessions.keys,
    anomalies: [...found, ...strange],
    figures,
  };
}

/** What a session remembers of one key. */
interface Memory {
  /** The last read, and the last read that saw each write. */
  last: Look | undefined;
  readonly seen: Map<Write | undefined, Look>;
}

/** What a write knew when it was sent: everything up to it. */
interface Past {
  readonly causal: Int32Array;
  /** Lists: what its session had read of the same key. */
  readonly read: Look | undefined;
}

interface Missed {
  readonly type: Guarantee;
  /** The write that should have been seen. */
  readonly write: Write;
  /** What was seen instead: an older write; undefined: nothing. */
  readonly instead?: Write | undefined;
  readonly rule: 'missing' | 'again' | 'order' | 'follow';
  readonly through?: readonly Look[];
}

class Pass {
  looked = 0;
  /** Reads that break each guarantee; only the first are explained. */
  readonly counts = new Map<Guarantee, number>();
  /** Reads that had something to miss. */
  demanding = 0;
  readonly #sessions: Sessions;
  readonly #included: ReadonlySet<Guarantee>;
  readonly #anomalies: Anomaly[] = [];
  readonly #memories = new Map<string, Memory>();
  readonly #pasts = new Map<Write, Past>();
  /** By session: what it saw at first hand, and what lies in the past of that. */
  readonly #pram: Int32Array[];
  readonly #causal: Int32Array[];
  /** By key and session: acknowledged writes in order. */
  readonly #sure = new Map<unknown, Map<number, Write[]>>();

  constructor(sessions: Sessions, included: readonly Guarantee[]) {
    this.#sessions = sessions;
    this.#included = new Set(included);
    const vectors = (): Int32Array[] =>
      Array.from({ length: sessions.count }, () => new Int32Array(sessions.count));
    this.#pram = vectors();
    this.#causal = vectors();
  }

  run(): readonly Anomaly[] {
    for (const moment of this.#sessions.moments)
      if ('write' in moment) this.#write(moment.write);
      else this.#look(moment.look);
    return this.#anomalies;
  }

  #memory(session: number, key: unknown): Memory {
    const name = `${session} ${typeof key} ${String(key)}`;
    let memory = this.#memories.get(name);
    if (memory === undefined)
      this.#memories.set(name, (memory = { last: undefined, seen: new Map() }));
    return memory;
  }

  #write(write: Write): void {
    const { session, seq, key } = write;
    const memory = this.#memory(session, key);
    const causal = this.#causal[session] as Int32Array;
    causal[session] = seq;
    (this.#pram[session] as Int32Array)[session] = seq;
    this.#pasts.set(write, { causal: causal.slice(), read: memory.last });
    if (!isSure(write)) return;
    const keys = this.#sure.get(key) ?? new Map<number, Write[]>();
    this.#sure.set(key, keys);
    const own = keys.get(session);
    if (own === undefined) keys.set(session, [write]);
    else own.push(write);
  }

  #look(look: Look): void {
    const { session, seq, key, saw } = look;
    const memory = this.#memory(session, key);
    this.looked++;
    if (this.#own(look) !== undefined || memory.last !== undefined || saw.length > 0)
      this.demanding++;
    const missed = look.list
      ? this.#missedInList(look, memory)
      : this.#missedInRegister(look, memory);
    const worst = missed.find(({ type }) => this.#included.has(type));
    if (worst !== undefined) {
      this.counts.set(worst.type, (this.counts.get(worst.type) ?? 0) + 1);
      if (this.#anomalies.length < EXPLAINED_MAX) this.#anomalies.push(this.#anomaly(look, worst));
    }
    memory.last = look;
    memory.seen.set(saw[0], look);
    const [pram, causal] = [this.#pram[session] as Int32Array, this.#causal[session] as Int32Array];
    for (const write of saw) {
      pram[write.session] = Math.max(pram[write.session] as number, write.seq);
      raise(causal, (this.#pasts.get(write) as Past).causal);
    }
    pram[session] = causal[session] = seq;
  }

  /** The last acknowledged write of the session itself. */
  #own(look: Look): Write | undefined {
    const writes = this.#sure.get(look.key)?.get(look.session) ?? [];
    return latest(writes, look.seq, look);
  }

  /** What a read of a register misses, weakest guarantee first. */
  #missedInRegister(look: Look, { last, seen }: Memory): Missed[] {
    const [saw] = look.saw;
    const own = this.#own(look);
    const missed: Missed[] = [];
    const older = (write: Write): boolean =>
      saw === undefined || (saw.session === write.session && saw.seq < write.seq);
    if (own !== undefined && own !== saw && older(own))
      missed.push({ type: 'read-your-writes', write: own, instead: saw, rule: 'missing' });
    const [before] = last?.saw ?? [];
    if (before !== undefined && before !== saw) {
      const again = seen.get(saw);
      if (saw === undefined)
        missed.push({ type: 'monotonic-reads', write: before, rule: 'missing' });
      else if (again !== undefined && last !== undefined)
        missed.push({
          type: 'monotonic-reads',
          write: before,
          instead: saw,
          rule: 'again',
          through: [again, last],
        });
    }
    for (const [type, past] of [
      ['pram', this.#pram],
      ['causal', this.#causal],
    ] as const) {
      const counts = past[look.session] as Int32Array;
      for (const [session, writes] of this.#sure.get(look.key) ?? []) {
        const write = latest(writes, counts[session] as number, look);
        if (write === undefined || write === saw) continue;
        const behind = older(write) || (type === 'causal' && this.#before(saw, write));
        if (behind) missed.push({ type, write, instead: saw, rule: 'missing' });
      }
      // A write that was seen happened, even if nobody told its client.
      if (
        before !== undefined &&
        before !== saw &&
        (older(before) || (type === 'causal' && this.#before(saw, before)))
      )
        missed.push({ type, write: before, instead: saw, rule: 'missing' });
    }
    return missed;
  }

  /** What a read of a list misses, weakest guarantee first. */
  #missedInList(look: Look, { last }: Memory): Missed[] {
    const missed: Missed[] = [];
    const places = new Map(look.saw.map((write, i) => [write, i]));
    const ownAll = this.#sure.get(look.key)?.get(look.session) ?? [];
    const unseen = ownAll.find((write) => !places.has(write));
    if (unseen !== undefined)
      missed.push({ type: 'read-your-writes', write: unseen, rule: 'missing' });
    const gone = last?.saw.find((write) => !places.has(write));
    if (gone !== undefined) missed.push({ type: 'monotonic-reads', write: gone, rule: 'missing' });
    missed.push(...this.#disorder(look, places));
    for (const [type, past] of [
      ['pram', this.#pram],
      ['causal', this.#causal],
    ] as const) {
      const counts = past[look.session] as Int32Array;
      for (const [session, writes] of this.#sure.get(look.key) ?? []) {
        const write = writes.find((w) => !places.has(w));
        if (write !== undefined && write.seq <= (counts[session] as number))
          missed.push({ type, write, rule: 'missing' });
      }
    }
    return missed;
  }

  /** Appends of one session in the wrong order, or before what their session had read. */
  #disorder(look: Look, places: ReadonlyMap<Write, number>): Missed[] {
    const missed: Missed[] = [];
    const newest = new Map<number, Write>();
    for (const write of look.saw) {
      const before = newest.get(write.session);
      if (before !== undefined && before.seq > write.seq)
        missed.push({ type: 'monotonic-writes', write, instead: before, rule: 'order' });
      else newest.set(write.session, write);
    }
    for (const [session, write] of newest) {
      const gap = this.#sure
        .get(look.key)
        ?.get(session)
        ?.find((w) => w.seq < write.seq && !places.has(w));
      if (gap !== undefined)
        missed.push({ type: 'monotonic-writes', write: gap, instead: write, rule: 'order' });
    }
    for (const [place, write] of look.saw.entries()) {
      const read = (this.#pasts.get(write) as Past).read;
      if (read === undefined || (read.saw.length <= place && samePrefix(read.saw, look.saw)))
        continue;
      const late = read.saw.find((w) => (places.get(w) ?? Infinity) > place);
      if (late === undefined) continue;
      const type = 'writes-follow-reads';
      missed.push({ type, write: late, instead: write, rule: 'follow', through: [read] });
      // One for each read says enough, and each costs a walk through the list.
      break;
    }
    return missed.toSorted((a, b) => GUARANTEES.indexOf(a.type) - GUARANTEES.indexOf(b.type));
  }

  /** Does a lie in the causal past of b? The initial value (undefined) lies in that of all. */
  #before(a: Write | undefined, b: Write): boolean {
    if (a === undefined) return true;
    return a !== b && ((this.#pasts.get(b) as Past).causal[a.session] as number) >= a.seq;
  }

  #anomaly(look: Look, missed: Missed): Anomaly {
    const { type, write, instead, rule, through = [] } = missed;
    const chain = (from: Write, to: Write | Look): readonly number[] =>
      chainBetween(this.#sessions, from, to).map(({ invoke }) => invoke.index);
    const index = (of: Write | Look): number => of.call.invoke.index;
    let operations: readonly number[];
    if (rule === 'missing')
      operations = [
        ...(instead === undefined ? [] : chain(instead, write).slice(0, -1)),
        ...chain(write, look),
      ];
    else if (rule === 'again') operations = [...through.map(index), index(look)];
    else if (rule === 'order') operations = [index(write), index(instead as Write), index(look)];
    else operations = [index(write), ...through.map(index), index(instead as Write), index(look)];
    const at = instead === undefined || rule !== 'missing' ? 0 : chain(instead, write).length - 1;
    return {
      type,
      ...keyed(look.key),
      why: sentence(look, missed),
      operations,
      detail: { rule, at },
    };
  }
}

function sentence(look: Look, { type, write, instead, rule, through = [] }: Missed): string {
  const read = said(look.call);
  const by = `process ${look.call.invoke.process}`;
  const shows =
    instead === undefined
      ? 'does not show it'
      : `shows ${JSON.stringify(instead.value)}, which is older`;
  switch (rule) {
    case 'again':
      return `${by} saw ${JSON.stringify(instead?.value)}, then ${JSON.stringify(write.value)}, then the first one again in ${read}.`;
    case 'order':
      return `${said(write.call)} came before ${said(instead?.call as Look['call'])} in its session, but ${read} shows the second without the first before it.`;
    case 'follow':
      return `${said(instead?.call as Look['call'])} was sent after ${said(through[0]?.call as Look['call'])} had shown ${JSON.stringify(write.value)}, but ${read} shows it without that before it.`;
    case 'missing':
      if (type === 'read-your-writes')
        return `${by} had completed ${said(write.call)}, but its ${read} ${shows}.`;
      if (type === 'monotonic-reads')
        return `${by} had seen ${said(write.call)} already, but its ${read} ${shows}.`;
      return `${said(write.call)} lies in the past of what ${by} had done and seen before (the operations between tell how), but its ${read} ${shows}.`;
  }
}

function raise(vector: Int32Array, by: Int32Array): void {
  for (let i = 0; i < by.length; i++)
    if ((by[i] as number) > (vector[i] as number)) vector[i] = by[i] as number;
}

/** The last write up to a place in its session, not counting what the operation that reads writes itself. */
function latest(writes: readonly Write[], seq: number, look: Look): Write | undefined {
  let [low, high] = [0, writes.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((writes[middle] as Write).seq <= seq) low = middle + 1;
    else high = middle;
  }
  const last = writes[low - 1];
  return last?.call === look.call ? writes[low - 2] : last;
}

function samePrefix(a: readonly Write[], b: readonly Write[]): boolean {
  return a.every((write, i) => write === b[i]);
}

/** A copy in which a read shows nothing of what its session had written or seen. */
function plant(calls: Calls, included: readonly Guarantee[]): Calls[] {
  const sessions = sessionsOf(calls);
  if (typeof sessions === 'string') return [];
  const copies: Calls[] = [];
  const own = new Set<string>();
  const seen = new Set<string>();
  const take = (look: Look): void => {
    if (look.call.invoke.f !== 'read' || !isOk(look.call)) return;
    copies.push(
      answering(calls, look.call, { value: look.list ? [] : (calls.header.initial ?? null) }),
    );
  };
  for (const moment of sessions.moments) {
    const { session, key } = 'write' in moment ? moment.write : moment.look;
    const name = `${session} ${String(key)}`;
    if ('write' in moment) {
      if (isSure(moment.write)) own.add(name);
      continue;
    }
    const wanted =
      (included.includes('read-your-writes') && own.has(name)) ||
      (included.includes('monotonic-reads') && seen.has(name));
    if (moment.look.saw.length > 0 && wanted) take(moment.look);
    if (copies.length > 0) return copies;
    if (moment.look.saw.length > 0) seen.add(name);
  }
  return copies;
}
