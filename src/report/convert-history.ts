/** A history from one file into another, in the form of another tool. */
import type { Value } from '../base/operation.ts';
import { shellWord } from '../base/shell-word.ts';
import { UserError } from '../base/user-error.ts';
import { columnMap } from '../history/formats/csv-events.ts';
import { type WrittenFormat, writtenHistory } from '../history/formats/write-history.ts';
import { splitKeys } from '../history/independent.ts';
import { readHistory } from '../history/read.ts';
import { locate } from '../history/store.ts';
import { writeWhole } from './write-whole.ts';

export interface Converted {
  readonly file: string;
  readonly out: string;
  readonly format: WrittenFormat;
  readonly events: number;
  readonly notes: readonly string[];
}

/** Reads `history` (a path, run or seed), writes `out`, packed where it ends in `.gz`. Throws a `UserError`. */
export async function convertHistory(
  history: string,
  out: string,
  {
    to,
    store,
    map,
  }: {
    readonly to?: WrittenFormat | undefined;
    readonly store: string;
    /** As `--map` takes it. */
    readonly map?: string | undefined;
  },
): Promise<Converted> {
  const format = to ?? formatOf(out);
  const located = await locate(history, store);
  const read = await readHistory(located.history, {
    map: map === undefined ? undefined : columnMap(map),
  });
  const { history: split } = splitKeys(read.history, read.foreign ? 'auto' : 'no');
  await writeWhole(out, writtenHistory(split, format));
  const { initial } = split.header;
  const lost = format !== 'jsonl' && initial !== undefined && initial !== null;
  const notes = lost ? [...read.notes, lostInitial(out, initial)] : read.notes;
  return { file: located.history, out, format, events: split.events.length, notes };
}

/** The other forms have no place for it. */
function lostInitial(out: string, initial: Value): string {
  const text = shellWord(JSON.stringify(initial));
  return `the keys begin with ${JSON.stringify(initial)}, which ${out} cannot say: hermes check ${shellWord(out)} --init ${text}`;
}

function formatOf(out: string): WrittenFormat {
  const name = out.replace(/\.gz$/, '');
  if (name.endsWith('.jsonl')) return 'jsonl';
  if (name.endsWith('.edn')) return 'edn';
  if (name.endsWith('.json')) return 'elle';
  throw new UserError(
    `the ending of ${out} does not tell a form.`,
    'Give --to jsonl, --to edn or --to elle.',
  );
}
