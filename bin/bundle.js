// Part of a build: makes a few large files of the many small ones that most starts would read one by one:
// oclif with all that it imports, and what a check needs. Each stands in place of the file that the compiler
// made of the same source; what several of them need is in dist/shared.
import { readFile, readdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { BUNDLED } from './bundled.js';

const root = fileURLToPath(new URL('..', import.meta.url));

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

/**
 * Two kinds of files are left as the compiler made them: what finds other files from where it stands, and
 * the class that is told apart by identity, by what is not bundled too.
 */
async function asCompiled(specifier, importer) {
  if (importer === undefined || !specifier.startsWith('.')) return null;
  const resolved = await this.resolve(specifier, importer, { skipSelf: true });
  if (!resolved?.id.startsWith(`${root}src/`)) return null;
  const left =
    resolved.id.endsWith('/base/user-error.ts') ||
    (await readFile(resolved.id, 'utf8')).includes('import.meta');
  if (!left) return null;
  const id = resolved.id.replace(root, `${root}dist/`).replace(/\.tsx?$/, '.js');
  return { id, external: 'relative' };
}
