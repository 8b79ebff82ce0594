/** What was chosen about the form of a history, where there was a choice. */
export function readingNotes(split: boolean, nilRead: 'any' | 'unset', nils: number): string[] {
  const notes: string[] = [];
  if (split) notes.push('independent: yes (the values are [key value])');
  if (nilRead === 'any' && nils > 0)
    notes.push(
      `nil-read: any (${nils} reads of nil say nothing); --nil-read unset takes them at their word`,
    );
  return notes;
}
