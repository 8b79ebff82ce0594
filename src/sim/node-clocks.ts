/** The clocks of a simulated world's nodes: true ones, until somebody disturbs them. */
import { Clock } from '../base/clock.ts';
import type { NodeId } from '../base/operation.ts';
import type { ClockChange } from './step.ts';
import type { WorldConfig } from './world-config.ts';

export class NodeClocks {
  /** True time, µs. */
  readonly #atUs: () => number;
  readonly #wallMs: number;
  /** Absent: true. */
  readonly #clocks: (Clock | undefined)[] = [];

  constructor({ clocks = [], wallMs = 0 }: WorldConfig, atUs: () => number) {
    this.#atUs = atUs;
    this.#wallMs = wallMs;
    for (const [node, { offsetUs, ppm }] of clocks.entries())
      this.#disturbed(node, offsetUs).setRate(1 + ppm / 1e6);
  }

  /** What the clock of a node shows, µs. */
  nowUs(node: NodeId): number {
    const clock = this.#clocks[node];
    return clock === undefined ? this.#atUs() : clock.nowUs();
  }

  /** First true time at which the clock of a node shows `us`, if it goes on as it does now. */
  trueUs(node: NodeId, us: number): number {
    const clock = this.#clocks[node];
    return clock === undefined || us === Infinity ? us : clock.trueUsAt(us);
  }

  /** How far a clock is ahead of one that began with it and ran true, in µs. */
  errorUs(node: NodeId): number {
    return this.#clocks[node]?.errorUs() ?? 0;
  }

  /** Wall clock of a node, ms since 1970. */
  wallMs(node: NodeId): number {
    return this.#clocks[node]?.wallMs() ?? this.#trueWallMs();
  }

  /** Disturbs a clock: see `ClockChange`. */
  change(node: NodeId, change: ClockChange, by: number): void {
    const clock = this.#disturbed(node, 0);
    if (change === 'bump') clock.bump(by);
    else if (change === 'rate') clock.setRate(1 + by / 1e6);
    else clock.setSkew(by);
  }

  #disturbed(node: NodeId, offsetUs: number): Clock {
    return (this.#clocks[node] ??= new Clock(this.#atUs, offsetUs, () => this.#trueWallMs()));
  }

  #trueWallMs(): number {
    return this.#wallMs + this.#atUs() / 1000;
  }
}
