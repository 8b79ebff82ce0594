import { expect, test } from 'vitest';
import { actedBlocks, filled } from './fenced-blocks.ts';

test('commands, files, exit codes and expected output are read; pictures are not', () => {
  const page = `# Title
\`\`\`sh
npx hermes fuzz
\`\`\`
\`\`\`
a picture
\`\`\`
<!-- shows: ✘ invalid -->
<!-- shows: key k3 -->

\`\`\`sh exit=1
npx hermes fuzz --bug M2
echo
\`\`\`
\`\`\`ts file=examples/mine/a.test.ts
import 'x';
\`\`\`
<!-- shows: lost, since text stands between -->
text
\`\`\`sh
true
\`\`\`
`;
  expect(actedBlocks(page)).toEqual([
    { line: 2, language: 'sh', text: 'npx hermes fuzz\n', file: undefined, exit: 0, shows: [] },
    {
      line: 11,
      language: 'sh',
      text: 'npx hermes fuzz --bug M2\necho\n',
      file: undefined,
      exit: 1,
      shows: ['✘ invalid', 'key k3'],
    },
    {
      line: 15,
      language: 'ts',
      text: "import 'x';\n",
      file: 'examples/mine/a.test.ts',
      exit: 0,
      shows: [],
    },
    { line: 20, language: 'sh', text: 'true\n', file: undefined, exit: 0, shows: [] },
  ]);
});

test('a block that names a file is filled by it, whatever was in it; others stay', () => {
  const page = 'a\n```ts file=x.ts\nold\n```\nb\n```ts\nkept\n```\n```ts file=y.ts\n```\n';
  expect(filled(page, (path) => `${path}!\n$&\n`)).toBe(
    'a\n```ts file=x.ts\nx.ts!\n$&\n```\nb\n```ts\nkept\n```\n```ts file=y.ts\ny.ts!\n$&\n```\n',
  );
});
