/**
 * Session guarantees (Terry and others, 1994), PRAM and weak causal consistency (the bad patterns of
 * Bouajjani and others, 2017, which decide it where values are unique).
 *
 * What a read may not miss is what lies in its past: its own session's earlier writes (read your writes),
 * what that session saw (monotonic reads), all that a session had written before a write that was seen
 * (PRAM), and what those had seen in turn (causal). A register misses a write if it shows one that lies
 * in that write's past, or the initial value; a list, if the element is not in it. Lists show in their
 * order also whether writes of a session were applied in order (monotonic writes) and after what it had
 * read (writes follow reads). A read is charged with the weakest guarantee that it breaks.
 *
 * Keys whose operations are linearizable need no closer look (`session-keys.ts`). If all are, that is all.
 */
import type { Anomaly } from '../verdict.ts';
import { sessionAnomaly } from './session-anomaly.ts';
import { Chains } from './session-chain.ts';
import {
  type Key,
  type Look,
  type Sessions,
  isSure,
  seenBy,
  sessionsOf,
} from './session-history.ts';
import { suspectKeys } from './session-keys.ts';
import { Knowledge } from './session-knowledge.ts';
import { ListPast } from './session-lists.ts';
import { GUARANTEES, type Guarantee, type Missed } from './session-missed.ts';
import { RegisterPast } from './session-registers.ts';
import { verifySession } from './session-verify.ts';
import { plantInSessions } from './session-plants.ts';
import { type Calls, type Finding, type Property, keyed, said } from './property.ts';

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
    plants: (calls) => plantInSessions(calls, included),
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

/** Steps beyond which it is given up. */
const WORK_MAX = 4e8;

/** Anomalies whose chain of operations is looked for. */
const EXPLAINED_MAX = 20;

function judge(calls: Calls, included: readonly Guarantee[]): Finding {
  const sessions = sessionsOf(calls);
  if (typeof sessions === 'string')
    return { observed: 0, keys: 0, anomalies: [], figures: {}, unfit: sessions };
  const suspects = suspectKeys(sessions.objects, calls.header.initial ?? null);
  const pass = suspects.size === 0 ? undefined : new Pass(sessions, included, suspects);
  pass?.run();
  const strange = sessions.strangers.map(({ call, value }): Anomaly => ({
    type: 'unexpected',
    ...keyed(call.invoke.key),
    why: `${said(call)} was answered with ${JSON.stringify(value)}, which nobody had written, or whose write failed.`,
    operations: [call.invoke.index],
    detail: { rule: 'stranger', element: value },
  }));
  const { looked, demanding } = looksOf(sessions);
  const figures: Record<string, number> = {
    sessions: sessions.count,
    reads: looked,
    keysLeftOut: sessions.skipped,
  };
  for (const name of included) figures[name] = pass?.counts.get(name) ?? 0;
  const chains = new Chains(sessions.moments);
  return {
    observed: demanding,
    keys: sessions.objects.size,
    anomalies: [
      ...(pass?.found ?? []).map(({ look, missed }) => sessionAnomaly(look, missed, chains)),
      ...strange,
    ],
    figures,
    ...(pass?.gaveUp === true && {
      unfit: `the sessions know so much of one another that more than ${WORK_MAX} steps would be needed.`,
    }),
  };
}

/** How many reads there are, and how many of them had something to miss. */
function looksOf({ moments }: Sessions): { readonly looked: number; readonly demanding: number } {
  let [looked, demanding] = [0, 0];
  const known = new Map<Key, Set<number>>();
  for (const moment of moments) {
    const { key, session } = 'write' in moment ? moment.write : moment.look;
    let sessions = known.get(key);
    if (sessions === undefined) known.set(key, (sessions = new Set()));
    if ('look' in moment) {
      looked++;
      if (moment.look.saw.length > 0 || sessions.has(session)) demanding++;
    } else if (!isSure(moment.write) || seenBy(moment.write.call) !== undefined) continue;
    sessions.add(session);
  }
  return { looked, demanding };
}

/** All steps of all sessions, in an order in which no read comes before the write that it saw. */
class Pass {
  gaveUp = false;
  /** Reads that break each guarantee; only the first are explained. */
  readonly counts = new Map<Guarantee, number>();
  readonly found: { readonly look: Look; readonly missed: Missed }[] = [];
  readonly #sessions: Sessions;
  readonly #knowledge: Knowledge;
  readonly #suspects = new Map<Key, RegisterPast | ListPast>();

  constructor(sessions: Sessions, included: readonly Guarantee[], suspects: ReadonlySet<Key>) {
    this.#sessions = sessions;
    this.#knowledge = new Knowledge(sessions, suspects);
    const wants = (type: Guarantee): boolean => included.includes(type);
    for (const key of suspects)
      this.#suspects.set(
        key,
        new (sessions.objects.get(key)?.kind === 'list' ? ListPast : RegisterPast)(
          this.#knowledge,
          wants,
        ),
      );
  }

  run(): void {
    let steps = 0;
    for (const moment of this.#sessions.moments) {
      if ((steps++ & 1023) === 0 && this.#work() > WORK_MAX) {
        this.gaveUp = true;
        return;
      }
      if ('look' in moment) {
        this.#look(moment.look);
        continue;
      }
      const { write } = moment;
      const key = this.#suspects.get(write.key);
      if (key instanceof ListPast) key.sent(write);
      this.#knowledge.wrote(write);
      if (isSure(write)) key?.wrote(write);
    }
  }

  #look(look: Look): void {
    // A list that shows an element must show what that one's session knew of the list.
    if (look.list) this.#knowledge.saw(look);
    const missed = this.#suspects.get(look.key)?.look(look);
    if (missed !== undefined) {
      this.counts.set(missed.type, (this.counts.get(missed.type) ?? 0) + 1);
      if (this.found.length < EXPLAINED_MAX) this.found.push({ look, missed });
    }
    if (!look.list) this.#knowledge.saw(look);
    this.#knowledge.stepDone(look);
  }

  #work(): number {
    let work = NODE * this.#knowledge.work;
    for (const key of this.#suspects.values()) work += key.work;
    return work;
  }
}

/** Counts in a node of a past. */
const NODE = 16;
