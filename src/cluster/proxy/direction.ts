/**
 * One direction of one proxied connection: bytes in at one socket, out at the other, with the
 * effects of the link on the way.
 *
 * Without effects whole chunks pass untouched; only frame boundaries are followed, so that an effect
 * may begin at any byte. What is held back dies with the connection.
 */
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { FrameFormat } from '../../wire/frames.ts';
import type { ActiveEffect } from '../../faults/link-effects.ts';
import { count, delayOf } from '../../faults/link-effects.ts';
import { FrameCutter } from './frame-cutter.ts';

/** Held bytes above which the sender is no longer read, and below which it is again. */
const HELD_HIGH = 8 * 1024 * 1024;
const HELD_LOW = HELD_HIGH / 2;

interface Queued {
  readonly bytes: Buffer;
  /** A whole frame, which a partition may take; a part of one must arrive, or the stream is garbage. */
  readonly whole: boolean;
  readonly dueMs: number;
}

export class Direction {
  readonly #in: Socket;
  readonly #out: Socket;
  /** The effects on this link now: one list, shared with all its connections. */
  readonly #effects: readonly ActiveEffect[];
  readonly #format: FrameFormat | undefined;
  readonly #cutter: FrameCutter | undefined;
  /** Frames of slow links, in order. */
  readonly #queue: Queued[] = [];
  #queueTimer: NodeJS.Timeout | undefined;
  #heldBytes = 0;
  #freeAtMs = 0;
  /** Single frames that wait, each with its timer. */
  readonly #waiting = new Set<NodeJS.Timeout>();
  #choked = false;
  /** Bytes without frames that came while the link was cut: TCP would deliver them after it. */
  #stalled: Buffer[] | undefined;

  constructor(
    input: Socket,
    output: Socket,
    effects: readonly ActiveEffect[],
    format: FrameFormat | undefined,
  ) {
    this.#in = input;
    this.#out = output;
    this.#effects = effects;
    this.#format = format;
    this.#cutter = format === undefined ? undefined : new FrameCutter(format);
    input.on('data', (chunk: Buffer) => this.#push(chunk));
    output.on('drain', () => {
      this.#choked = false;
      this.#flow();
    });
    this.refresh();
  }

  /** To be called after the list of effects changed. Bytes without frames stand still in a cut. */
  refresh(): void {
    const stalls = this.#format === undefined && this.#cut() !== undefined;
    if (stalls) this.#stalled ??= [];
    else this.#goOn();
    this.#flow();
  }

  #cut(): ActiveEffect | undefined {
    return this.#effects.find(({ effect }) => effect.kind === 'cut' || effect.kind === 'mute');
  }

  #goOn(): void {
    const held = this.#stalled ?? [];
    this.#stalled = undefined;
    for (const bytes of held) {
      this.#hold(-bytes.length);
      this.#slow(bytes, false);
    }
  }

  /** Lets go of everything that is held: the connection is gone. */
  close(): void {
    clearTimeout(this.#queueTimer);
    for (const timer of this.#waiting) clearTimeout(timer);
    this.#queue.length = 0;
  }

  #push(chunk: Buffer): void {
    if (this.#stalled !== undefined) {
      this.#stalled.push(chunk);
      this.#hold(chunk.length);
      for (const active of this.#effects) count(active, 'bytesHeld', chunk.length);
      return;
    }
    if (this.#idle()) {
      const before = this.#cutter?.release();
      if (before !== undefined) this.#write(before);
      this.#cutter?.track(chunk);
      this.#write(chunk);
      return;
    }
    this.#out.cork();
    if (this.#cutter === undefined) this.#slow(chunk, false);
    else this.#cutter.cut(chunk, this.#rest, this.#frame);
    this.#out.uncork();
  }

  /** Nothing is asked for and nothing is held, which might otherwise land within a frame. */
  #idle(): boolean {
    return this.#effects.length === 0 && this.#queue.length === 0 && this.#waiting.size === 0;
  }

  /** Bytes that are no whole frame: they keep their place in the stream, and are lost only in a cut of garbage. */
  readonly #rest = (bytes: Buffer): void => {
    if (this.#cutter?.garbage === true && this.#swallowed(undefined)) return;
    this.#slow(bytes, false);
  };

  readonly #frame = (frame: Buffer): void => {
    if (this.#swallowed(frame)) return;
    if (this.#format?.isProtocol(frame, 0) !== true) {
      this.#slow(frame, true);
      return;
    }
    for (const active of this.#effects) {
      const { effect } = active;
      if (!('percent' in effect) || !active.random.chance(effect.percent * 100, 10_000)) continue;
      if (effect.kind === 'lose') {
        count(active, 'messagesLost');
        return;
      }
      if (effect.kind === 'repeat') {
        count(active, 'messagesRepeated');
        this.#later(frame, active.random.below(effect.delayMs + 1));
      } else {
        count(active, effect.counter);
        this.#later(frame, delayOf(active, effect));
        return;
      }
    }
    this.#slow(frame, true);
  };

  /** True: a partition took it. */
  #swallowed(frame: Buffer | undefined): boolean {
    for (const active of this.#effects) {
      const { kind } = active.effect;
      const takes =
        kind === 'cut' ||
        (kind === 'mute' && (frame === undefined || this.#format?.isProtocol(frame, 0) === true));
      if (!takes) continue;
      count(active, 'framesLost');
      return true;
    }
    return false;
  }

  /** In order, after whatever the link's delay and rate ask for. */
  #slow(bytes: Buffer, whole: boolean): void {
    const now = performance.now();
    let due = now;
    for (const active of this.#effects) {
      const { effect } = active;
      if (effect.kind === 'delay') {
        due += delayOf(active, effect);
        count(active, 'framesDelayed');
      } else if (effect.kind === 'rate') {
        this.#freeAtMs = Math.max(this.#freeAtMs, now) + bytes.length / effect.bytesPerMs;
        due = Math.max(due, this.#freeAtMs);
        count(active, 'framesDelayed');
      }
    }
    const last = this.#queue.at(-1);
    if (last === undefined && due === now) {
      this.#write(bytes);
      return;
    }
    this.#queue.push({ bytes, whole, dueMs: Math.max(due, last?.dueMs ?? 0) });
    this.#hold(bytes.length);
    this.#queueTimer ??= setTimeout(this.#deliver, Math.max(0, due - now));
  }

  readonly #deliver = (): void => {
    this.#queueTimer = undefined;
    const now = performance.now();
    this.#out.cork();
    let sent = 0;
    for (const { bytes, whole, dueMs } of this.#queue) {
      // A timer may fire a fraction of a millisecond early.
      if (dueMs > now + 0.5) break;
      sent++;
      this.#hold(-bytes.length);
      if (!whole || !this.#swallowed(bytes)) this.#write(bytes);
    }
    this.#queue.splice(0, sent);
    this.#out.uncork();
    const next = this.#queue[0];
    if (next !== undefined) this.#queueTimer = setTimeout(this.#deliver, next.dueMs - now);
  };

  #later(frame: Buffer, delayMs: number): void {
    this.#hold(frame.length);
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      this.#hold(-frame.length);
      if (!this.#swallowed(frame)) this.#slow(frame, true);
    }, delayMs);
    this.#waiting.add(timer);
  }

  #write(bytes: Buffer): void {
    if (this.#out.destroyed || this.#out.write(bytes)) return;
    this.#choked = true;
    this.#flow();
  }

  #hold(bytes: number): void {
    this.#heldBytes += bytes;
    this.#flow();
  }

  /** Reads on unless the other side is slow or too much is held. */
  #flow(): void {
    const high = this.#in.isPaused() ? HELD_LOW : HELD_HIGH;
    const stop = this.#choked || this.#heldBytes > high;
    if (stop && !this.#in.isPaused()) this.#in.pause();
    else if (!stop && this.#in.isPaused()) this.#in.resume();
  }
}
