// The end of a build: removes what a former build made of sources that are gone (a command among them would
// live on), and writes oclif.manifest.json, which oclif believes before it looks into dist/commands. With
// --remove, the beginning of one: a build that fails half-way must not leave the old list of commands.
import { existsSync, globSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Plugin } from '@oclif/core';

const root = fileURLToPath(new URL('..', import.meta.url));

const manifest = `${root}oclif.manifest.json`;

if (process.argv.includes('--remove')) {
  rmSync(manifest, { force: true });
} else {
  removeStale();
  await writeManifest();
}

function removeStale() {
  for (const made of globSync('dist/{src,commands,workloads}/**/*.{js,js.map,d.ts}', {
    cwd: root,
  })) {
    const source = made.replace(/^dist./, '').replace(/\.(js|js\.map|d\.ts)$/, '');
    const gone = !existsSync(`${root}${source}.ts`) && !existsSync(`${root}${source}.tsx`);
    if (gone) rmSync(`${root}${made}`);
  }
}

async function writeManifest() {
  const plugin = new Plugin({
    root,
    type: 'core',
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
  });
  await plugin.load();
  await writeFile(manifest, JSON.stringify(plugin.manifest));
}
