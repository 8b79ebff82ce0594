/**
 * Scripts with a name: the shortest counterexamples of docs/protocol.md, once with a rule switched off and
 * once with it. The name stands at the head of the block, in its comment:
 *
 *     # G3 (F1, M9), sup ignored. An older blind write …
 *     # G3 with the rule: b is done but not readable …
 */

export interface NamedScript {
  /** `G3`, `M12`, `F5`. */
  readonly name: string;
  /** Other numbers that it goes by: `F1`, `M9`. */
  readonly also: readonly string[];
  /** Our rules hold; else the rule that it is about is switched off. */
  readonly ruled: boolean;
  /** The comment, in one line. */
  readonly about: string;
  readonly commands: readonly string[];
}

const HEAD = /^([FGMN]\d+[ab]?)(?: \(([^)]*)\))?( with the rules?\b)?/;

/** The named blocks of a file of scripts; the others are left out. */
export function namedScripts(text: string): NamedScript[] {
  return text.split(/\n{2,}/).flatMap((block) => {
    const lines = block.split('\n');
    const comment = lines.filter((line) => line.startsWith('#')).map((line) => line.slice(2));
    const about = comment.join(' ');
    const [, name, also, ruled] = HEAD.exec(about) ?? [];
    const commands = lines
      .slice(comment.length, lines.indexOf('----'))
      .filter((line) => line.trim() !== '');
    if (name === undefined || commands.length === 0) return [];
    const numbers = also === undefined ? [] : also.split(', ');
    return [{ name, also: numbers, ruled: ruled !== undefined, about, commands }];
  });
}

/** The same without the planted bug, for those that say nothing of how it goes with the rule. */
export function withoutBug(script: NamedScript): NamedScript {
  const commands = script.commands.map((line) =>
    line.startsWith('nodes ') ? line.replace(/ bug=\S+/, '') : line,
  );
  return { ...script, ruled: true, commands };
}
