// Writes oclif.manifest.json, which oclif believes before it looks into dist/commands.
import { writeFile } from 'node:fs/promises';
import { Plugin } from '@oclif/core';

const plugin = new Plugin({
  root: process.cwd(),
  type: 'core',
  ignoreManifest: true,
  errorOnManifestCreate: true,
  respectNoCacheDefault: true,
});
await plugin.load();
await writeFile('oclif.manifest.json', JSON.stringify(plugin.manifest));
