/**
 * The fenced blocks of a Markdown page that are more than pictures: `sh` blocks are commands, and a block with
 * `file=PATH` in its info string is a file that the reader is asked to write.
 */

export interface Block {
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** Of `file=PATH`. */
  readonly file: string | undefined;
  /** Of `exit=N`; 0 if it says nothing. */
  readonly exit: number;
  /** Of a comment `<!-- shows: TEXT -->` right above the block: what its output must contain, one each. */
  readonly shows: readonly string[];
}

/** All blocks that a reader acts on, in order. */
export function actedBlocks(markdown: string): Block[] {
  const found: Block[] = [];
  let shows: string[] = [];
  let open: { line: number; info: string[]; text: string[] } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    if (open !== undefined) {
      if (line.trimEnd() === '```') {
        const block = toBlock(open, shows);
        if (block.language === 'sh' || block.file !== undefined) found.push(block);
        [open, shows] = [undefined, []];
      } else open.text.push(line);
      continue;
    }
    const fence = /^```(\S+)(.*)$/.exec(line) ?? /^```()()$/.exec(line);
    const comment = /^<!-- shows: (.*) -->$/.exec(line);
    if (comment?.[1] !== undefined) shows.push(comment[1]);
    else if (fence !== null) {
      const info = [fence[1] ?? '', ...(fence[2] ?? '').trim().split(/\s+/)];
      open = { line: index + 1, info, text: [] };
    } else if (line.trim() !== '') shows = [];
  }
  return found;
}

function toBlock(open: { line: number; info: string[]; text: string[] }, shows: string[]): Block {
  const option = (name: string): string | undefined =>
    open.info.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
  return {
    line: open.line,
    language: open.info[0] ?? '',
    text: `${open.text.join('\n')}\n`,
    file: option('file'),
    exit: Number(option('exit') ?? 0),
    shows,
  };
}

/** The page with every block that names a file filled by what `read` knows of it. */
export function filled(markdown: string, read: (path: string) => string): string {
  return markdown.replaceAll(
    /^(```\S+ file=(\S+)[^\n]*\n)[^]*?^```$/gm,
    (_, head: string, path: string) => `${head}${read(path)}\`\`\``,
  );
}
