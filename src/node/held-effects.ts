/**
 * Effects that wait for the disk: a message or reply whose `after` lies beyond what is durable. Those
 * of one link keep their order among themselves; effects that need not wait pass them.
 */
import type { NodeId, Result } from '../base/operation.ts';

interface HeldFrame {
  readonly after: number;
  readonly frame: Buffer;
}

interface HeldReply {
  readonly after: number;
  readonly id: number;
  readonly result: Result;
}

export class HeldEffects {
  readonly #frames = new Map<NodeId, HeldFrame[]>();
  #replies: HeldReply[] = [];

  get size(): number {
    let size = this.#replies.length;
    for (const queue of this.#frames.values()) size += queue.length;
    return size;
  }

  /** Holds a whole frame for a peer. */
  holdFrame(to: NodeId, after: number, frame: Buffer): void {
    const queue = this.#frames.get(to);
    if (queue === undefined) this.#frames.set(to, [{ after, frame }]);
    else queue.push({ after, frame });
  }

  holdReply(id: number, after: number, result: Result): void {
    this.#replies.push({ after, id, result });
  }

  /** Hands out what may leave now that everything up to `durable` is on disk. */
  release(
    durable: number,
    send: (to: NodeId, frame: Buffer) => void,
    reply: (id: number, result: Result) => void,
  ): void {
    for (const [to, queue] of this.#frames) {
      const waits = queue.findIndex((held) => held.after > durable);
      const free = queue.splice(0, waits < 0 ? queue.length : waits);
      for (const held of free) send(to, held.frame);
      if (queue.length === 0) this.#frames.delete(to);
    }
    const ready = this.#replies.filter((held) => held.after <= durable);
    if (ready.length === 0) return;
    this.#replies = this.#replies.filter((held) => held.after > durable);
    for (const held of ready) reply(held.id, held.result);
  }

  /** The links are closed: nothing that waits for the disk is sent any more. */
  dropFrames(): void {
    this.#frames.clear();
  }
}
