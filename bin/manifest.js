// The end of a build: removes what a former build made of sources that are gone (a command among them would
// live on), and writes oclif.manifest.json, which oclif believes before it looks into dist/commands.
import { existsSync, globSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Plugin } from '@oclif/core';

const root = fileURLToPath(new URL('..', import.meta.url));

for (const made of globSync('dist/**/*.{js,js.map,d.ts}', { cwd: root })) {
  const source = made.replace(/^dist./, '').replace(/\.(js|js\.map|d\.ts)$/, '');
  if (!existsSync(`${root}${source}.ts`) && !existsSync(`${root}${source}.tsx`))
    rmSync(`${root}${made}`);
}

const plugin = new Plugin({
  root,
  type: 'core',
  ignoreManifest: true,
  errorOnManifestCreate: true,
  respectNoCacheDefault: true,
});
await plugin.load();
await writeFile(`${root}oclif.manifest.json`, JSON.stringify(plugin.manifest));
