// Part of a build: makes a few large files of the many small ones that most starts would read one by one:
// oclif with all that it imports, and what a check needs. Each stands in place of the file that the compiler
// made of the same source; what several of them need is in dist/shared.
import { readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { BUNDLED } from './bundled.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const left = new Map();

const { output } = await build({
  root,
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  ssr: { noExternal: true },
  plugins: [{ name: 'as-compiled', enforce: 'pre', resolveId: asCompiled }],
  build: {
    ssr: true,
    outDir: 'dist',
    emptyOutDir: false,
    minify: false,
    target: 'node24',
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: Object.fromEntries(BUNDLED.map((file) => [file, `${root}${file}.ts`])),
      output: { entryFileNames: '[name].js', chunkFileNames: 'shared/[name].js' },
    },
  },
});
const made = new Set(output.map(({ fileName }) => fileName));
const former = (await readdir(`${root}dist/shared`)).map((name) => `shared/${name}`);
const stale = [
  ...former.filter((name) => !made.has(name)),
  ...BUNDLED.map((file) => `${file}.js.map`),
];
await Promise.all(stale.map((name) => rm(`${root}dist/${name}`, { force: true })));

/** Asked of one file many times. */
function isLeft(id) {
  if (!left.has(id)) {
    const byIdentity = id.endsWith('/base/user-error.ts');
    left.set(id, byIdentity || readFileSync(id, 'utf8').includes('import.meta'));
  }
  return left.get(id);
}

/**
 * Two kinds of files are left as the compiler made them: what finds other files from where it stands, and
 * the class that is told apart by identity, by what is not bundled too.
 */
async function asCompiled(specifier, importer) {
  if (importer === undefined || !specifier.startsWith('.')) return null;
  const resolved = await this.resolve(specifier, importer, { skipSelf: true });
  if (!resolved?.id.startsWith(`${root}src/`)) return null;
  if (!isLeft(resolved.id)) return null;
  const id = resolved.id.replace(root, `${root}dist/`).replace(/\.tsx?$/, '.js');
  return { id, external: 'relative' };
}
