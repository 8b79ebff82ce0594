// Adds to package-lock.json the optional dependencies that npm left out because the registry it asked did not
// have them (binaries for other platforms, behind a mirror): `npm ci` refuses a lockfile without them, also on
// machines that would never install them. With --check it only says what is missing.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const PLATFORM =
  /(android|darwin|freebsd|linux|openharmony|win32)-(arm|arm64|ia32|ppc64|riscv64|s390x|x64)(?:-(\w+))?$/;

const missing = [];
for (const [path, parent] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const places = [`${path}/node_modules/${name}`, `node_modules/${name}`];
    if (!places.some((place) => place in lock.packages))
      missing.push({ name, version, dev: parent.dev });
  }
}

for (const { name, version, dev } of missing) {
  console.log(`missing: ${name} ${version}`);
  const [, os, cpu, abi] = PLATFORM.exec(name) ?? [];
  if (os === undefined) throw new Error(`${name}: its name does not say for which platform it is`);
  const libc =
    os === 'linux' && abi !== undefined ? [abi.startsWith('musl') ? 'musl' : 'glibc'] : undefined;
  lock.packages[`node_modules/${name}`] = {
    version,
    cpu: [cpu],
    dev,
    libc,
    optional: true,
    os: [os],
  };
}

if (process.argv.includes('--check')) process.exitCode = missing.length === 0 ? 0 : 1;
else {
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  writeFileSync(
    file,
    `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`,
  );
}
