import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = globSync('{*,docs/*,src/*,examples/**/*,histories/*,bench/*}.md', { cwd: root });

test.each(pages)('every link of %s leads somewhere', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const links = Array.from(
    text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g),
    ([, target]) => target ?? '',
  );
  const broken = links
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => !existsSync(join(root, dirname(page), target)));
  expect(broken).toEqual([]);
});
