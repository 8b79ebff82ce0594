/**
 * What each session knows at a moment: at first hand (its own writes and those that it saw: what PRAM asks
 * about), and with all that lies in the past of that (causal).
 *
 * Kept only as long as somebody can still ask: of a session until its last step, of a write until its last
 * reader, unless its key is suspected.
 */
import type { Key, Look, Sessions, Write } from './session-history.ts';
import { type Past, Pasts } from './session-pasts.ts';

export class Knowledge {
  readonly #pasts: Pasts;
  readonly #first: Past[] = [];
  readonly #all: Past[] = [];
  /** By write: what its session knew when it was sent, itself included. */
  readonly #of: Past[] = [];
  /** Steps of each session, and looks at each write of a register, that are still to come. */
  readonly #steps: Int32Array;
  readonly #looks: Int32Array;
  readonly #suspects: ReadonlySet<Key>;
  /** By session and list: how much of it was seen, when it was last looked at. */
  readonly #lists = new Map<number, Map<Key, readonly Write[]>>();

  constructor({ moments, count, writes }: Sessions, suspects: ReadonlySet<Key>) {
    this.#pasts = new Pasts(count);
    this.#suspects = suspects;
    this.#steps = new Int32Array(count);
    this.#looks = new Int32Array(writes);
    const add = (to: Int32Array, at: number): number => (to[at] = (to[at] as number) + 1);
    for (const moment of moments) {
      add(this.#steps, 'write' in moment ? moment.write.session : moment.look.session);
      if ('look' in moment) for (const { id } of moment.look.saw) add(this.#looks, id);
    }
  }

  /** What it cost so far. */
  get work(): number {
    return this.#pasts.work;
  }

  wrote({ id, key, session, seq }: Write): void {
    this.#first[session] = this.#pasts.with(this.#first[session], session, seq);
    const past = this.#pasts.with(this.#all[session], session, seq);
    this.#all[session] = past;
    if ((this.#looks[id] as number) > 0 || this.#suspects.has(key)) this.#of[id] = past;
    this.#stepDone(session);
  }

  saw(look: Look): void {
    const { session } = look;
    // Latest first: whoever knows it knows most of what came before it.
    const fresh = look.list ? this.#freshOf(look) : look.saw;
    for (let i = fresh.length - 1; i >= 0; i--) this.#learn(session, fresh[i] as Write);
    if (!look.list) for (const write of fresh) this.#lookDone(write);
  }

  /** It will not be asked again about this look. */
  stepDone({ session }: Look): void {
    this.#stepDone(session);
  }

  knows(how: 'pram' | 'causal', session: number, write: Write): boolean {
    const past = (how === 'pram' ? this.#first : this.#all)[session];
    return this.#pasts.count(past, write.session) >= write.seq;
  }

  /** Does a lie in the causal past of b? The initial value (undefined) lies in that of all. */
  before(a: Write | undefined, b: Write): boolean {
    if (a === undefined) return true;
    return a.id < b.id && this.#pasts.count(this.#of[b.id], a.session) >= a.seq;
  }

  #learn(session: number, write: Write): void {
    this.#first[session] = this.#pasts.with(this.#first[session], write.session, write.seq);
    // Whoever knows a write knows all that its session knew.
    if (!this.knows('causal', session, write))
      this.#all[session] = this.#pasts.join(this.#all[session], this.#of[write.id]);
  }

  /** Elements of a list beyond those that the session had seen when it last looked. */
  #freshOf({ session, key, saw }: Look): readonly Write[] {
    let lists = this.#lists.get(session);
    if (lists === undefined) this.#lists.set(session, (lists = new Map()));
    const last = lists.get(key) ?? [];
    lists.set(key, saw);
    const grown = last.at(-1) === undefined || saw[last.length - 1] === last.at(-1);
    return grown ? saw.slice(last.length) : saw;
  }

  #lookDone({ id, key }: Write): void {
    this.#looks[id] = (this.#looks[id] as number) - 1;
    if (this.#looks[id] === 0 && !this.#suspects.has(key)) this.#of[id] = undefined;
  }

  #stepDone(session: number): void {
    this.#steps[session] = (this.#steps[session] as number) - 1;
    if (this.#steps[session] !== 0) return;
    this.#first[session] = undefined;
    this.#all[session] = undefined;
    this.#lists.delete(session);
  }
}
