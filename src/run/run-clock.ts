/** The clock of a run: the system's, counted from the first operation. */
import type { System } from '../system/system.ts';

export class RunClock {
  readonly #system: Pick<System, 'nowNs'>;
  #startNs: number | undefined;

  constructor(system: Pick<System, 'nowNs'>) {
    this.#system = system;
  }

  /** Now is 0. */
  begin(): void {
    this.#startNs = this.#system.nowNs();
  }

  /** Nanoseconds since the run began; 0 before that. */
  nowNs(): number {
    return this.#startNs === undefined ? 0 : this.#system.nowNs() - this.#startNs;
  }

  /** The system's time at which this clock shows `ns`. */
  systemNs(ns: number): number {
    return (this.#startNs ?? this.#system.nowNs()) + ns;
  }
}
