/** The public interface, pinned: what a test in somebody else's repository sees. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as api from './api.ts';
import { reachable } from './api-declarations.case.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

test('the declarations are those of the snapshot (npx vitest run src/api.test.ts -u regenerates it)', async () => {
  const out = mkdtempSync(join(tmpdir(), 'hermes-api-'));
  try {
    const args = ['-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--incremental', 'false'];
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    spawnSync(process.execPath, [tsc, ...args, '--tsBuildInfoFile', 'null', '--outDir', out], {
      cwd: root,
    });
    const text = reachable('src/api.d.ts', (path) => readFileSync(join(out, path), 'utf8'));
    await expect(text).toMatchFileSnapshot('api.declarations.txt');
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}, 60_000);

test('and the values', () => {
  const values = Object.entries(api).map(([name, value]) => `${name}: ${typeof value}`);
  expect(values.toSorted()).toMatchInlineSnapshot(`
    [
      "Definite: function",
      "checkLinearizable: function",
      "checkProperties: function",
      "checkTransactions: function",
      "explain: function",
      "fuzz: function",
      "random: function",
      "record: function",
    ]
  `);
});

test('a declaration is followed through imports, renamings and files, and comments do not count', () => {
  const files: Record<string, string> = {
    'src/api.d.ts':
      "export { run, type Plan as Design } from './run/a.ts';\nexport type { Op } from './base/op.ts';\n",
    'src/run/a.d.ts': `import type { Op, Other } from '../base/op.ts';
/** Says; much { */
export interface Plan {
    readonly ops: readonly Op[];
    inner: { deep: Hidden; };
}
interface Hidden {
    x: 1;
}
export declare function run(p: Plan): void;
export declare function run(p: string): Promise<void>;
export declare const unused: Other;
`,
    'src/base/op.d.ts':
      "export type Op = {\n    f: 'read';\n} | {\n    f: 'write';\n};\nexport type Other = 1;\n",
  };
  expect(reachable('src/api.d.ts', (path) => files[path] ?? '')).toMatchInlineSnapshot(`
    "export Design
    export Op
    export run

    // src/base/op.d.ts
    type Op = {
        f: 'read';
    } | {
        f: 'write';
    };

    // src/run/a.d.ts
    interface Hidden {
        x: 1;
    }

    // src/run/a.d.ts
    interface Plan {
        readonly ops: readonly Op[];
        inner: { deep: Hidden; };
    }

    // src/run/a.d.ts
    function run(p: Plan): void;
    function run(p: string): Promise<void>;
    "
  `);
});
