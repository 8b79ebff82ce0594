/**
 * Flattens the declarations behind `src/api.ts` into one text, so that a change of the public interface
 * shows in a diff: every exported name and every declaration that those mention, without comments.
 */
import { posix } from 'node:path';

interface File {
  /** Top-level declarations by name, as written, without `export` and `declare`. */
  readonly declared: Map<string, string>;
  /** Local name → where it comes from. */
  readonly imported: Map<string, { path: string; name: string }>;
}

/**
 * The declarations that a user of `entry` can reach, one after the other, ordered by file and name. `read`
 * gives the text of a declaration file by its path (`src/base/operation.d.ts`). Packages are left out.
 */
export function reachable(entry: string, read: (path: string) => string): string {
  const files = new Map<string, File>();
  const open = (path: string): File => {
    const known = files.get(path) ?? parse(path, read(path));
    files.set(path, known);
    return known;
  };
  const found = new Map<string, string>();
  const visit = (path: string, name: string): void => {
    const file = open(path);
    const from = file.imported.get(name);
    if (from !== undefined) return visit(from.path, from.name);
    const text = file.declared.get(name);
    const id = `${path} ${name}`;
    if (text === undefined || found.has(id)) return;
    found.set(id, text);
    for (const word of new Set(text.match(/[A-Za-z_$][\w$]*/g))) visit(path, word);
  };
  const exported = [...open(entry).imported.keys()];
  for (const name of exported) visit(entry, name);
  const ids = [...found.keys()].toSorted();
  const list = exported.toSorted().map((name) => `export ${name}`);
  return `${list.join('\n')}\n\n${ids.map((id) => `// ${id.split(' ')[0]}\n${found.get(id)}\n`).join('\n')}`;
}

function parse(path: string, source: string): File {
  const text = source
    .replace(/^[ \t]*\/\*[^]*?\*\/[ \t]*\n|\/\*[^]*?\*\//gm, '')
    .replace(/^\s*\/\/.*\n/gm, '');
  const file: File = { declared: new Map(), imported: new Map() };
  for (const statement of statements(text)) {
    const link = /^(?:import|export)\s+(?:type\s+)?\{([^]*)\}\s*from\s*['"](\.[^'"]+)['"]/.exec(
      statement,
    );
    if (link !== null) {
      const target = posix.join(posix.dirname(path), link[2] ?? '').replace(/\.[tj]sx?$/, '.d.ts');
      for (const item of (link[1] ?? '').split(',')) {
        const [name, local] = item
          .replace(/^\s*type\s/, '')
          .trim()
          .split(/\s+as\s+/);
        if (name !== undefined && name !== '')
          file.imported.set(local ?? name, { path: target, name });
      }
      continue;
    }
    const own =
      /^(?:export\s+)?(?:declare\s+)?(?:default\s+)?((?:abstract\s+)?(?:interface|type|class|function|const|let)\s+([\w$]+)[^]*)$/.exec(
        statement,
      );
    if (own === null) continue;
    const [, declaration = '', name = ''] = own;
    const before = file.declared.get(name); // overloads
    file.declared.set(name, before === undefined ? declaration : `${before}\n${declaration}`);
  }
  return file;
}

/** Top-level statements: each ends with `;` or a closing brace at the start of a line, outside brackets. */
function statements(text: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if ('({['.includes(char)) depth++;
    else if (')}]'.includes(char)) depth--;
    const ends =
      depth === 0 &&
      (char === ';' || (char === '}' && /^\s*\n(?!\s*from)/.test(text.slice(at + 1))));
    if (!ends) continue;
    found.push(text.slice(from, at + 1).trim());
    from = at + 1;
  }
  return found;
}
