/**
 * Entry of a replica's container that nobody drives (`docker/compose.yaml`): the replica, with one
 * difference. Such a container is started again with the flags of its first start, so `--bootstrap`
 * counts only while the data folder is new.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const args = process.argv.slice(2);
const data = args.find((arg) => arg.startsWith('--data='))?.slice('--data='.length) ?? '/data';
const started = existsSync(`${data}/incarnation`);
const kept = args.filter((arg) => !(started && arg === '--bootstrap'));
const replica = fileURLToPath(new URL('../../../node/main.js', import.meta.url));
(process as Required<Pick<NodeJS.Process, 'execve'>>).execve(
  process.execPath,
  [process.execPath, replica, ...kept],
  process.env,
);
