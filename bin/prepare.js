// npm runs this after `npm ci`, before `npm pack`, and also (unseen, its output dropped) at the first
// `npx hermes` in a clone, when it links the clone into its own cache. Then there is nothing to do: a clone
// that was installed is built, and the start script says so if it is not.
import { spawnSync } from 'node:child_process';

if (process.env.npm_command !== 'exec') {
  const build = spawnSync('npm', ['run', 'build'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  process.exitCode = build.status ?? 1;
}
