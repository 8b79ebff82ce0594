/** One thing that a machine can or cannot do, as it was measured. */
export interface Finding {
  readonly group: 'machine' | 'clusters' | 'faults' | 'programs';
  /** Short and stable: scripts read it from `--json`. */
  readonly name: string;
  readonly works: boolean;
  /** Without it there are no clusters at all on this machine. */
  readonly needed: boolean;
  /** What was measured or said, in one clause. */
  readonly says: string;
  /** What to do about it, in one sentence; absent where nothing is to be done. */
  readonly mend?: string;
}

/** Something that works. */
export function works(
  group: Finding['group'],
  name: string,
  says: string,
  needed = false,
): Finding {
  return { group, name, works: true, needed, says };
}

/** Something that does not. */
export function fails(
  group: Finding['group'],
  name: string,
  says: string,
  mend: string,
  needed = false,
): Finding {
  return { group, name, works: false, needed, says, mend };
}
