/** How far a frontier search may go. */
export interface FrontierLimits {
  /** Configurations looked at. */
  readonly steps: number;
  readonly bytes: number;
  /** Told now and then at which operation's return it is. */
  readonly onReached?: ((at: number, open: number) => void) | undefined;
}

/** Thrown where a limit is reached. */
export class LimitReached extends Error {
  readonly reason: 'budget' | 'memory';
  constructor(reason: 'budget' | 'memory') {
    super(reason);
    this.reason = reason;
  }
}
