/** Words of a command line that can be pasted. */

/** As a shell reads it back: quoted where a character is not plain. */
export function shellWord(word: string): string {
  return /^[\w./:=,@+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
