/**
 * One at a time per container: freezing a container while the engine starts a program in it catches that
 * program half started, and both the freezing and every later order to the container then hang.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `act` when all that were asked for before on this container have ended, however they ended. */
  take<T>(container: string, act: () => Promise<T>): Promise<T> {
    const before = this.#last.get(container) ?? Promise.resolve();
    const turn = before.then(act, act);
    this.#last.set(container, turn);
    return turn;
  }
}
