/** The properties that `--checker` knows by name. */
import { availability } from './availability.ts';
import { bank } from './bank.ts';
import { counter } from './counter.ts';
import { longFork } from './long-fork.ts';
import type { Property } from './property.ts';
import { sessionProperties } from './session-guarantees.ts';
import { setProperty } from './set.ts';
import { setFull, setFullLinearizable } from './set-full.ts';
import { stats } from './stats.ts';
import { totalQueue } from './total-queue.ts';
import { uniqueIds } from './unique-ids.ts';

export const PROPERTIES: readonly Property[] = [
  setProperty,
  setFull,
  setFullLinearizable,
  counter,
  totalQueue,
  uniqueIds,
  bank,
  longFork,
  ...sessionProperties,
  stats,
  availability,
];

export function propertyNamed(name: string): Property | undefined {
  return PROPERTIES.find((property) => property.name === name);
}
