/** The weakest guarantee that a read of a register breaks. */
import type { Look, Write } from './session-history.ts';
import type { Knowledge } from './session-knowledge.ts';
import type { Guarantee, Missed } from './session-missed.ts';

/** What is remembered of a register on which a guarantee may be broken. */
export class RegisterPast {
  /** What was looked at, for those who limit what a check may cost. */
  work = 0;
  readonly #knowledge: Knowledge;
  readonly #wants: (type: Guarantee) => boolean;
  /** Acknowledged writes in the order in which they were sent: of all, and of each session. */
  readonly #sure: Write[] = [];
  readonly #own = new Map<number, Write[]>();
  /** By session: its last look, and the last that saw each write. */
  readonly #looks = new Map<number, { last: Look; readonly seen: Map<Write | undefined, Look> }>();

  constructor(knowledge: Knowledge, wants: (type: Guarantee) => boolean) {
    this.#knowledge = knowledge;
    this.#wants = wants;
  }

  wrote(write: Write): void {
    this.#sure.push(write);
    const own = this.#own.get(write.session);
    if (own === undefined) this.#own.set(write.session, [write]);
    else own.push(write);
  }

  look(look: Look): Missed | undefined {
    const missed = this.#missed(look);
    const { session, saw } = look;
    const looks = this.#looks.get(session);
    if (looks === undefined)
      this.#looks.set(session, { last: look, seen: new Map([[saw[0], look]]) });
    else {
      looks.last = look;
      looks.seen.set(saw[0], look);
    }
    return missed;
  }

  #missed(look: Look): Missed | undefined {
    const [saw] = look.saw;
    const own = lastUpTo(this.#own.get(look.session) ?? [], look.seq, look);
    if (this.#wants('read-your-writes') && own !== undefined && own !== saw && older(saw, own))
      return { type: 'read-your-writes', write: own, instead: saw, rule: 'missing' };
    const looks = this.#looks.get(look.session);
    const before = looks?.last.saw[0] === saw ? undefined : looks?.last.saw[0];
    if (this.#wants('monotonic-reads') && before !== undefined && looks !== undefined) {
      const type = 'monotonic-reads';
      if (saw === undefined) return { type, write: before, rule: 'missing' };
      const again = looks.seen.get(saw);
      if (again !== undefined)
        return { type, write: before, instead: saw, rule: 'again', through: [again, looks.last] };
    }
    for (const type of ['pram', 'causal'] as const) {
      if (!this.#wants(type)) continue;
      const behind = (write: Write): boolean =>
        older(saw, write) || (type === 'causal' && this.#knowledge.before(saw, write));
      const write =
        this.#knownBehind(look, type, behind) ??
        // A write that was seen happened, even if nobody told its client.
        (before !== undefined && behind(before) ? before : undefined);
      if (write !== undefined) return { type, write, instead: saw, rule: 'missing' };
    }
    return undefined;
  }

  /** A write that the session knows of, and that came after the one that it saw. */
  #knownBehind(
    look: Look,
    type: 'pram' | 'causal',
    behind: (write: Write) => boolean,
  ): Write | undefined {
    const [saw] = look.saw;
    // By the order of sessions alone only what the same session wrote comes after.
    const writes =
      type === 'pram' && saw !== undefined ? (this.#own.get(saw.session) ?? []) : this.#sure;
    for (let i = writes.length - 1; i >= 0; i--) {
      const write = writes[i] as Write;
      // Nothing lies behind what was sent later.
      if (saw !== undefined && write.id <= saw.id) return undefined;
      this.work++;
      if (
        write.call !== look.call &&
        this.#knowledge.knows(type, look.session, write) &&
        behind(write)
      )
        return write;
    }
    return undefined;
  }
}

/** By the order of their session, or since everything comes after the initial value. */
function older(saw: Write | undefined, write: Write): boolean {
  return saw === undefined || (saw.session === write.session && saw.seq < write.seq);
}

/** The last write up to a place in its session, not counting what the operation that reads writes itself. */
function lastUpTo(writes: readonly Write[], seq: number, look: Look): Write | undefined {
  let at = writes.length - 1;
  while (at >= 0 && ((writes[at] as Write).seq > seq || (writes[at] as Write).call === look.call))
    at--;
  return writes[at];
}
