/**
 * The house rules about rooms as functions: who may import whom, and what a pure room may not touch.
 * `rooms.test.ts` applies them to every file, and to planted violations. The table is `src/README.md`.
 */
import { posix } from 'node:path';

export interface Room {
  /** `base` stands for `src/base`, `workloads/` for the folder beside `src`. */
  readonly name: string;
  readonly rank: number;
  readonly pure: boolean;
}

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

/** Rooms from the rows `| rank | \`room\` | yes or no | … |` of the map. */
export function parseRooms(markdown: string): Room[] {
  const rows = markdown.matchAll(/^\| *([\d.]+) *\| *`([^`]+)` *\| *(yes|no) *\|/gm);
  return Array.from(rows, ([, rank, name, pure]) => ({
    name: name ?? '',
    rank: Number(rank),
    pure: pure === 'yes',
  }));
}

/** The room of a path relative to the repository, `'none'` outside all of them, undefined if the table lacks it. */
export function roomOf(path: string, rooms: readonly Room[]): Room | 'none' | undefined {
  const [top, second, third] = path.split('/');
  if (top === 'src' && third === undefined && isTest(path)) return 'none'; // tests of the whole, as this one
  if (top === 'src') return rooms.find((room) => room.name === second);
  return rooms.find((room) => room.name === `${top}/`) ?? 'none';
}

/** Tests, the suites they share, and benchmarks: not built, free to touch the world. */
export function isTest(path: string): boolean {
  return /\.(test|case|bench)\.tsx?$/.test(path);
}

/** What is wrong with one file, a sentence each. `path` is relative to the repository, with slashes. */
export function violations(path: string, source: string, rooms: readonly Room[]): string[] {
  const room = roomOf(path, rooms);
  if (room === 'none') return [];
  if (room === undefined) return [`${path}: its room is not in the table of src/README.md`];
  const found: string[] = [];
  if (posix.basename(path).startsWith('index.')) found.push(`${path}: a barrel`);
  for (const one of importsOf(source)) {
    const wrong = one.specifier.startsWith('.')
      ? wrongDirection(path, room, one, rooms)
      : wrongPackage(path, room, one);
    if (wrong !== undefined) found.push(`${path}: imports ${one.specifier}, ${wrong}`);
  }
  if (room.pure && !isTest(path)) {
    found.push(...impurities(source).map((word) => `${path}: ${word} in a pure room`));
  }
  return found;
}

/** Tests reach for anything up to their own rank, and for the simulator and the checkers from anywhere. */
function wrongDirection(
  path: string,
  room: Room,
  one: Import,
  rooms: readonly Room[],
): string | undefined {
  const to = posix.normalize(posix.join(posix.dirname(path), one.specifier));
  const other = roomOf(to, rooms);
  if (other === undefined) return 'whose room is not in the table of src/README.md';
  if (other === 'none') return isTest(path) ? undefined : 'which lies outside the rooms';
  if (other.name === room.name) return undefined;
  if (other.name === 'api.ts' && !isTest(path)) return 'which is for users only';
  if (isTest(path)) {
    const open = other.rank <= room.rank || other.name === 'sim' || other.name === 'checkers';
    return open
      ? undefined
      : `upward, from ${room.name} (${room.rank}) to ${other.name} (${other.rank})`;
  }
  if (other.rank < room.rank) return undefined;
  const direction = other.rank === room.rank ? 'sideways' : 'upward';
  return `${direction}, from ${room.name} (${room.rank}) to ${other.name} (${other.rank})`;
}

function wrongPackage(path: string, room: Room, one: Import): string | undefined {
  if (!room.pure || isTest(path) || one.typeOnly) return undefined;
  return 'which a pure room may not';
}

/** Every module that a source names: static, re-exported, dynamic, in a type. */
export function importsOf(source: string): Import[] {
  const code = blank(source, { strings: false });
  const statics = code.matchAll(
    /\b(?:import|export)\s+(type\s+)?(?:[\w$*{},\s]+?\bfrom\s*)?(['"])([^'"\n]+)\2/g,
  );
  const dynamics = code.matchAll(/\bimport\s*\(\s*(['"`])([^'"`\n]+)\1/g);
  return [
    ...Array.from(statics, (m) => ({ specifier: m[3] ?? '', typeOnly: m[1] !== undefined })),
    ...Array.from(dynamics, (m) => ({ specifier: m[2] ?? '', typeOnly: false })),
  ];
}

/** Names that reach a clock, chance, timers, I/O or the process; not when they are a property of something. */
const WORLD =
  /(?<![\w$.#])(?:Date\b(?=\s*[.(])|new\s+Date\b|Math\.random\b|process\b(?=\s*[.[])|globalThis\b|performance\b(?=\s*\.)|crypto\b(?=\s*\.)|console\b(?=\s*\.)|(?:setTimeout|setInterval|setImmediate|queueMicrotask|fetch)\b(?=\s*[(),;]))/g;

/** The names of the world that a source uses outside comments and strings, each once. */
export function impurities(source: string): string[] {
  const found = blank(source, { strings: true }).matchAll(WORLD);
  return [...new Set(Array.from(found, ([word]) => word.replace(/^new\s+/, '')))];
}

/**
 * The source with comments, and with `strings` also the text of strings, templates and regular expressions,
 * turned into spaces. Code inside `${}` stays. One scan of the characters: every form must be known to skip
 * any, so it is one function and longer than usual.
 */
function blank(source: string, options: { strings: boolean }): string {
  let out = '';
  let at = 0;
  const depths: number[] = []; // braces open inside each `${}` that we are in
  const take = (end: number, keep: boolean): void => {
    const text = source.slice(at, end);
    out += keep ? text : text.replace(/[^\n]/g, ' ');
    at = end;
  };
  const template = (): void => {
    const end = /(?:\\[^]|\$(?!\{)|[^\\`$])*(`|\$\{)/y;
    end.lastIndex = at + 1;
    const match = end.exec(source);
    if (match?.[1] === '${') depths.push(0);
    take(match === null ? source.length : end.lastIndex, !options.strings);
  };
  while (at < source.length) {
    const rest = source.slice(at, at + 2);
    const char = source.charAt(at);
    if (rest === '//') take(endOf(source, '\n', at), false);
    else if (rest === '/*') take(endOf(source, '*/', at + 2) + 2, false);
    else if (char === "'" || char === '"' || (char === '/' && regexMayStart(out))) {
      const form = new RegExp(LITERAL[char], 'y');
      form.lastIndex = at;
      take(form.test(source) ? form.lastIndex : at + 1, !options.strings);
    } else if (char === '`') template();
    else if (char === '}' && depths.at(-1) === 0) {
      depths.pop();
      template();
    } else {
      if (depths.length > 0 && (char === '{' || char === '}')) {
        depths.push((depths.pop() ?? 0) + (char === '{' ? 1 : -1));
      }
      take(at + 1, true);
    }
  }
  return out;
}

/** The three literals that end with the sign they begin with; an unclosed one ends with its line. */
const LITERAL = {
  "'": /'(?:\\.|[^'\\\n])*'?/,
  '"': /"(?:\\.|[^"\\\n])*"?/,
  '/': /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\/?/,
};

/** A slash begins a regular expression where no value can have ended before it. */
function regexMayStart(before: string): boolean {
  return /(?:^|[([{,;:=!&|?+\-*%<>~^]|\b(?:return|typeof|case|in|of))\s*$/.test(before.slice(-40));
}

function endOf(source: string, mark: string, from: number): number {
  const found = source.indexOf(mark, from);
  return found === -1 ? source.length : found;
}
