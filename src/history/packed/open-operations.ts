/** The open operation of each process: processes have numbers, in some histories names. */

import { wider } from './wider.ts';

/** Processes numbered beyond this are left to the ordinary reader. */
const NUMBER_MAX = 1 << 22;

export class OpenOperations {
  /** Per slot, its open operation + 1. */
  #of = new Int32Array(64);
  readonly #names = new Map<string, number>();

  /** Where a process stands; -1: its number is too large. */
  slot(process: number | string): number {
    if (typeof process === 'number')
      return process >= 0 && process < NUMBER_MAX ? this.#wide(2 * process) : -1;
    let name = this.#names.get(process);
    if (name === undefined) this.#names.set(process, (name = this.#names.size));
    return this.#wide(2 * name + 1);
  }

  /** Its open operation; -1: none. */
  at(slot: number): number {
    return (this.#of[slot] as number) - 1;
  }

  open(slot: number, operation: number): void {
    this.#of[slot] = operation + 1;
  }

  close(slot: number): void {
    this.#of[slot] = 0;
  }

  /** Slots with an operation open, in the order of these. */
  taken(): number[] {
    const slots: number[] = [];
    for (let slot = 0; slot < this.#of.length; slot++) if (this.#of[slot] !== 0) slots.push(slot);
    return slots.sort((a, b) => this.at(a) - this.at(b));
  }

  #wide(slot: number): number {
    if (slot >= this.#of.length) this.#of = wider(this.#of, slot);
    return slot;
  }
}
