/** What a check says beside its verdict, and what it keeps to itself. */
import { plural } from '../base/figures.ts';
import type { Verdict } from '../checkers/verdict.ts';

/** What was chosen about the form of a history, where there was a choice. */
export function readingNotes(split: boolean, nilRead: 'any' | 'unset', nils: number): string[] {
  const notes: string[] = [];
  if (split) notes.push('independent: yes (the values are [key value])');
  if (nilRead === 'any' && nils > 0)
    notes.push(
      `nil-read: any (${plural(nils, 'read')} of nil ${nils === 1 ? 'says' : 'say'} nothing); --nil-read unset takes them at their word`,
    );
  return notes;
}

/** A linearization as long as the run is of no use to whoever waits for the verdict. */
export function withoutOrder(full: Verdict): Verdict {
  if (full.valid !== true) return full;
  const { linearization: _, serialOrder: __, ...rest } = full;
  return rest;
}
